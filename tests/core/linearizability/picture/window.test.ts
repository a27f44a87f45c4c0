import { endOf } from "../../../../core/linearizability/history.ts";
import type { DoneOperation, Operation } from "../../../../core/linearizability/history.ts";
import { PLACED_MAX, windowAround } from "../../../../core/linearizability/picture/window.ts";
import { failingHistories } from "../failing-histories.ts";

function done(client: string, calledAt: number, returnedAt: number): DoneOperation<string, string> {
  return { client, calledAt, input: "", outcome: { kind: "done", returnedAt, output: "" } };
}

function unknown(client: string, calledAt: number): Operation<string, string> {
  return { client, calledAt, input: "", outcome: { kind: "unknown" } };
}

test("each operation has the role that the order gives it", () => {
  const [first, second, stuck, open, needed, late] = [
    done("c1", 1, 2),
    done("c2", 3, 9),
    done("c1", 10, 11),
    unknown("c3", 4),
    unknown("c4", 5),
    done("c5", 6, 12),
  ];
  const refused: Operation<string, string> = { ...done("c6", 7, 8), outcome: { kind: "refused", returnedAt: 8 } };
  const window = windowAround([stuck, first, second, open, needed, late, refused], [first, needed, second], stuck);
  expect(window.shown.map(({ operation, role, place }) => [operation.calledAt, role, place?.number ?? null])).toEqual([
    [1, "placed", 1],
    [3, "placed", 3],
    [4, "unneeded", null],
    [5, "placed", 2],
    [6, "later", null],
    [7, "refused", null],
    [10, "stuck", null],
  ]);
  expect(window.shown.map(({ place }) => place?.moment ?? null)).toEqual([1, 5, null, 5, null, null, null]);
});

test("the stuck one stays stuck where its effect has a place", () => {
  const [first, stuck] = [done("c1", 1, 4), done("c2", 2, 5)];
  const window = windowAround([first, stuck], [stuck, first], stuck);
  expect(window.shown.map(({ role, place }) => [role, place?.number])).toEqual([
    ["placed", 2],
    ["stuck", 1],
  ]);
});

test("of a long history the end is shown, and old unknown ones are told apart", () => {
  const before = Array.from({ length: 100 }, (_, i) => done("c1", 10 * i, 10 * i + 5));
  const stuck = done("c1", 1000, 1005);
  const after = Array.from({ length: 50 }, (_, i) => done("c1", 1010 + 10 * i, 1012 + 10 * i));
  const old = unknown("c2", 3);
  const recent = unknown("c2", 995);
  const window = windowAround([...before, old, recent, stuck, ...after], before, stuck);
  expect(window.from).toBe(760);
  expect(window.to).toBe(1060);
  expect(window.shown.filter(({ role }) => role === "placed")).toHaveLength(PLACED_MAX);
  expect(window.shown.filter(({ role }) => role === "later")).toHaveLength(6);
  expect(window.shown.some(({ operation }) => operation === recent)).toBe(true);
  expect(window.stillOpen).toEqual([old]);
});

test("what is shown overlaps the window, and all that was placed last is shown: 25 failing histories", () => {
  for (const { failure, explanation } of failingHistories(25)) {
    for (const order of explanation.orders) {
      const { shown, from, to } = windowAround(failure.partition.operations, order, explanation.stuck);
      expect(shown.every(({ operation }) => operation.calledAt <= to && endOf(operation) >= from)).toBe(true);
      expect(shown.filter(({ operation }) => operation === explanation.stuck)).toHaveLength(1);
      const numbers = shown.map(({ place }) => place?.number ?? 0);
      for (let number = Math.max(1, order.length - PLACED_MAX + 1); number <= order.length; number++) expect(numbers).toContain(number);
    }
  }
});
