// A job goes on by itself: when a phase is over the next one begins, and at the end it is checked. Every function here may be
// called again at any time and then changes nothing.
import { addCounters, addTotals, hasEnded, moveJob } from "../mapreduce/job-record.ts";
import type { JobError, JobStatus } from "../mapreduce/job-record.ts";
import { PHASES } from "../mapreduce/assignment.ts";
import { countSplits, MAPS_MAX } from "../mapreduce/plan.ts";
import type { AttemptReport, InputFile } from "../mapreduce/report.ts";
import type { Job } from "./job.ts";
import type { CoordinatorState } from "./state.ts";
import { tellUnwanted } from "./state.ts";

export const NO_PLACE = { phase: null, task: null, attempt: null, record: null, file: null, offset: null } as const;

/** What the list task found. */
export function planJob(
  state: CoordinatorState,
  job: Job,
  { files, boundaries }: { readonly files: readonly InputFile[]; readonly boundaries: readonly string[] | null },
): void {
  const { splitBytes, inputs } = job.description;
  const maps = countSplits(files, splitBytes);
  if (files.length === 0)
    return endJob(state, job, {
      status: "failed",
      error: { ...NO_PLACE, reason: "noInput", message: `there is no file in ${inputs.join(", ")}` },
    });
  if (maps > MAPS_MAX) {
    const message = `${maps} splits of ${splitBytes} bytes are more than ${MAPS_MAX}: make them larger`;
    return endJob(state, job, { status: "failed", error: { ...NO_PLACE, reason: "tooManyTasks", message } });
  }
  job.plan(files, boundaries);
  changeStatus(job, "mapping");
}

/** Names of counters that a job may have: its record, with all of them, is written with every commit, and has to fit into one value. */
const COUNTERS_MAX = 1_000;

/** What was known before it became too much is what is known of it, but for the counters: with them its end might not fit either. */
export function failAsTooLarge(state: CoordinatorState, job: Job): void {
  const message = "what is to be kept of the job is more than the store takes: use fewer names of counters, longer splits or fewer reduces";
  if (!hasEnded(job.record.status)) job.change({ counters: {} });
  endJob(state, job, { status: "failed", error: { ...NO_PLACE, reason: "tooLarge", message } });
}

export function advance(state: CoordinatorState, job: Job): void {
  const { tables } = job;
  const names = Object.keys(job.record.counters).length;
  if (names > COUNTERS_MAX) {
    const message = `its tasks count under ${names} names, and a job has at most ${COUNTERS_MAX} counters`;
    return endJob(state, job, { status: "failed", error: { ...NO_PLACE, reason: "tooLarge", message } });
  }
  if (job.record.status === "mapping" && tables.map.isDone) changeStatus(job, "reducing");
  if (job.record.status !== "reducing" || !tables.reduce.isDone) return;
  const difference = selfCheck(job);
  if (difference !== null)
    return endJob(state, job, { status: "failed", error: { ...NO_PLACE, reason: "selfCheck", message: difference } });
  if (tables.publish.isDone) endJob(state, job, { status: "succeeded", error: null });
}

/** Null: what the maps that count wrote is what the reduces that count read. */
export function selfCheck({ tables, record }: Job): string | null {
  const sum = (phase: "map" | "reduce"): number => {
    let records = 0;
    for (const [, task] of tables[phase].entries()) records += task.records;
    return records;
  };
  const [written, read] = [sum("map"), sum("reduce")];
  // Reduces that had read the earlier output of a map count what it wrote then.
  if (written === read || record.isUnsteady) return null;
  return `the maps wrote ${written} records and the reduces read ${read}: nothing of the output is made visible`;
}

function changeStatus(job: Job, status: JobStatus): void {
  job.change(moveJob(job.record, status));
  job.tell({ type: "state", fields: { state: status, maps: job.record.maps } });
}

export type JobEnd = { readonly status: "succeeded" | "failed" | "cancelled"; readonly error: JobError | null };

/** Whatever runs is for nothing from here on. */
export function endJob(state: CoordinatorState, job: Job, { status, error }: JobEnd): void {
  if (hasEnded(job.record.status)) return;
  for (const phase of PHASES) {
    for (const task of [...job.tables[phase].running]) {
      for (const { attempt } of job.tables[phase].at(task).running) job.tables[phase].end(task, attempt);
    }
  }
  for (const { name, worker } of job.live.values()) tellUnwanted(state, worker, name);
  job.live.clear();
  job.change({ ...moveJob(job.record, status), error, finishedAt: state.wallMs });
  job.tell({ type: "state", fields: { state: status, error } });
  state.effects.push({ kind: "observe", observation: { kind: "jobEnded", state: status } });
}

/** A task's counters, work and skipped records are the job's from the first time that it is done, and only once. */
export function countTask(state: CoordinatorState, job: Job, report: AttemptReport): void {
  const { phase } = report;
  if (phase !== "map" && phase !== "reduce") return;
  const task = job.tables[phase].at(report.task);
  if (task.isCounted) return;
  task.isCounted = true;
  const { counters, totals, skipped } = job.record;
  job.change({
    counters: addCounters(counters, report.counters),
    totals: { ...totals, [phase]: addTotals(totals[phase], report.work) },
    skipped: skipped + report.skipped,
  });
  state.effects.push({ kind: "observe", observation: { kind: "taskCounted", phase, work: report.work, skipped: report.skipped } });
}
