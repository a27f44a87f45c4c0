import type { Verdict } from "./run.ts";
import type { RunPlan } from "./run-plan.ts";
import { shrink } from "./shrink.ts";
import { drawPlan } from "./swarm.ts";

const PASSED: Verdict = { kind: "passed" };
const broken = (promise: string): Verdict => ({ kind: "invariant", promise, what: "", atMs: 1_000 });

function planWithFaults(): RunPlan {
  for (let seed = 1; ; seed++) {
    const plan = drawPlan(seed);
    if (plan.faults.length > 12 && plan.clients.length > 3) return plan;
  }
}

test("what a failure doesn't need is left out", () => {
  const plan = planWithFaults();
  const needed = plan.faults.filter((_, i) => i === 3 || i === 7);
  const fails = ({ faults, clients }: RunPlan): boolean =>
    needed.every((fault) => faults.some(({ id }) => id === fault.id)) && clients.length > 0;
  const early = { ...plan, faults: plan.faults.map((fault) => ({ ...fault, atMs: 10 })) };
  const shrunk = shrink(early, (smaller) => (fails(smaller) ? broken("p") : PASSED));
  expect(shrunk.plan.faults.map(({ id }) => id)).toEqual(needed.map(({ id }) => id));
  expect(shrunk.plan.clients).toHaveLength(1);
  expect(shrunk.plan.safetyMs).toBeLessThan(plan.safetyMs);
});

test("another failure than the first is no success", () => {
  const plan = planWithFaults();
  const shrunk = shrink(plan, (smaller) => broken(smaller.faults.length === plan.faults.length ? "first" : "other"));
  expect(shrunk.plan.faults).toHaveLength(plan.faults.length);
  expect(shrunk.verdict.promise).toBe("first");
});

test("a run that passes can't be shrunk", () => {
  expect(() => shrink(drawPlan(1), () => PASSED)).toThrow("only a failing run");
});
