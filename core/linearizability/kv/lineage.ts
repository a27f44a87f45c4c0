// Which write left which value behind, where only one can have. Such a value was held during one stretch of time; and
// if that write was an append, the shorter value before it was held too, until that very append, and so on backwards.
import type { KvHistory, KvInput } from "../kv-operations.ts";

export type KvLineage = {
  /** Whether the value was certainly held at some time, and one write only can have left it behind. */
  readonly isHeldOnce: (value: string) => boolean;
  /** What the key held when this took effect, for an append that is known to have left a certain value behind. */
  readonly heldBefore: (input: KvInput) => string | null;
};

export const NO_LINEAGE: KvLineage = { isHeldOnce: () => false, heldBefore: () => null };

export function lineageOf(partition: KvHistory, reads: readonly string[]): KvLineage {
  const writers = new Writers(partition);
  const heldOnce = new Set<string>();
  const before = new Map<string, string>();
  for (const read of reads) {
    for (let value = read; value !== "" && !heldOnce.has(value);) {
      const writer = writers.onlyWriterOf(value);
      if (writer === null) break;
      heldOnce.add(value);
      if (writer.kind === "put") break;
      value = value.slice(0, value.length - writer.value.length);
      before.set(writer.value, value);
    }
  }
  return {
    isHeldOnce: (value) => heldOnce.has(value),
    heldBefore(input) {
      const value = input.kind === "append" ? before.get(input.value) : undefined;
      return value !== undefined && heldOnce.has(value) ? value : null;
    },
  };
}

const TAIL_LENGTH = 8;

type Write = Extract<KvInput, { readonly kind: "put" | "append" }>;

/** A put leaves its own value behind, an append any value that ends with its own. */
class Writers {
  readonly #puts = new SameWrites();
  readonly #appends = new SameWrites();
  /** By their last characters: few of them are worth a comparison with the end of a value. */
  readonly #appendsByTail = new Map<string, string[]>();
  /** What was found for a value before: every shorter value of a chain of appends is asked for twice. */
  readonly #ends = new Map<string, readonly string[]>();

  constructor(partition: KvHistory) {
    for (const { input, outcome } of partition) {
      if (outcome.kind === "refused") continue;
      if (input.kind === "put") this.#puts.add(input);
      if (input.kind === "append") this.#appends.add(input);
    }
    for (const value of this.#appends.values()) {
      const tail = value.slice(-TAIL_LENGTH);
      const same = this.#appendsByTail.get(tail);
      if (same === undefined) this.#appendsByTail.set(tail, [value]);
      else same.push(value);
    }
  }

  onlyWriterOf(value: string): Write | null {
    // An empty append leaves behind what it found: no value is held but once.
    if (this.#appends.countOf("") > 0) return null;
    let count = this.#puts.countOf(value);
    let writer = this.#puts.firstOf(value);
    for (const end of this.#appendsAtEndOf(value)) {
      if (!this.#mayBeHeld(value.slice(0, value.length - end.length))) continue;
      count += this.#appends.countOf(end);
      writer ??= this.#appends.firstOf(end);
    }
    return count === 1 ? writer : null;
  }

  /** A glance at the last write only: enough where values end in a mark that occurs nowhere else in them. */
  #mayBeHeld(value: string): boolean {
    return value === "" || this.#puts.countOf(value) > 0 || this.#appendsAtEndOf(value).length > 0;
  }

  #appendsAtEndOf(value: string): readonly string[] {
    let ends = this.#ends.get(value);
    if (ends === undefined) {
      ends = this.#lookAtEndOf(value);
      this.#ends.set(value, ends);
    }
    return ends;
  }

  #lookAtEndOf(value: string): readonly string[] {
    const ends: string[] = [];
    for (let length = 1; length <= Math.min(TAIL_LENGTH, value.length); length++) {
      for (const append of this.#appendsByTail.get(value.slice(-length)) ?? []) if (value.endsWith(append)) ends.push(append);
    }
    return ends;
  }
}

/** Writes of one kind, by value. */
class SameWrites {
  readonly #writes = new Map<string, { readonly first: Write; count: number }>();

  add(write: Write): void {
    const same = this.#writes.get(write.value);
    if (same === undefined) this.#writes.set(write.value, { first: write, count: 1 });
    else same.count++;
  }

  countOf(value: string): number {
    return this.#writes.get(value)?.count ?? 0;
  }

  firstOf(value: string): Write | null {
    return this.#writes.get(value)?.first ?? null;
  }

  values(): Iterable<string> {
    return this.#writes.keys();
  }
}
