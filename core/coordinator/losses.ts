// What is lost: attempts of which nothing is heard any more, and map outputs that nobody can fetch. Only what is lost is done
// again, and an output only while somebody still needs it.
import type { AttemptName } from "../mapreduce/assignment.ts";
import type { FetchTrouble } from "../mapreduce/report.ts";
import type { WorkerFacts } from "./events.ts";
import type { Job } from "./job.ts";
import { avoidFor, failAttempt } from "./reports.ts";
import type { CoordinatorState } from "./state.ts";

/** So many reduces say it, or one says it after so many tries. */
const REDUCES = 2;
const TRIES = 3;
/** So long its worker does not get that map again. */
const UNREACHED_MS = 30_000;
/** Pages of maps that wait to be written when no more outputs are given up: one transaction of the store takes a thousand. The rest follows with the next ticks. */
const PAGES_AT_ONCE = 512;

export const needsMaps = (job: Job): boolean => !job.hasEnded && job.record.maps !== null && !job.tables.reduce.isDone;

/** A reduce could not fetch the output of a map that counts. Its worker may well live. */
export function heardOf(state: CoordinatorState, job: Job, { task, mapTask, mapAttempt, tries, origin }: FetchTrouble): void {
  if (!needsMaps(job) || mayComeBack(state, origin)) return;
  const key = `${mapTask}/${mapAttempt}`;
  const heard = job.troubles.get(key) ?? new Map<number, number>();
  job.troubles.set(key, heard.set(task, Math.max(tries, heard.get(task) ?? 0)));
  if (heard.size < REDUCES && Math.max(...heard.values()) < TRIES) return;
  job.troubles.delete(key);
  // It may live, be idle, and be the first to ask for the map again, whose output nobody could fetch again.
  const holder = job.tables.map.at(mapTask).winner;
  if (holder !== null)
    avoidFor(job, { phase: "map", task: mapTask, worker: job.workerAt(holder.worker).id, untilMs: state.nowMs + UNREACHED_MS });
  loseOutput(state, job, mapTask);
}

/** It was told to end in good order a moment ago: where only its process starts again, its disk is still there. */
function mayComeBack({ workers, nowMs, timing }: CoordinatorState, origin: string): boolean {
  for (const worker of workers.values())
    if (worker.origin === origin && worker.isStopping && nowMs - worker.seenMs < timing.returnMs) return true;
  return false;
}

/** A worker has begun anew: what it held before and does not hold now is gone. */
export function loseMissingOutputs(state: CoordinatorState, { worker }: WorkerFacts, kept: readonly AttemptName[]): void {
  const held = new Set(kept.map(({ job, task, attempt }) => `${job}/${task}/${attempt}`));
  for (const job of state.jobs.values()) {
    const number = job.knownWorkerNumber(worker);
    if (number === null || !needsMaps(job)) continue;
    for (const [task, { winner }] of job.tables.map.entries()) {
      if (winner?.worker === number && !held.has(`${job.run}/${task}/${winner.attempt}`)) job.missing.set(task, winner);
    }
    loseMissing(state, job);
  }
}

function loseMissing(state: CoordinatorState, job: Job): void {
  for (const [task, { worker, attempt }] of job.missing) {
    if (isMuchChanged(job)) return;
    job.missing.delete(task);
    const { winner } = job.tables.map.at(task);
    // Another worker may have it by now.
    if (winner?.worker === worker && winner.attempt === attempt) loseOutput(state, job, task);
  }
}

/** Leases that have run out, and outputs of workers that have been away for long. */
export function lookForLosses(state: CoordinatorState): void {
  for (const job of state.jobs.values()) {
    const { leaseMs } = job.description.options;
    for (const { name, worker, seenMs } of [...job.live.values()]) {
      if (state.nowMs - seenMs < leaseMs) continue;
      const message = `nothing was heard of worker ${worker} for ${leaseMs / 1_000} s`;
      failAttempt(state, job, { name, worker, failure: { reason: "lost", message, record: null, file: null, offset: null } });
    }
    if (!needsMaps(job)) continue;
    loseMissing(state, job);
    loseOutputsOfAbsent(state, job);
  }
}

function loseOutputsOfAbsent(state: CoordinatorState, job: Job): void {
  const { workers, nowMs, timing } = state;
  const absent = new Set<number>();
  for (const [number, { id }] of job.record.workers.entries()) {
    const seenMs = workers.get(id)?.seenMs ?? job.openedMs;
    if (nowMs - seenMs > timing.outputsMs) absent.add(number);
  }
  if (absent.size === 0) return;
  for (const [task, { winner }] of job.tables.map.entries()) {
    if (isMuchChanged(job)) return;
    if (winner !== null && absent.has(winner.worker)) loseOutput(state, job, task);
  }
}

const isMuchChanged = (job: Job): boolean => job.tables.map.dirtyPages >= PAGES_AT_ONCE;

function loseOutput(state: CoordinatorState, job: Job, task: number): void {
  job.tables.map.lose(task);
  job.tell({ type: "outputLost", fields: { phase: "map", task } });
  state.effects.push({ kind: "observe", observation: { kind: "outputLost" } });
}
