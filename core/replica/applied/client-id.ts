// The id under which a client's requests take effect once. It carries its time of issue, in log time: an id that is not
// known any more is told apart from one that is not known yet by its age alone. Issued by any replica without asking
// anybody; member, life and a counter make it unique.
//
//   <issued, ms, base 36>-<hash of the member>-<boot>-<count>
import { utf8 } from "../../base/bytes.ts";
import { crc32c } from "../../base/checksum.ts";
import type { BootNumber, MemberId } from "../../base/ids.ts";

export const CLIENT_ID_BYTES_MAX = 64;

const DASH = 0x2d;
const BASE = 36;
/** Enough for any time until the year 10889. */
const ISSUED_DIGITS_MAX = 9;
const CLIENT_ID = /^[0-9a-z]{1,9}-[0-9a-z-]+$/;

export type ClientIdParts = { readonly issuedMs: number; readonly member: MemberId; readonly boot: BootNumber; readonly count: number };

export function createClientId({ issuedMs, member, boot, count }: ClientIdParts): string {
  return [issuedMs, crc32c(utf8(member)), boot, count].map((part) => part.toString(BASE)).join("-");
}

/** The same question as `issuedMsOf(bytes) !== null`, for an id that has not been encoded yet. */
export function isClientId(client: string): boolean {
  return client.length <= CLIENT_ID_BYTES_MAX && CLIENT_ID.test(client);
}

/** Null for bytes that are no client id. */
export function issuedMsOf(client: Uint8Array): number | null {
  const digits = client.indexOf(DASH);
  if (client.length > CLIENT_ID_BYTES_MAX || digits < 1 || digits > ISSUED_DIGITS_MAX || digits === client.length - 1) return null;
  let issuedMs = 0;
  for (let i = 0; i < client.length; i++) {
    const value = digitValue(client[i] as number);
    if (value === null && client[i] !== DASH) return null;
    if (i < digits) issuedMs = issuedMs * BASE + (value as number);
  }
  return issuedMs;
}

function digitValue(code: number): number | null {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x61 && code <= 0x7a) return code - 0x61 + 10;
  return null;
}
