// What the replica answers in one turn, dealt with once the turn is over: what it sends to disks and peers does not wait for the answers
// of clients, and a bug in one of these is none of the replica.

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
    for (const one of waiting) this.#deal(one);
  };
}
