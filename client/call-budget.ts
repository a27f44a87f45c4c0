// The time that one call has: until its deadline, or until one of those who may end it early does. Whatever it waits for,
// it waits for by this.
import { pause, timerMs } from "./waiting.ts";

export type CallOptions = {
  /** How long the call may take, retries included. */
  readonly deadlineMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
};

export type BudgetOptions = { readonly deadlineMs: number; readonly signals: readonly AbortSignal[] };

export class CallBudget {
  readonly #untilMs: number;
  readonly #over = new AbortController();

  private constructor(untilMs: number) {
    this.#untilMs = untilMs;
  }

  /** Nothing of the budget is left behind when `run` has ended: no timer, and no listener on signals that live long. */
  static async with<T>({ deadlineMs, signals }: BudgetOptions, run: (budget: CallBudget) => Promise<T>): Promise<T> {
    const budget = new CallBudget(performance.now() + deadlineMs);
    const end = (): void => budget.#over.abort();
    const timer = setTimeout(end, timerMs(deadlineMs));
    for (const signal of signals) {
      if (signal.aborted) end();
      signal.addEventListener("abort", end, { once: true });
    }
    try {
      return await run(budget);
    } finally {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener("abort", end);
    }
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  get remainingMs(): number {
    return this.#over.signal.aborted ? 0 : Math.max(0, this.#untilMs - performance.now());
  }

  get isOver(): boolean {
    return this.remainingMs === 0;
  }

  /** With a random part, so that many callers that were turned away together don't come back together. */
  pause(ms: number): Promise<void> {
    return this.sleep(ms * (0.5 + Math.random() / 2));
  }

  /** For something that takes a time of its own: waits for it, and no longer than there is time. */
  waitFor(other: Promise<unknown>): Promise<void> {
    const { signal } = this;
    return new Promise((resolve) => {
      const finish = (): void => {
        signal.removeEventListener("abort", finish);
        resolve();
      };
      signal.addEventListener("abort", finish, { once: true });
      if (signal.aborted) finish();
      other.then(finish, finish);
    });
  }

  /** Ends early when there is no time left. */
  sleep(ms: number): Promise<void> {
    return pause(ms, this.signal);
  }
}
