// What comes up in one turn and is dealt with once that is over: what a replica sends to disks and peers does not wait for the answers of
// clients, and all replies that one connection has by then go out together, whoever gave them. A bug in dealing with one is none of whoever
// added it, nor of those behind it.

export class AfterTurn<T> {
  readonly #deal: (one: T) => void;
  #waiting: T[] = [];

  constructor(deal: (one: T) => void) {
    this.#deal = deal;
  }

  add(one: T): void {
    if (this.#waiting.push(one) === 1) queueMicrotask(this.#dealAll);
  }

  readonly #dealAll = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    let dealt = 0;
    try {
      while (dealt < waiting.length) this.#deal(waiting[dealt++] as T);
    } finally {
      if (dealt < waiting.length) this.#putBack(waiting.slice(dealt));
    }
  };

  /** Before those that came meanwhile. */
  #putBack(rest: readonly T[]): void {
    if (this.#waiting.length === 0) queueMicrotask(this.#dealAll);
    this.#waiting = rest.concat(this.#waiting);
  }
}
