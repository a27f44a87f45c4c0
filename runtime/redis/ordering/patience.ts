// How long a request may take until it is told that it was not done, or that nobody knows: five seconds from when it is its turn. That is
// when it arrived, or when what it had to let go first was over: what came before it on its slot, or what its client had to take. So
// nobody is given up, nor told of work that may have been done, for the time that others took. What came before and was given up itself
// was no such work: whoever waits behind it has waited for the same, as long.

const PATIENCE_MS = 5_000;

export class Patience {
  #turnMs: number;

  constructor(arrivedMs: number) {
    this.#turnMs = arrivedMs;
  }

  /** Until then it was not its turn. */
  turnsAt(ms: number): void {
    this.#turnMs = Math.max(this.#turnMs, ms);
  }

  get untilMs(): number {
    return this.#turnMs + PATIENCE_MS;
  }
}
