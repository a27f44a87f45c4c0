// Which version each key had after which entry, by what the first member to apply an entry answered. A read names the entry
// up to which its member had applied, so it can be compared with that, stale or not.
import { textOf } from "../../../core/base/bytes.ts";
import { decodeCommand } from "../../../core/kv/commands.ts";
import { decodeResult } from "../../../core/kv/results.ts";
import type { KvOutput } from "../../../core/linearizability/kv-operations.ts";
import type { Applied } from "../invariants/invariant.ts";
import { Violation } from "./violation.ts";

type Change = { readonly index: number; readonly version: number };

export class StateHistory {
  readonly #changes = new Map<string, Change[]>();

  /** Once for each entry, in order. */
  applied({ index, command, result }: Applied): void {
    const version = versionAfter(result);
    const decoded = version === null ? null : decodeCommand(command);
    if (version === null || decoded === null || !("key" in decoded)) return;
    const key = textOf(decoded.key);
    const changes = this.#changes.get(key);
    if (changes === undefined) this.#changes.set(key, [{ index, version }]);
    else changes.push({ index, version });
  }

  checkRead(key: string, output: KvOutput, index: number): void {
    const read = output.kind === "found" ? (output.version ?? 0) : 0;
    const version = this.#versionAt(key, index);
    if (read === version) return;
    throw new Violation(
      "history",
      "a read shows the state that it names",
      `${key} had version ${version} at ${index}, and ${read} was read`,
    );
  }

  #versionAt(key: string, index: number): number {
    const change = this.#changes.get(key)?.findLast((each) => each.index <= index);
    return change?.version ?? 0;
  }
}

/** Null: nothing changed. */
function versionAfter(bytes: Uint8Array): number | null {
  const result = decodeResult(bytes);
  if (result?.kind === "written" || result?.kind === "appended") return result.version;
  return result?.kind === "deleted" && result.deleted ? 0 : null;
}
