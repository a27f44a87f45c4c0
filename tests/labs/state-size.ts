// How much a restart would have to read besides the snapshot: hard state and entries, each with the header that it has in
// the log. (Frames fill whole sectors, and segments are made in advance; that is not the state's.)
import type { Entry, LogBase } from "../../core/raft/entry.ts";
import { LOG_ORIGIN } from "../../core/raft/entry.ts";
import type { RecoveredGroup } from "../../core/raft/inputs.ts";
import type { HardState, Persist } from "../../core/raft/ready.ts";
import { ENTRY_LENGTH_BYTES, RECORD_HEADER_BYTES } from "../../runtime/disk/log/records.ts";

/** As if every entry were in a record of its own, which is the most that it can take. */
const ENTRY_HEADERS_BYTES = RECORD_HEADER_BYTES + ENTRY_LENGTH_BYTES;

export class StateSize {
  #hardStateBytes = 0;
  #base: LogBase = LOG_ORIGIN;
  /** Of the entries behind the base. */
  #entryBytes: number[] = [];

  get bytes(): number {
    return this.#entryBytes.reduce((sum, bytes) => sum + bytes, this.#hardStateBytes);
  }

  recovered({ hardState, base, entries }: RecoveredGroup): void {
    this.#base = base;
    this.#entryBytes = entries.map(sizeOf);
    this.#hardStateBytes = sizeOfHardState(hardState);
  }

  written({ restartAfter, hardState, truncateFrom, entries }: Omit<Persist, "batch">): void {
    if (restartAfter !== null) {
      this.#base = restartAfter.base;
      this.#entryBytes = [];
    }
    if (truncateFrom !== null) this.#entryBytes.splice(truncateFrom - this.#base.index - 1);
    this.#entryBytes.push(...entries.map(sizeOf));
    if (hardState !== null) this.#hardStateBytes = sizeOfHardState(hardState);
  }

  trimmed(base: LogBase): void {
    if (base.index <= this.#base.index) return;
    this.#entryBytes.splice(0, base.index - this.#base.index);
    this.#base = base;
  }
}

function sizeOf({ bytes }: Entry): number {
  return ENTRY_HEADERS_BYTES + bytes.length;
}

function sizeOfHardState(hardState: HardState): number {
  return RECORD_HEADER_BYTES + JSON.stringify(hardState).length;
}
