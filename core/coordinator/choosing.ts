// What a free slot of a worker does next: which job, which task of it, and whether that is a second copy of something slow.
// Jobs share workers by their weights; what is near its input comes first; backups come when nothing else is left.
import type { Phase } from "../mapreduce/assignment.ts";
import { hasEnded } from "../mapreduce/job-record.ts";
import type { WorkerFacts } from "./events.ts";
import type { Job, LiveAttempt } from "./job.ts";
import type { CoordinatorState } from "./state.ts";
import type { TaskTable } from "./task-table.ts";
import { medianDuration, processorTime } from "./view.ts";

export type Choice = { readonly phase: Phase; readonly task: number; readonly isBackup: boolean };

/** The first that it may have are looked at for one whose input lies near. */
const NEAR_MAX = 64;
const PROGRESS_FACTOR = 2;
/** An attempt that has done nothing for so many leases, though its worker is heard of, hangs. */
const HANGING_LEASES = 3;

/** Null: nothing to do for it. */
export function choose(state: CoordinatorState, worker: WorkerFacts): { readonly job: Job; readonly choice: Choice } | null {
  for (const job of jobsByShare(state)) {
    const choice = chooseOf(state, job, worker);
    if (choice !== null) return { job, choice };
  }
  return null;
}

/** Whoever has the least of what is due to it; among equals the older one. Taking away what has ended needs no turn of its own. */
function jobsByShare({ jobs }: CoordinatorState): readonly Job[] {
  const share = (job: Job): number => job.live.size / job.description.options.weight;
  return [...jobs.values()].sort((a, b) => share(a) - share(b) || a.record.submittedAt - b.record.submittedAt || (a.id < b.id ? -1 : 1));
}

function chooseOf(state: CoordinatorState, job: Job, worker: WorkerFacts): Choice | null {
  for (const phase of openPhases(job)) {
    const task = firstWaiting(state, job, { phase, worker });
    if (task !== null) return { phase, task, isBackup: false };
  }
  return backup(state, job, worker);
}

/** Whose tasks may be given out now. */
export function openPhases(job: Job): readonly Phase[] {
  const { status, isCleaned } = job.record;
  if (hasEnded(status)) return isCleaned ? [] : ["finish"];
  if (status === "waiting") return ["list"];
  if (!job.tables.map.isDone && !job.tables.reduce.isDone) return ["map"];
  return job.tables.reduce.isDone ? ["publish"] : ["reduce"];
}

function firstWaiting(
  state: CoordinatorState,
  job: Job,
  { phase, worker }: { readonly phase: Phase; readonly worker: WorkerFacts },
): number | null {
  let first: number | null = null;
  let looked = 0;
  for (const task of inTurn(job.tables[phase])) {
    if (isAvoided(state.nowMs, job, { phase, task, worker })) continue;
    if (phase !== "map" || isNear(job, task, worker)) return task;
    first ??= task;
    if (worker.node === null || ++looked === NEAR_MAX) return first;
  }
  return first;
}

function* inTurn({ again, waiting }: TaskTable): Generator<number> {
  yield* again;
  for (const task of waiting) if (!again.has(task)) yield task;
}

const isNear = (job: Job, task: number, { node }: WorkerFacts): boolean => node !== null && job.isNear(task, node);

/** It had trouble with this task a short while ago, or everybody has. */
export function isAvoided(
  nowMs: number,
  job: Job,
  { phase, task, worker }: { readonly phase: Phase; readonly task: number; readonly worker: Pick<WorkerFacts, "worker"> },
): boolean {
  const key = `${phase}-${task}`;
  const untilMs = Math.max(job.avoided.get(key)?.get(worker.worker) ?? 0, job.paused.get(key) ?? 0);
  return untilMs > nowMs;
}

function backup({ timing, nowMs }: CoordinatorState, job: Job, worker: WorkerFacts): Choice | null {
  if (!job.description.options.backups) return null;
  const phases = openPhases(job);
  let slowest: { readonly choice: Choice; readonly leftMs: number } | null = null;
  for (const live of job.live.values()) {
    const { phase, task } = live.name;
    if (!phases.includes(phase) || live.worker === worker.worker || !hasOneAttempt(job.tables[phase], task)) continue;
    const pace = { nowMs, timing, median: medianDuration(job, phase), processorMs: processorTime(job, phase) };
    const leftMs = hangs(job, live, nowMs) ? Infinity : phase === "publish" ? null : timeLeft(live, pace);
    if (leftMs !== null && (slowest === null || leftMs > slowest.leftMs)) slowest = { choice: { phase, task, isBackup: true }, leftMs };
  }
  return slowest?.choice ?? null;
}

/**
 * Whatever it waits for: a call of job code that takes too long is ended by its own process. Every phase may be begun a second time, and the
 * first that ends counts.
 */
function hangs({ description }: Job, { name: { phase }, progressedMs }: LiveAttempt, nowMs: number): boolean {
  const { leaseMs, recordTimeoutMs } = description.options;
  const callMs = phase === "map" || phase === "reduce" ? recordTimeoutMs : 0;
  return nowMs - progressedMs > Math.max(HANGING_LEASES * leaseMs, callMs);
}

const hasOneAttempt = (table: TaskTable, task: number): boolean => table.at(task).running.length === 1;

type Pace = {
  readonly nowMs: number;
  readonly timing: CoordinatorState["timing"];
  readonly median: number | null;
  readonly processorMs: number | null;
};

/** How long a copy that is too slow will still take; null: it is not, or nobody can tell yet. */
function timeLeft({ grantedMs, fraction }: LiveAttempt, { nowMs, timing, median, processorMs }: Pace): number | null {
  const ranMs = nowMs - grantedMs;
  // The others ended under an earlier coordinator, which knew how long they took. The record has only what they worked.
  if (median === null)
    return processorMs !== null && ranMs > PROGRESS_FACTOR * Math.max(timing.backupMs, PROGRESS_FACTOR * processorMs) ? ranMs : null;
  if (ranMs >= timing.progressMs && fraction > 0) {
    const leftMs = (ranMs * (1 - fraction)) / fraction;
    if (leftMs > PROGRESS_FACTOR * median) return leftMs;
  }
  return ranMs > Math.max(timing.backupMs, PROGRESS_FACTOR * median) ? ranMs : null;
}
