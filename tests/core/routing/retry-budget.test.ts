import fc from "fast-check";
import { RetryBudget } from "../../../core/routing/retry-budget.ts";

test("a burst is free, then everybody waits for a token of his own", () => {
  const budget = new RetryBudget({ capacity: 3, perSecond: 10 });
  expect([1, 2, 3, 4, 5].map(() => budget.take(0, 1_000))).toEqual([0, 0, 0, 100, 200]);
  expect(budget.take(200, 1_000)).toBe(100);
});

test("who has no time to wait takes nothing", () => {
  const budget = new RetryBudget({ capacity: 1, perSecond: 10 });
  budget.take(0, 0);
  expect(budget.take(0, 50)).toBeNull();
  expect(budget.take(0, 100)).toBe(100);
});

test("an idle time fills it, and not beyond its capacity; a clock that goes back fills nothing", () => {
  const budget = new RetryBudget({ capacity: 2, perSecond: 10 });
  expect([1, 2, 3].map(() => budget.take(1_000_000, 0))).toEqual([0, 0, null]);
  expect([1, 2, 3].map(() => budget.take(2_000_000, 0))).toEqual([0, 0, null]);
  expect(budget.take(0, 0)).toBeNull();
});

test("in no stretch of time are there more retries than capacity and rate allow", () => {
  const arrivals = fc.array(fc.nat(50), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(arrivals, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 200 }), (gaps, capacity, perSecond) => {
      const budget = new RetryBudget({ capacity, perSecond });
      let nowMs = 0;
      const sent: number[] = [];
      for (const gap of gaps) {
        nowMs += gap;
        const waitMs = budget.take(nowMs, 500);
        if (waitMs !== null) sent.push(nowMs + waitMs);
      }
      sent.sort((a, b) => a - b);
      sent.forEach((endMs, end) =>
        sent.slice(0, end + 1).forEach((startMs, start) => {
          expect(end - start + 1).toBeLessThanOrEqual(capacity + ((endMs - startMs) * perSecond) / 1_000 + 1e-6);
        }),
      );
    }),
    { numRuns: 30 },
  );
});
