// Loops of seconds, and waits of clients for clusters in trouble, without anybody waiting for them.

/** Everybody who waits does so on the test's own clock, which stands still while anybody works. */
export async function inFakeTime<T>(begin: () => Promise<T>): Promise<T> {
  jest.useFakeTimers();
  try {
    let isOver = false;
    const result = begin().finally(() => (isOver = true));
    // Whoever awaits the result sees its failure; here it only ends the waiting.
    result.catch(() => undefined);
    while (!isOver) await jest.advanceTimersByTimeAsync(1);
    return await result;
  } finally {
    jest.useRealTimers();
  }
}
