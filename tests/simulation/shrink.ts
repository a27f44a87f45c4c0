// Makes a failing run shorter while the same promise stays broken: whole kinds of faults go first, then single ones, then
// time, clients and members. A smaller plan is another run, so each step is tried and kept only if it still fails.
import { run } from "./run.ts";
import type { Verdict } from "./run.ts";
import type { RunPlan } from "./run-plan.ts";

type Failing = Exclude<Verdict, { readonly kind: "passed" }>;

export type Shrunk = { readonly plan: RunPlan; readonly attempts: number; readonly verdict: Failing };

export type RunPlanner = (plan: RunPlan) => Verdict;

const ATTEMPTS_MAX = 300;

export function shrink(plan: RunPlan, runPlan: RunPlanner = (smaller) => run(smaller).verdict): Shrunk {
  const first = runPlan(plan);
  if (first.kind === "passed") throw new RangeError("only a failing run can be shrunk");
  let best: Shrunk = { plan, attempts: 1, verdict: first };
  const shorten = (smaller: RunPlan): boolean => {
    if (best.attempts >= ATTEMPTS_MAX) return false;
    const verdict = runPlan(smaller);
    best = { ...best, attempts: best.attempts + 1 };
    if (verdict.kind !== first.kind || verdict.promise !== first.promise) return false;
    best = { ...best, plan: smaller, verdict };
    return true;
  };
  for (let before = ""; before !== JSON.stringify(best.plan) && best.attempts < ATTEMPTS_MAX;) {
    before = JSON.stringify(best.plan);
    for (const reduce of REDUCTIONS) reduce(() => best, shorten);
  }
  return best;
}

type Reduction = (best: () => Shrunk, shorten: (smaller: RunPlan) => boolean) => void;

const cutTime: Reduction = (best, shorten) => {
  const { plan, verdict } = best();
  const neededMs = Math.ceil(verdict.atMs) + 1;
  const safetyMs = Math.min(plan.safetyMs, neededMs);
  if (safetyMs < plan.safetyMs) shorten({ ...plan, safetyMs, faults: plan.faults.filter(({ atMs }) => atMs < safetyMs) });
  while (best().plan.safetyMs > 200 && shorten({ ...best().plan, safetyMs: Math.floor(best().plan.safetyMs * 0.7) }));
};

const dropKinds: Reduction = (best, shorten) => {
  for (const kind of new Set(best().plan.faults.map((fault) => fault.kind))) {
    const { plan } = best();
    shorten({ ...plan, faults: plan.faults.filter((fault) => fault.kind !== kind) });
  }
};

/** Halves, then quarters, and so on (delta debugging). */
const dropFaults: Reduction = (best, shorten) => {
  for (let size = Math.ceil(best().plan.faults.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < best().plan.faults.length;) {
      const { plan } = best();
      const faults = [...plan.faults.slice(0, start), ...plan.faults.slice(start + size)];
      if (!shorten({ ...plan, faults })) start += size;
    }
  }
};

const dropClients: Reduction = (best, shorten) => {
  for (let i = best().plan.clients.length - 1; i >= 0; i--) {
    const { plan } = best();
    shorten({ ...plan, clients: plan.clients.filter((_, other) => other !== i) });
  }
};

const dropMembers: Reduction = (best, shorten) => {
  const { plan } = best();
  if (plan.spares > 0) shorten({ ...plan, spares: 0 });
  for (const members of [3, 5]) if (members < best().plan.members && shorten({ ...best().plan, members })) return;
};

const REDUCTIONS: readonly Reduction[] = [cutTime, dropKinds, dropFaults, dropClients, dropMembers];
