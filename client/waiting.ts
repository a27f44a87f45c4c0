// Waiting that ends: for a time, unless it is called off, or for an answer, until a deadline.

/** A timer for longer than 24 days goes off at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** As long as a timer can take. */
export function timerMs(ms: number): number {
  return Math.min(ms, TIMER_MS_MAX);
}

/** Ends early, and without a word, when it is called off. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, timerMs(ms));
    signal?.addEventListener("abort", finish, { once: true });
  });
}

export class NoAnswer extends Error {}

/** For what may never answer: a client library may keep a command for as long as it has no connection, and some lose one for good. */
export async function answeredBy<T>(untilMs: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer("no answer before the deadline")), timerMs(Math.max(0, untilMs - performance.now())));
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
