// The port behind which attempts run: a worker's host starts them and is called back. Nothing in here decides.
import type { Assignment, AttemptName, MapOutputSource } from "../../core/mapreduce/assignment.ts";
import type { AttemptReport, FetchTrouble, Progress } from "../../core/mapreduce/report.ts";

export type AttemptListener = {
  readonly onProgress: (progress: Progress) => void;
  readonly onFetchTrouble: (trouble: FetchTrouble) => void;
  /** Exactly once, also after `end` (then as `givenBack`, unless it was over before). Nothing of the attempt runs any more. */
  readonly onReport: (report: AttemptReport) => void;
};

export interface RunningAttempt {
  /** Nobody wants it any more: user code is stopped, however busy it is. */
  end(): void;
  /** For a reduce: maps that ran again. What was fetched whole from the old place stays. */
  moved(sources: readonly MapOutputSource[]): void;
}

export interface TaskExecutor {
  /** Never throws: what goes wrong is a report. */
  start(assignment: Assignment, listener: AttemptListener): RunningAttempt;
  /** Copies a map's output from a worker that stops; it is served here from then on. False: it can't be had, or not whole. */
  adopt(job: string, source: MapOutputSource): Promise<boolean>;
  /** Output of an attempt (a map's regions, a reduce's temporary files) that will not be used. Nothing happens where there is none. */
  discard(attempt: AttemptName): Promise<void>;
  /** The job has ended: all that is kept of it here goes. */
  forget(job: string): Promise<void>;
  /** Map outputs that are still here and whole after a restart of the process. */
  kept(): Promise<readonly AttemptName[]>;
  close(): Promise<void>;
}
