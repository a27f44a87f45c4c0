import { run } from "./run.ts";
import type { RunResult } from "./run.ts";
import { drawPlan } from "./swarm.ts";
import { Trace } from "./world/trace.ts";

const SAFETY_MS = 4_000;

const runSeed = (seed: number): RunResult => run(drawPlan(seed, { safetyMs: SAFETY_MS }));

test("the same seed is the same run, whether it is written down or not, and another seed is another run", () => {
  const first = runSeed(7);
  const written = new Trace({ text: true });
  const second = run(drawPlan(7, { safetyMs: SAFETY_MS }), written);
  expect(second).toEqual(first);
  expect(written.text.split("\n").length).toBeGreaterThan(1_000);
  expect(runSeed(8).traceHash).not.toBe(first.traceHash);
});
