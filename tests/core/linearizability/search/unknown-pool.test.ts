import type { Operation } from "../../../../core/linearizability/history.ts";
import { UnknownPool, usesNoMore, withOneMore } from "../../../../core/linearizability/search/unknown-pool.ts";

function called(input: string, calledAt: number): Operation<string, never> {
  return { client: "c1", calledAt, input, outcome: { kind: "unknown" } };
}

const classOf = (input: string): string => input.slice(0, 1);

test("a class is used in the order of its calls, and only what was called", () => {
  const pool = new UnknownPool([called("a-late", 7), called("b", 5), called("a-early", 2)], classOf);
  expect(pool.classCount).toBe(2);
  const none = pool.noneUsed;
  expect(pool.next(0, none, 1)).toBeNull();
  expect(pool.next(0, none, 2)?.input).toBe("a-early");
  const one = withOneMore(none, 0);
  expect(pool.next(0, one, 6)).toBeNull();
  expect(pool.next(0, one, 7)?.input).toBe("a-late");
  expect(pool.next(0, withOneMore(one, 0), 99)).toBeNull();
  expect(pool.next(1, one, 5)?.input).toBe("b");
});

test.each([
  { moment: 1, count: 0 },
  { moment: 2, count: 1 },
  { moment: 6, count: 3 },
  { moment: 7, count: 4 },
  { moment: Infinity, count: 4 },
])("$count were called by $moment", ({ moment, count }) => {
  const pool = new UnknownPool([called("a", 7), called("b", 5), called("a", 2), called("c", 5)], classOf);
  expect(pool.calledBy(moment)).toBe(count);
});

test.each([
  { a: [0, 0], b: [0, 0], result: true },
  { a: [1, 0], b: [1, 2], result: true },
  { a: [1, 2], b: [1, 0], result: false },
  { a: [2, 0], b: [1, 1], result: false },
  { a: [], b: [], result: true },
])("$a uses no more than $b: $result", ({ a, b, result }) => {
  expect(usesNoMore(a, b)).toBe(result);
});
