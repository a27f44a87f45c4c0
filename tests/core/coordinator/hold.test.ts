import { refused } from "../../../core/base/outcome.ts";
import { NO_ORDERS, outcomeOf, withoutJob } from "../../../core/coordinator/hold.ts";
import type { Orders } from "../../../core/coordinator/events.ts";

const gone = refused("notLeader", "gone");
const orders: Orders = {
  assignments: [{ job: "a" } as never, { job: "b" } as never],
  end: [{ job: "a", phase: "map", task: 0, attempt: 1 }],
  moved: [{ job: "b", source: { task: 0, attempt: 1, origin: "x" } }],
  adopt: [{ job: "a", source: { task: 1, attempt: 1, origin: "x" } }],
  needed: 0,
  forget: ["a"],
};

test("of a job that is not ours nothing is granted, and the rest still is", () => {
  const answer = withoutJob({ kind: "orders", orders }, "a", gone);
  expect(outcomeOf(answer)).toEqual({ kind: "done", value: { ...orders, assignments: [{ job: "b" }], end: [], adopt: [] } });
});

test("a report and a value of a job that is not ours are refused", () => {
  expect(outcomeOf(withoutJob({ kind: "report", job: "a", verdict: "accepted", orders: NO_ORDERS }, "a", gone))).toBe(gone);
  expect(outcomeOf(withoutJob({ kind: "value", job: "a", value: 1 }, "a", gone))).toBe(gone);
  expect(outcomeOf(withoutJob({ kind: "value", job: "b", value: 1 }, "a", gone))).toEqual({ kind: "done", value: 1 });
});

test("a report of another job keeps its verdict and loses what was granted", () => {
  expect(outcomeOf(withoutJob({ kind: "report", job: "b", verdict: "accepted", orders }, "a", gone))).toMatchObject({
    value: { verdict: "accepted", assignments: [{ job: "b" }] },
  });
});
