// What a person reads of the labs: one line for each, and for a failure how to see it again.
import { describe, worstOf } from "./figures.ts";
import type { TimedResult } from "./run-lab.ts";

const NAME_WIDTH = 32;

/** All runs of one lab. */
export function describeLab(results: readonly TimedResult[]): string {
  const [first] = results;
  if (first === undefined) return "";
  const passed = results.filter(({ failure }) => failure === null).length;
  const verdict = passed === results.length ? "ok    " : "FAILED";
  const simulatedS = Math.max(...results.map(({ simulatedMs }) => simulatedMs)) / 1_000;
  const wallMs = Math.max(...results.map((result) => result.wallMs));
  const times = `${simulatedS.toFixed(1).padStart(5)} s simulated ${wallMs.toFixed(0).padStart(5)} ms`;
  const figures = worstOf(results.map((result) => result.figures)).map(describe);
  return `${verdict} ${first.lab.padEnd(NAME_WIDTH)} ${`${passed}/${results.length}`.padStart(7)} ${times}  ${figures.join(", ")}`;
}

export function describeFailure({ lab, seed, failure }: TimedResult): string {
  return `\n${lab}, seed ${seed}: ${failure ?? "passed"}\n  again: make labs ONLY=${lab} SEED=${seed}`;
}
