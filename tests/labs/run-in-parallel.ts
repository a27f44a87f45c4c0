// Deals runs out to a few threads. Each run is alone in its world, so it makes no difference which thread it is in.
import { Worker } from "node:worker_threads";
import type { LabRun, TimedResult } from "./run-lab.ts";

/** A run makes much that is gone at once: with room for it, nearly nothing of that is ever copied. */
const MEMORY = { maxYoungGenerationSizeMb: 192 };

export async function runInParallel(runs: readonly LabRun[], threads: number, onResult: (result: TimedResult) => void): Promise<void> {
  const waiting = [...runs];
  const workers = Array.from({ length: Math.min(threads, runs.length) }, () => workOff(waiting, onResult));
  await Promise.all(workers);
}

function workOff(waiting: LabRun[], onResult: (result: TimedResult) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./lab-worker.ts", import.meta.url), { resourceLimits: MEMORY });
    const next = (): void => {
      const run = waiting.shift();
      if (run !== undefined) worker.postMessage(run);
      else void worker.terminate().then(() => resolve());
    };
    worker.on("message", (result: TimedResult) => {
      onResult(result);
      next();
    });
    worker.on("error", reject);
    next();
  });
}
