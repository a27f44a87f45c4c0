// What a person reads of the labs: one line for each, and for a failure how to see it again.
import { describe, worstOf } from "./figures.ts";
import type { TimedResult } from "./run-lab.ts";

const NAME_WIDTH = 32;
const SCORE_WIDTH = 14;
const TIMES_WIDTH = 27;

/** All runs of one lab. */
export function describeLab(results: readonly TimedResult[]): string {
  const [first] = results;
  if (first === undefined) return "";
  const passed = results.filter(({ failure }) => failure === null).length;
  const verdict = passed === results.length ? "ok    " : "FAILED";
  const figures = worstOf(results.map((result) => result.figures)).map(describe);
  const of = first.simulatedMs === null ? "rounds" : "seeds";
  const score = `${passed}/${results.length} ${results.length === 1 ? of.slice(0, -1) : of}`.padStart(SCORE_WIDTH);
  return `${verdict} ${first.lab.padEnd(NAME_WIDTH)} ${score} ${timesOf(results).padStart(TIMES_WIDTH)}  ${figures.join(", ")}`;
}

export function describeFailure({ lab, seed, failure, simulatedMs }: TimedResult): string {
  const again = simulatedMs === null ? `make labs ONLY=${lab} ARGS=--processes` : `make labs ONLY=${lab} SEED=${seed}`;
  return `\n${lab}${simulatedMs === null ? " on real processes" : `, seed ${seed}`}: ${failure ?? "passed"}\n  again: ${again}`;
}

function timesOf(results: readonly TimedResult[]): string {
  const wallMs = Math.max(...results.map((result) => result.wallMs));
  const simulatedMs = results[0]?.simulatedMs === null ? null : Math.max(...results.map((result) => result.simulatedMs ?? 0));
  if (simulatedMs === null) return `${(wallMs / 1_000).toFixed(1)} s on processes`;
  return `${(simulatedMs / 1_000).toFixed(1)} s simulated ${wallMs.toFixed(0).padStart(5)} ms`;
}
