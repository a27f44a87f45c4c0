import { CallBudget } from "../../client/call-budget.ts";

const NEVER = new Promise<never>(() => undefined);

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await run();
  return performance.now() - startMs;
}

test("every wait ends with the deadline", async () => {
  const waits: readonly ((budget: CallBudget) => Promise<void>)[] = [
    (budget) => budget.sleep(60_000),
    (budget) => budget.pause(60_000),
    (budget) => budget.waitFor(NEVER),
  ];
  for (const wait of waits) {
    const tookMs = await timed(() =>
      CallBudget.with({ deadlineMs: 20, signals: [] }, async (budget) => {
        await wait(budget);
        expect(budget.isOver).toBe(true);
        expect(budget.signal.aborted).toBe(true);
      }),
    );
    expect(tookMs).toBeLessThan(1_000);
  }
});

test("or with any of its signals, also one that was aborted before", async () => {
  const abort = new AbortController();
  const waiting = CallBudget.with({ deadlineMs: 60_000, signals: [new AbortController().signal, abort.signal] }, (budget) =>
    budget.sleep(60_000),
  );
  abort.abort();
  await waiting;
  await CallBudget.with({ deadlineMs: 60_000, signals: [abort.signal] }, async (budget) => {
    expect(budget.remainingMs).toBe(0);
    await budget.waitFor(NEVER);
  });
});

test("a deadline that no timer can wait for is not over at once", async () => {
  for (const deadlineMs of [Infinity, 30 * 86_400_000]) {
    await CallBudget.with({ deadlineMs, signals: [] }, async (budget) => {
      await budget.pause(20);
      expect(budget.isOver).toBe(false);
    });
  }
});

test("leaves no listener on a signal that lives longer", async () => {
  const { signal } = new AbortController();
  const [added, removed] = [jest.spyOn(signal, "addEventListener"), jest.spyOn(signal, "removeEventListener")];
  await CallBudget.with({ deadlineMs: 1_000, signals: [signal] }, (budget) => budget.pause(1));
  await expect(CallBudget.with({ deadlineMs: 1_000, signals: [signal] }, () => Promise.reject(new Error("failed")))).rejects.toThrow(
    "failed",
  );
  expect(added).toHaveBeenCalledTimes(2);
  expect(removed).toHaveBeenCalledTimes(2);
});

test("waits for something that fails, too, and goes on", async () => {
  await CallBudget.with({ deadlineMs: 60_000, signals: [] }, (budget) => budget.waitFor(Promise.reject(new Error("failed"))));
});
