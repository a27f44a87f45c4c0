// What is known of a job as a whole: its state as a table, what it has done so far, and why it failed. It is written down with
// every change of its tasks, in the same transaction.
import { assert } from "../base/assert.ts";
import type { Phase } from "./assignment.ts";
import type { Counters, FailureReason, Work } from "./report.ts";
import { NO_WORK } from "./report.ts";

export const JOB_TRANSITIONS = {
  waiting: ["mapping", "failed", "cancelled"],
  mapping: ["reducing", "failed", "cancelled"],
  reducing: ["succeeded", "failed", "cancelled"],
  succeeded: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>;

export type JobStatus = keyof typeof JOB_TRANSITIONS;

export const hasEnded = (status: JobStatus): boolean => JOB_TRANSITIONS[status].length === 0;

/** The one attempt that made the job fail, or what did. */
export type JobError = {
  readonly reason: FailureReason | "selfCheck" | "tooLarge" | "tooManyTasks" | "noInput" | "tooManySkips";
  readonly message: string;
  readonly phase: Phase | null;
  readonly task: number | null;
  readonly attempt: number | null;
  readonly record: number | null;
  readonly file: string | null;
  readonly offset: number | null;
};

export type WorkerPlace = { readonly id: string; readonly origin: string };

/** Of committed attempts, each task once. */
export type PhaseTotals = Pick<Work, "recordsRead" | "recordsWritten" | "bytesRead" | "bytesWritten" | "cpuMs">;

export type JobRecord = {
  /** By which workers know it; missing in records from before there were such names: then by its id. */
  readonly run?: string;
  readonly status: JobStatus;
  /** Milliseconds since 1970, as the coordinator's clock had it. */
  readonly submittedAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly error: JobError | null;
  /** Null: not known yet. */
  readonly maps: number | null;
  readonly filePages: number;
  readonly boundaries: readonly string[] | null;
  readonly counters: Counters;
  readonly totals: { readonly map: PhaseTotals; readonly reduce: PhaseTotals };
  readonly skipped: number;
  /** Attempts that were given out, by how they ended; those that still run are missing. */
  readonly attempts: { readonly started: number; readonly failed: number; readonly lost: number; readonly backups: number };
  /** A map that ran again after its output was lost wrote another number of pairs for some reduce: its functions are not deterministic. */
  readonly isUnsteady: boolean;
  /** Everything that its output needs is visible. */
  readonly isCleaned: boolean;
  /** Tasks name workers by their position in here. */
  readonly workers: readonly WorkerPlace[];
};

const NO_TOTALS: PhaseTotals = { recordsRead: 0, recordsWritten: 0, bytesRead: 0, bytesWritten: 0, cpuMs: 0 };

export function newRecord(submittedAt: number, run: string): JobRecord {
  return {
    run,
    ...{ status: "waiting", submittedAt, startedAt: null, finishedAt: null, error: null, maps: null, filePages: 0, boundaries: null },
    counters: {},
    totals: { map: NO_TOTALS, reduce: NO_TOTALS },
    skipped: 0,
    attempts: { started: 0, failed: 0, lost: 0, backups: 0 },
    isUnsteady: false,
    isCleaned: false,
    workers: [],
  };
}

export function moveJob(record: JobRecord, to: JobStatus): JobRecord {
  const allowed: readonly JobStatus[] = JOB_TRANSITIONS[record.status];
  assert(allowed.includes(to), `a job goes from ${record.status} to ${to}`);
  return { ...record, status: to };
}

export function addCounters(sum: Counters, more: Counters): Counters {
  // By what it has itself: a counter may be called `constructor`.
  const result = new Map(Object.entries(sum));
  for (const [name, value] of Object.entries(more)) result.set(name, (result.get(name) ?? 0) + value);
  return Object.fromEntries(result);
}

export function addTotals(sum: PhaseTotals, work: Work = NO_WORK): PhaseTotals {
  return {
    recordsRead: sum.recordsRead + work.recordsRead,
    recordsWritten: sum.recordsWritten + work.recordsWritten,
    bytesRead: sum.bytesRead + work.bytesRead,
    bytesWritten: sum.bytesWritten + work.bytesWritten,
    cpuMs: sum.cpuMs + work.cpuMs,
  };
}

export const encodeRecord = (record: JobRecord): string => JSON.stringify(record);
export const decodeRecord = (text: string): JobRecord => JSON.parse(text) as JobRecord;
