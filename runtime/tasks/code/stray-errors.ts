// Errors of job code that nobody waits for: in a timer, in a promise. A sandbox serves one attempt after the other, and each error is said
// of the attempt whose code it is, never of the one that happens to run.
import { AsyncLocalStorage } from "node:async_hooks";
import { LateEmit } from "./late-emits.ts";

const attempts = new AsyncLocalStorage<number>();
let current = 0;

/** One at a time. */
export function asAttempt<T>(work: () => T): T {
  return attempts.run(++current, work);
}

/** `take`: gets what is of the attempt at hand, or of none. An attempt that is over has had its answer; late emits are remembered elsewhere. */
export function onStrayError(take: (error: unknown) => void): void {
  const hear = (error: unknown): void => {
    if (!(error instanceof LateEmit) && (attempts.getStore() ?? current) === current) take(error);
  };
  process.on("unhandledRejection", hear);
  process.on("uncaughtException", hear);
}
