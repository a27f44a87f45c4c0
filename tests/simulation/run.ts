// One run of a plan from beginning to verdict: the world under faults, then without, then judged.
import { AssertionFailure } from "../../core/base/assert.ts";
import { FAULTS } from "./faults/catalogue.ts";
import type { End } from "./faults/fault.ts";
import { stayCalm } from "./calm.ts";
import { heal } from "./healing.ts";
import type { Healing } from "./healing.ts";
import { Oracle } from "./oracle.ts";
import type { RunPlan } from "./run-plan.ts";
import { readEverything } from "./workloads/final-reads.ts";
import { startClients } from "./workloads/start-clients.ts";
import type { EffectCounts } from "./world/counters.ts";
import { Operator } from "./world/operator.ts";
import { Trace } from "./world/trace.ts";
import { Violation } from "./world/violation.ts";
import type { ViolationKind } from "./world/violation.ts";
import { World } from "./world/world.ts";

export type Verdict =
  { readonly kind: "passed" } | { readonly kind: ViolationKind; readonly promise: string; readonly what: string; readonly atMs: number };

export type RunResult = {
  readonly seed: number;
  readonly verdict: Verdict;
  readonly traceHash: string;
  readonly steps: number;
  readonly acknowledged: number;
  /** Null: it did not come to that. */
  readonly healing: Healing | null;
  readonly effects: EffectCounts;
};

export function run(plan: RunPlan, trace = new Trace({ text: false })): RunResult {
  const world = new World(plan, trace);
  const oracle = new Oracle();
  let healing: Healing | null = null;
  let verdict: Verdict = { kind: "passed" };
  try {
    healing = live(world, oracle);
  } catch (thrown) {
    verdict = verdictOf(thrown, world.nowMs);
  }
  for (const process of world.processes) process.disk.report();
  const { steps, effects } = world;
  return { seed: plan.seed, verdict, traceHash: trace.hash, steps, acknowledged: oracle.acknowledged, healing, effects };
}

function live(world: World, oracle: Oracle): Healing {
  const { plan } = world;
  const operator = new Operator(world);
  for (const process of world.processes.slice(0, plan.members)) {
    process.isWanted = true;
    world.after(world.random.between(0, 200_000), () => process.start());
  }
  operator.start();
  const clients = startClients(world, oracle);
  const endFaults = scheduleFaults(world);
  world.runUntil(plan.safetyMs * 1_000);
  endFaults();
  const healing = heal({ world, operator, oracle, clients });
  stayCalm(world);
  const finalState = readEverything(world, oracle);
  for (const process of world.wanted) process.compareDigest();
  oracle.judge(finalState);
  return healing;
}

/** Returns what ends those that are still going on, and keeps the others from beginning. */
function scheduleFaults(world: World): End {
  const active = new Map<number, End>();
  let isOver = false;
  const end = (id: number): void => {
    const ending = active.get(id);
    active.delete(id);
    ending?.();
  };
  for (const event of world.plan.faults) {
    world.after(event.atMs * 1_000, () => {
      if (isOver) return;
      if (world.trace.isWritten) world.trace.line(world.nowUs, `fault ${event.id} ${event.kind} for ${event.forMs} ms`);
      const ending = FAULTS[event.kind].begin(world, event);
      if (ending === null) return;
      active.set(event.id, ending);
      world.after(event.forMs * 1_000, () => end(event.id));
    });
  }
  return () => {
    isOver = true;
    for (const id of [...active.keys()]) end(id);
  };
}

function verdictOf(thrown: unknown, atMs: number): Verdict {
  if (thrown instanceof Violation) return { kind: thrown.kind, promise: thrown.promise, what: thrown.message, atMs };
  const promise = thrown instanceof AssertionFailure ? "no claim in the program is broken" : "the program never throws";
  return { kind: "bug", promise, what: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown), atMs };
}
