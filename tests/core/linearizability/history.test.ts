import { endOf, isDone } from "../../../core/linearizability/history.ts";
import type { Operation } from "../../../core/linearizability/history.ts";

test.each([
  { outcome: { kind: "done", returnedAt: 5, output: "y" } as const, end: 5, done: true },
  { outcome: { kind: "refused", returnedAt: 6 } as const, end: 6, done: false },
  { outcome: { kind: "unknown" } as const, end: Infinity, done: false },
])("an operation that is $outcome.kind ends at $end", ({ outcome, end, done }) => {
  const operation: Operation<string, string> = { client: "c1", calledAt: 1, input: "x", outcome };
  expect(endOf(operation)).toBe(end);
  expect(isDone(operation)).toBe(done);
});
