// A running hash over everything that was applied and everything that was answered. Two members at the same index must
// have the same one: if not, their logs or their services have parted. Entries and answers are hashed apart, so that
// a difference tells which of the two it was.
import { utf8 } from "../../base/bytes.ts";
import { crc32c } from "../../base/checksum.ts";
import type { Outcome } from "../../base/outcome.ts";

export class StateDigest {
  #entries: number;
  #answers: number;

  constructor(entries = 0, answers = 0) {
    this.#entries = entries;
    this.#answers = answers;
  }

  get entries(): number {
    return this.#entries;
  }

  get answers(): number {
    return this.#answers;
  }

  addEntry(bytes: Uint8Array): void {
    this.#entries = crc32c(bytes, this.#entries);
  }

  addAnswer(outcome: Outcome<Uint8Array>): void {
    const bytes = outcome.kind === "done" ? outcome.value : utf8(outcome.kind === "refused" ? outcome.refusal.code : outcome.after);
    // The length too: otherwise two answers and one that is both of them look the same.
    this.#answers = crc32c(bytes, this.#answers ^ bytes.length);
  }

  toString(): string {
    return `${hex(this.#entries)}-${hex(this.#answers)}`;
  }
}

const hex = (n: number): string => n.toString(16).padStart(8, "0");
