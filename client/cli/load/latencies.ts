// Many latencies in little room: counted in buckets, each a few percent wider than the one before, so that a percentile is
// right to a few percent whatever its size. Pure.

const GROWTH = 1.02;
const LEAST_MS = 0.01;

export class Latencies {
  readonly #buckets = new Map<number, number>();
  #count = 0;
  #maxMs = 0;

  add(ms: number): void {
    const bucket = ms <= LEAST_MS ? 0 : Math.ceil(Math.log(ms / LEAST_MS) / Math.log(GROWTH));
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
    this.#count += 1;
    this.#maxMs = Math.max(this.#maxMs, ms);
  }

  get count(): number {
    return this.#count;
  }

  get maxMs(): number {
    return this.#maxMs;
  }

  /** At most so many were slower: 0.99 of them took this long or less. Null where there were none. */
  atMost(share: number): number | null {
    let seen = 0;
    for (const [bucket, count] of [...this.#buckets].sort(([a], [b]) => a - b)) {
      seen += count;
      if (seen >= share * this.#count) return Math.min(this.#maxMs, LEAST_MS * GROWTH ** bucket);
    }
    return null;
  }
}
