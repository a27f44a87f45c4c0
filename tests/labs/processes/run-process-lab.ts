// One lab on real processes, from starting them to a verdict.
import { Figures } from "../figures.ts";
import { explain } from "../run-lab.ts";
import type { TimedResult } from "../run-lab.ts";
import { ProcessGroup } from "./process-group.ts";
import type { LabLength, ProcessLab } from "./process-labs.ts";

/** There are no seeds here. */
const NO_SEED = 0;

export async function runProcessLab({ name, settings, run }: ProcessLab, length: LabLength): Promise<TimedResult> {
  const figures = new Figures();
  const beganMs = performance.now();
  let failure: string | null = null;
  const group = await ProcessGroup.open(settings);
  try {
    await run(group, figures, length);
  } catch (error) {
    failure = explain(error);
  } finally {
    await group.end();
  }
  return { lab: name, seed: NO_SEED, simulatedMs: null, figures: figures.all, failure, wallMs: performance.now() - beganMs };
}
