// The jobs of the world of jobs.
import type { JobDescription } from "../../../core/mapreduce/job.ts";
import { asJob, DEFAULT_OPTIONS } from "../../../core/mapreduce/job.ts";

export const REDUCES = 4;

/** `isUnsteady`: another attempt of a map writes something else. */
export function describeJob(i: number, isUnsteady: boolean): JobDescription {
  const parameters: Record<string, string> = isUnsteady ? { unsteady: "yes" } : {};
  return {
    id: asJob(`job${i}`),
    program: { kind: "app", name: "x" },
    inputs: ["file:/in"],
    output: "file:/out",
    reduces: REDUCES,
    splitBytes: 100,
    options: { ...DEFAULT_OPTIONS, leaseMs: 4_000, attemptsMax: 30, parameters },
  };
}
