// One lab with one seed, from an empty world to a verdict.
import { Random } from "../../core/base/random.ts";
import { Raft } from "../../core/raft/raft.ts";
import { Figures } from "./figures.ts";
import type { Figure } from "./figures.ts";
import { LabTime } from "./lab-time.ts";
import type { Lab } from "./lab.ts";
import type { MakeRaft } from "./raft-member.ts";
import { LabFailure, runToEnd } from "./script.ts";

/** The labs' limit for every single test; of simulated time here. */
const LIMIT_MS = 120_000;

export type LabRun = { readonly lab: string; readonly seed: number };

export type LabResult = LabRun & {
  /** Null on real processes. */
  readonly simulatedMs: number | null;
  readonly figures: readonly Figure[];
  /** Null: passed. */
  readonly failure: string | null;
};

export type TimedResult = LabResult & { readonly wallMs: number };

const realRaft: MakeRaft = (options, recovered) => new Raft(options, recovered);

export function runLab(lab: Lab, seed: number, makeRaft: MakeRaft = realRaft): LabResult {
  const time = new LabTime();
  const figures = new Figures();
  const random = new Random(seed).child(lab.name);
  let failure: string | null = null;
  try {
    runToEnd(lab.script({ time, figures, random, makeRaft }), time, LIMIT_MS);
  } catch (error) {
    failure = explain(error);
  }
  return { lab: lab.name, seed, simulatedMs: time.nowMs, figures: figures.all, failure };
}

/** Of anything but an unmet demand one needs to know where it came from. */
export function explain(error: unknown): string {
  if (error instanceof LabFailure) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
