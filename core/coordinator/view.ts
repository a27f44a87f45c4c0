// A job as people and programs see it: `GET /v1/jobs/{id}`.
import type { Phase } from "../mapreduce/assignment.ts";
import type { Counters } from "../mapreduce/report.ts";
import type { JobError, JobRecord, JobStatus } from "../mapreduce/job-record.ts";
import type { Program } from "../mapreduce/job.ts";
import type { Task } from "../mapreduce/task.ts";
import type { Job, LiveAttempt } from "./job.ts";
import type { TaskTable } from "./task-table.ts";

export type PhaseView = { readonly total: number | null; readonly done: number; readonly running: number };

export type JobView = {
  readonly id: string;
  /** By which workers and their logs know it. */
  readonly run: string;
  readonly state: JobStatus;
  readonly program: string;
  readonly maps: PhaseView;
  readonly reduces: PhaseView;
  readonly counters: Counters;
  readonly records: { readonly mapInput: number; readonly mapOutput: number; readonly reduceInput: number; readonly reduceOutput: number };
  readonly skipped: number;
  readonly attempts: JobRecord["attempts"];
  /** `input`, `shuffled`, `output`: of committed tasks. `running`: what attempts under way have read so far. */
  readonly bytes: {
    readonly input: number;
    readonly shuffled: number;
    readonly output: number;
    readonly running: number;
    readonly total: number | null;
  };
  readonly cpuMs: number;
  /** Attempts that run although the others of their kind took much less. */
  readonly stragglers: number;
  readonly outputs: readonly string[];
  readonly submittedAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly error: JobError | null;
};

/** `told`: the number of the last event of which it has what that says. */
export type Watched = { readonly view: JobView; readonly told: number };

const HASH_SHOWN = 12;

/** Of code: the beginning of its hash. */
export function programName(program: Program): string {
  return program.kind === "app" ? program.name : `code ${program.hash.slice(0, HASH_SHOWN)}`;
}

export function viewOf(job: Job, nowMs: number): JobView {
  const { record, description, tables } = job;
  const { map, reduce } = record.totals;
  const live = [...job.live.values()].filter(({ name }) => name.phase === "map" || name.phase === "reduce");
  const lengths = job.splits.reduce((sum, { length }) => sum + length, 0);
  return {
    id: job.id,
    run: job.run,
    state: record.status,
    program: programName(description.program),
    maps: { ...phaseView(tables.map), total: record.maps },
    reduces: { ...phaseView(tables.reduce), total: description.reduces },
    counters: record.counters,
    records: {
      mapInput: map.recordsRead,
      mapOutput: map.recordsWritten,
      reduceInput: reduce.recordsRead,
      reduceOutput: reduce.recordsWritten,
    },
    skipped: record.skipped,
    attempts: record.attempts,
    bytes: {
      ...{ input: map.bytesRead, shuffled: reduce.bytesRead, output: reduce.bytesWritten },
      running: live.reduce((sum, { work }) => sum + work.bytesRead, 0),
      total: record.maps === null ? null : lengths,
    },
    cpuMs: map.cpuMs + reduce.cpuMs,
    stragglers: live.filter((each) => isStraggling(job, each, nowMs)).length,
    outputs: record.status === "succeeded" ? [description.output] : [],
    submittedAt: record.submittedAt,
    startedAt: record.startedAt,
    finishedAt: record.finishedAt,
    error: record.error,
  };
}

const phaseView = (table: TaskTable): PhaseView => ({ total: table.count, done: table.done, running: table.running.size });

const STRAGGLER_FACTOR = 2;
const STRAGGLER_SAMPLES = 3;

/** Null: not enough of them have ended to say. */
export function medianDuration(job: Job, phase: Phase): number | null {
  const durations = job.durations[phase];
  if (durations.length < STRAGGLER_SAMPLES) return null;
  return [...durations].sort((a, b) => a - b)[Math.floor(durations.length / 2)] ?? null;
}

/** Of one task, on the average. Null: not enough of them are done to say. */
export function processorTime(job: Job, phase: Phase): number | null {
  const { done } = job.tables[phase];
  if (done < STRAGGLER_SAMPLES || (phase !== "map" && phase !== "reduce")) return null;
  return job.record.totals[phase].cpuMs / done;
}

export function isStraggling(job: Job, { name, grantedMs }: LiveAttempt, nowMs: number): boolean {
  const median = medianDuration(job, name.phase);
  return median !== null && nowMs - grantedMs > STRAGGLER_FACTOR * Math.max(median, 1);
}

export type TaskView = {
  readonly phase: Phase;
  readonly task: number;
  readonly state: Task["status"];
  readonly attempts: number;
  readonly failures: number;
  readonly worker: string | null;
  readonly running: readonly { readonly attempt: number; readonly worker: string; readonly fraction: number }[];
  readonly records: number;
  readonly skipped: readonly number[];
  readonly input: string | null;
};

/** Maps first, then reduces; `after` and `limit` count over both. */
export function tasksOf(job: Job, after: number, limit: number): readonly TaskView[] {
  const maps = job.tables.map.count;
  const count = Math.max(0, Math.min(limit, maps + job.tables.reduce.count - after));
  return Array.from({ length: count }, (_, i) => {
    const number = after + i;
    return number < maps ? taskView(job, "map", number) : taskView(job, "reduce", number - maps);
  });
}

function taskView(job: Job, phase: "map" | "reduce", number: number): TaskView {
  const task = job.tables[phase].at(number);
  const split = phase === "map" ? job.splits[number] : undefined;
  return {
    ...{ phase, task: number, state: task.status, attempts: task.attempts, failures: task.failures, records: task.records },
    worker: task.winner === null ? null : job.workerAt(task.winner.worker).id,
    running: task.running.map(({ attempt, worker }) => ({
      attempt,
      worker: job.workerAt(worker).id,
      fraction: job.live.get(`${phase}-${number}/${attempt}`)?.fraction ?? 0,
    })),
    skipped: [...task.skips.keys()],
    input: split === undefined ? null : `${split.url} ${split.offset}+${split.length}`,
  };
}
