// What a coordinator asks its host for. Whatever the store answers comes back as an event.
import type { Outcome } from "../base/outcome.ts";
import type { Phase } from "../mapreduce/assignment.ts";
import type { PhaseTotals } from "../mapreduce/job-record.ts";
import type { FailureReason } from "../mapreduce/report.ts";
import type { JobEnd } from "./advancing.ts";

export type Writes = readonly (readonly [key: string, value: string])[];

export type StoreEffect =
  /** Every job that there is, with what the index says of it. */
  | { readonly kind: "readIndex" }
  /** Only in place of what the index says of this very run: whoever stood still must not write over what it says of a later one. */
  | { readonly kind: "writeIndex"; readonly job: string; readonly run: string; readonly value: string }
  /** Atomic, and only if there is no such job; then the line in the index of the one that there is. */
  | { readonly kind: "create"; readonly job: string; readonly writes: Writes }
  /** One more, exactly once: who did it before can change nothing from here on. */
  | { readonly kind: "raiseFence"; readonly job: string }
  /** All of a job that has ended, in the end its line in the index; nothing, if it is another one that was submitted at another time. */
  | { readonly kind: "remove"; readonly job: string; readonly submittedAt: number }
  /** `load` comes back with the answer. */
  | { readonly kind: "load"; readonly job: string; readonly load: number; readonly keys: readonly string[] }
  /** Atomic, exactly once, and only while the fence is what it was. One at a time for a job. */
  | { readonly kind: "commit"; readonly job: string; readonly fence: number; readonly writes: Writes };

export type Observation =
  | {
      readonly kind: "attemptEnded";
      readonly phase: Phase;
      readonly result: AttemptEnd;
      readonly seconds: number;
      /** It was a second copy of one that was slow. */
      readonly isBackup: boolean;
    }
  | { readonly kind: "attemptFailed"; readonly reason: FailureReason }
  /** A task was done for the first time: what its job has of it. */
  | { readonly kind: "taskCounted"; readonly phase: "map" | "reduce"; readonly work: PhaseTotals; readonly skipped: number }
  /** The output of a map is gone while somebody needs it. */
  | { readonly kind: "outputLost" }
  | { readonly kind: "jobEnded"; readonly state: JobEnd["status"] }
  | { readonly kind: "takenOver"; readonly job: string; readonly tookMs: number }
  | { readonly kind: "fenced"; readonly job: string };

export const ATTEMPT_ENDS = ["done", "failed", "lost", "givenBack", "unwanted"] as const;
export type AttemptEnd = (typeof ATTEMPT_ENDS)[number];

/** Something that people who watch a job want to know. `fields` are plain JSON. `number`: from 1 for each job, as long as this coordinator has it. */
export type JobEvent = { readonly type: string; readonly fields: Readonly<Record<string, unknown>>; readonly number: number };

export type CoordinatorEffect =
  | StoreEffect
  | { readonly kind: "answer"; readonly request: number; readonly outcome: Outcome<unknown> }
  | { readonly kind: "tell"; readonly job: string; readonly event: JobEvent }
  | { readonly kind: "observe"; readonly observation: Observation };
