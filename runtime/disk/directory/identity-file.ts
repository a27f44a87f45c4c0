// The one small file that says whose data directory this is. Two lines: JSON, and the checksum of the first line. It is
// only ever replaced as a whole.
import { textOf, utf8 } from "../../../core/base/bytes.ts";
import { crc32c } from "../../../core/base/checksum.ts";
import { asBoot } from "../../../core/base/ids.ts";
import type { BootNumber } from "../../../core/base/ids.ts";
import type { Identity } from "../../../core/replica/identity.ts";
import { parseIdentity } from "../../../core/replica/identity.ts";
import { isCount, jsonObjectOf } from "../json.ts";

export const LAYOUT = 1;

export type DirectoryRecord = {
  /** Rises with every start. */
  readonly boot: BootNumber;
  /** The numbers of the latest lives, this one's last. Programs that kept none left the numbers of their lives out. */
  readonly lives: readonly BootNumber[];
  /** Null while the member has none: it is blank. */
  readonly identity: Identity | null;
  /** From now on a missing log is a lost one. */
  readonly hasLog: boolean;
  /** The number of the folder into which everything is just being moved. */
  readonly settingAside: number | null;
};

export type RecordReading =
  | { readonly kind: "record"; readonly record: DirectoryRecord }
  | { readonly kind: "damaged"; readonly what: string }
  | { readonly kind: "newerVersion"; readonly what: string };

export function encodeDirectoryRecord(record: DirectoryRecord): Uint8Array {
  const { boot, lives, identity, hasLog, settingAside } = record;
  const json = JSON.stringify({ layout: LAYOUT, boot, lives, identity, hasLog, settingAside });
  return utf8(`${json}\n${checksumOf(json)}\n`);
}

export function readDirectoryRecord(bytes: Uint8Array): RecordReading {
  const [json = "", checksum = ""] = textOf(bytes).split("\n");
  if (checksum !== checksumOf(json)) return { kind: "damaged", what: "the checksum in the second line is not that of the first" };
  const value = jsonObjectOf(utf8(json)) ?? { layout: LAYOUT };
  const { layout, boot, lives = [], hasLog, settingAside } = value;
  if (layout !== LAYOUT)
    return { kind: "newerVersion", what: `the data directory has layout ${String(layout)}, this program knows ${String(LAYOUT)}` };
  const identity = value["identity"] === null ? null : parseIdentity(value["identity"]);
  const isIdentityRead = identity !== null || value["identity"] === null;
  const isNumbered = settingAside === null || isCount(settingAside);
  const areLives = Array.isArray(lives) && lives.every(isCount);
  if (!isCount(boot) || !areLives || typeof hasLog !== "boolean" || !isIdentityRead || !isNumbered) {
    return { kind: "damaged", what: "the file does not make sense, although its checksum is right" };
  }
  return { kind: "record", record: { boot: asBoot(boot), lives: lives.map(asBoot), identity, hasLog, settingAside } };
}

function checksumOf(line: string): string {
  return crc32c(utf8(line)).toString(16).padStart(8, "0");
}
