// How much is copied from one group at the same time. A link that is slow, or shared with others, takes longer for a chunk than
// anybody waits; the same chunks asked for again in the same number would take as long, for ever. So what did not come in time is
// followed by half as much, and what came in time by a little more.

/**
 * Of one chunk of a copy; one that holds a larger item is larger. `least` where the link is slow. Whoever writes waits behind a chunk: with
 * four times as much a copy takes a third of the time, and the 99th percentile of everybody is more than doubled.
 */
export const CHUNK_BYTES = { least: 16_384, most: 65_536 };
/** Shards that are pulled from one group at the same time. Small ones take their time in steps and not in bytes; large ones are held back by their chunks. */
export const PULLS_MAX = 16;
/** So many of each shard that is pulled come in time before one more is pulled, by larger ones. */
const CHUNKS_PER_RISE = 4;

export class Pace {
  #pulls = PULLS_MAX;
  #bytesMax = CHUNK_BYTES.most;
  #arrived = 0;
  #round = 0;

  get pulls(): number {
    return this.#pulls;
  }

  get bytesMax(): number {
    return this.#bytesMax;
  }

  /** Changes whenever the pace falls: what was asked for before that says nothing of the pace that there is now. */
  get round(): number {
    return this.#round;
  }

  /** A chunk came in time. */
  arrived(): void {
    if (++this.#arrived < CHUNKS_PER_RISE * this.#pulls) return;
    this.#arrived = 0;
    this.#pulls = Math.min(PULLS_MAX, this.#pulls + 1);
    this.#bytesMax = Math.min(CHUNK_BYTES.most, this.#bytesMax + CHUNK_BYTES.least);
  }

  /** A chunk that was asked for in that round did not. */
  wasLate(round: number): void {
    if (round !== this.#round) return;
    this.#round++;
    this.#arrived = 0;
    this.#pulls = Math.max(1, Math.floor(this.#pulls / 2));
    this.#bytesMax = Math.max(CHUNK_BYTES.least, Math.floor(this.#bytesMax / 2));
  }
}
