// How often a client may try again, all of its calls together: a bucket of tokens, of which each further attempt takes
// one. It is large enough for every open call to follow a change of leaders at once, and so slow to fill that a cluster
// that is down is not kept down by those who ask for it.

export type RetryBudgetOptions = { readonly capacity: number; readonly perSecond: number };

export class RetryBudget {
  readonly #options: RetryBudgetOptions;
  /** Below zero where tokens are promised to callers who wait for them. */
  #tokens: number;
  #filledMs: number | null = null;

  constructor(options: RetryBudgetOptions) {
    this.#options = options;
    this.#tokens = options.capacity;
  }

  /** How long to wait for one's token. Null: none comes within `withinMs`, and none was taken. */
  take(nowMs: number, withinMs: number): number | null {
    this.#fill(nowMs);
    const waitMs = Math.max(0, ((1 - this.#tokens) * 1_000) / this.#options.perSecond);
    if (waitMs > withinMs) return null;
    this.#tokens -= 1;
    return waitMs;
  }

  #fill(nowMs: number): void {
    const passedMs = Math.max(0, nowMs - (this.#filledMs ?? nowMs));
    this.#filledMs = nowMs;
    this.#tokens = Math.min(this.#options.capacity, this.#tokens + (passedMs * this.#options.perSecond) / 1_000);
  }
}
