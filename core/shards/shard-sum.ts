// A number that adds up over the shards of a group. It is asked for in every turn, so only shards that were changed since are
// looked at.
import type { ShardContent } from "./shard-content.ts";

export class ShardSum {
  readonly #of: (content: ShardContent) => number;
  readonly #counted: Float64Array;
  readonly #changed = new Set<number>();
  #sum = 0;

  constructor(shards: number, of: (content: ShardContent) => number) {
    this.#of = of;
    this.#counted = new Float64Array(shards);
  }

  /** What was counted of this shard may no longer hold. */
  change(shard: number): void {
    this.#changed.add(shard);
  }

  total(contentOf: (shard: number) => ShardContent | null): number {
    for (const shard of this.#changed) {
      const content = contentOf(shard);
      const count = content === null ? 0 : this.#of(content);
      this.#sum += count - (this.#counted[shard] as number);
      this.#counted[shard] = count;
    }
    this.#changed.clear();
    return this.#sum;
  }
}
