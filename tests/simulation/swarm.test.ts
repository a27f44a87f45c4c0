import { FAULT_KINDS } from "./faults/catalogue.ts";
import { drawPlan } from "./swarm.ts";

const PLANS = Array.from({ length: 300 }, (_, i) => drawPlan(i + 1));

test("a plan depends on its seed alone, and survives being written down", () => {
  expect(drawPlan(5)).toEqual(PLANS[4]);
  expect(JSON.parse(JSON.stringify(PLANS[4]))).toEqual(PLANS[4]);
  expect(PLANS[4]).not.toEqual({ ...PLANS[5], seed: 5 });
});

test("every size of group, every fault and small limits are drawn", () => {
  expect([...new Set(PLANS.map(({ members }) => members))].sort()).toEqual([1, 2, 3, 5, 7]);
  const kinds = new Set(PLANS.flatMap(({ faults }) => faults.map(({ kind }) => kind)));
  expect(FAULT_KINDS.filter((kind) => !kinds.has(kind))).toEqual([]);
  expect(PLANS.some(({ raftLimits }) => raftLimits.windowMessagesMax === 1)).toBe(true);
  expect(PLANS.some(({ host }) => host.requestsMax < 10)).toBe(true);
});

test("no two seeds use the same subset of faults all the time", () => {
  const subsets = new Set(PLANS.map(({ faults }) => [...new Set(faults.map(({ kind }) => kind))].sort().join(" ")));
  expect(subsets.size).toBeGreaterThan(200);
});
