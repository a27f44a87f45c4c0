// One thread that runs labs, one after the other.
import { parentPort } from "node:worker_threads";
import { LABS } from "./catalogue.ts";
import { runLab } from "./run-lab.ts";
import type { LabRun, TimedResult } from "./run-lab.ts";

parentPort?.on("message", ({ lab: name, seed }: LabRun) => {
  const lab = LABS.find((each) => each.name === name);
  if (lab === undefined) throw new Error(`there is no lab ${name}`);
  const beganMs = performance.now();
  const result = runLab(lab, seed);
  const timed: TimedResult = { ...result, wallMs: performance.now() - beganMs };
  parentPort?.postMessage(timed);
});
