// One lane of labs on real processes: each to a verdict, whatever became of the one before.
import { Figures } from "../figures.ts";
import { explain } from "../run-lab.ts";
import type { TimedResult } from "../run-lab.ts";
import type { LabJobs } from "./lab-jobs.ts";
import type { Lane, MapReduceLab } from "./mapreduce-labs.ts";
import { withLane } from "./mapreduce-labs.ts";

/** There are no seeds here. */
const NO_SEED = 0;

export async function runLane(lane: Lane, show: (result: TimedResult) => void): Promise<void> {
  await withLane(lane, async (jobs) => {
    for (const lab of lane.labs) show(await runOne(lab, jobs));
  });
}

async function runOne({ name, workers, run }: MapReduceLab, jobs: LabJobs): Promise<TimedResult> {
  const figures = new Figures();
  const beganMs = performance.now();
  let failure: string | null = null;
  try {
    await jobs.haveWorkers(workers);
    await run(jobs, figures);
  } catch (error) {
    failure = explain(error);
  }
  return { lab: name, seed: NO_SEED, simulatedMs: null, figures: figures.all, failure, wallMs: performance.now() - beganMs };
}
