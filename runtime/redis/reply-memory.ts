// Memory in which replies are put together, used again where the system has taken all that was in it at once: to get some and to give it
// back costs more than to fill it, most of all for the collector of garbage. What was taken only in part is never used again, but dropped.

/** What a pipeline of small requests is answered; whoever needs more gets memory of its own. */
const PIECE_BYTES = 8_192;
/** In use and not; whoever comes beyond gets as much as it needs elsewhere. */
const PIECES_MAX = 256;

export class ReplyMemory {
  readonly #free: Buffer[] = [];
  #pieces = 0;

  /** Null: it has no piece that large, or none at all. */
  take(bytes: number): Buffer | null {
    if (bytes > PIECE_BYTES) return null;
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#pieces >= PIECES_MAX) return null;
    this.#pieces++;
    return Buffer.allocUnsafeSlow(PIECE_BYTES);
  }

  /** What was taken here. `isRead`: nobody looks at it any more. */
  giveBack(bytes: Buffer, isRead: boolean): void {
    if (isRead) this.#free.push(bytes);
    else this.#pieces--;
  }
}
