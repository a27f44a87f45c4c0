// The serials of one client id: given out in order, closed in any order. What is reported as acknowledged is the highest
// serial below which none is open, so that the group forgets an answer only when nobody can ask for it any more.

/** The group keeps answers for this many serials of one client, and refuses more. */
export const OPEN_SERIALS_MAX = 256;

export class OpenSerials {
  #last = 0;
  #acked = 0;
  readonly #closed = new Set<number>();

  /** All up to here, inclusive, are closed. */
  get acked(): number {
    return this.#acked;
  }

  get hasRoom(): boolean {
    return this.#last - this.#acked < OPEN_SERIALS_MAX;
  }

  open(): number {
    this.#last += 1;
    return this.#last;
  }

  /** The answer arrived, or nobody will ever ask for it again. */
  close(serial: number): void {
    if (serial > this.#acked) this.#closed.add(serial);
    while (this.#closed.delete(this.#acked + 1)) this.#acked += 1;
  }
}
