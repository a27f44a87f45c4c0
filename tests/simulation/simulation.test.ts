import { run } from "./run.ts";
import type { RunResult } from "./run.ts";
import { drawPlan } from "./swarm.ts";
import { addEffects, noEffects } from "./world/counters.ts";
import { Trace } from "./world/trace.ts";

const SAFETY_MS = 4_000;
const SEEDS = Array.from({ length: 16 }, (_, i) => i + 1);

const runSeed = (seed: number): RunResult => run(drawPlan(seed, { safetyMs: SAFETY_MS }));

test("some seeds pass, with faults that took effect and clients that were served", () => {
  const effects = noEffects();
  let acknowledged = 0;
  for (const seed of SEEDS) {
    const result = runSeed(seed);
    expect({ seed, verdict: result.verdict }).toEqual({ seed, verdict: { kind: "passed" } });
    addEffects(effects, result.effects);
    acknowledged += result.acknowledged;
  }
  expect(acknowledged).toBeGreaterThan(100 * SEEDS.length);
  for (const name of ["message dropped", "crash: process killed", "log truncated", "snapshot installed", "joint configuration"] as const) {
    expect({ name, count: effects[name] }).not.toEqual({ name, count: 0 });
  }
}, 60_000);

test("the same seed is the same run, whether it is written down or not, and another seed is another run", () => {
  const first = runSeed(7);
  const written = new Trace({ text: true });
  const second = run(drawPlan(7, { safetyMs: SAFETY_MS }), written);
  expect(second).toEqual(first);
  expect(written.text.split("\n").length).toBeGreaterThan(1_000);
  expect(runSeed(8).traceHash).not.toBe(first.traceHash);
});
