// Some of a group's shards, each once, until they are taken. Every write marks the shard that it changes, and nearly always that one
// is marked already: it costs no more than to look.
import { SHARDS } from "./slots.ts";

export class MarkedShards {
  readonly #isMarked = new Uint8Array(SHARDS);
  #marked: number[] = [];

  mark(shard: number): void {
    if (this.#isMarked[shard] === 1) return;
    this.#isMarked[shard] = 1;
    this.#marked.push(shard);
  }

  /** Those that were marked since the last time. */
  take(): readonly number[] {
    const marked = this.#marked;
    if (marked.length === 0) return marked;
    for (const shard of marked) this.#isMarked[shard] = 0;
    this.#marked = [];
    return marked;
  }
}
