// An attempt ends. The first one that did its work counts, for good: the same report may come again, and another attempt's may
// come late, and neither changes anything. What failed is tried again while there is a point in it.
import type { AttemptName, Phase } from "../mapreduce/assignment.ts";
import { logKey } from "../mapreduce/job-keys.ts";
import type { AttemptReport, AttemptResult, Failure } from "../mapreduce/report.ts";
import { FAILURES } from "../mapreduce/report.ts";
import type { Task } from "../mapreduce/task.ts";
import { advance, countTask, endJob, NO_PLACE, planJob } from "./advancing.ts";
import type { AttemptEnd } from "./effects.ts";
import type { Report, Verdict } from "./events.ts";
import type { Job } from "./job.ts";
import { liveKey } from "./job.ts";
import type { CoordinatorState } from "./state.ts";
import { tellUnwanted } from "./state.ts";

/** Attempts of one task that may end by no fault of its own, for each that may fail by its own. */
const LOSSES_PER_FAILURE = 10;
/** A record that made so many attempts fail is left out by the next, where that is allowed. */
const SUSPICIONS = 2;
const DURATIONS_KEPT = 101;

/** What an attempt must say to be done. */
const DONE: { readonly [P in Phase]: AttemptResult["kind"] } = {
  list: "listed",
  map: "mapped",
  reduce: "reduced",
  publish: "published",
  finish: "finished",
};

export function takeReport(state: CoordinatorState, job: Job, report: Report): Verdict {
  const { phase, task: number, attempt, result } = report.report;
  const table = job.tables[phase];
  if (!table.has(number)) return "discarded";
  const task = table.at(number);
  // Never given out: from another life of the job, or made up.
  if (attempt < 1 || attempt > task.attempts) return "discarded";
  if (result.kind === "failed" || result.kind === "givenBack") {
    if (task.running.some((each) => each.attempt === attempt)) unfinished(state, job, report);
    return "discarded";
  }
  if (task.winner?.attempt === attempt) return "accepted";
  if (task.status === "done" || !mayCount(job, phase) || result.kind !== DONE[phase]) return "discarded";
  complete(state, job, report);
  return "accepted";
}

/** A job that has ended takes nothing but what cleans up behind it. */
function mayCount(job: Job, phase: Phase): boolean {
  if (phase === "finish") return job.hasEnded;
  if (job.hasEnded) return false;
  return phase === "list" ? job.record.status === "waiting" : job.record.status !== "waiting";
}

function complete(state: CoordinatorState, job: Job, { report, ...worker }: Report): void {
  const { phase, task: number, attempt, result } = report;
  const table = job.tables[phase];
  const others = table.at(number).running.filter((each) => each.attempt !== attempt);
  const before = table.at(number).isCounted ? { ...table.at(number) } : null;
  const place = { attempt, worker: job.workerNumber({ id: worker.worker, origin: worker.origin }) };
  const records = result.kind === "mapped" ? report.work.recordsWritten : result.kind === "reduced" ? report.work.recordsRead : 0;
  const regions = result.kind === "mapped" ? regionsIn(result.regionRecords) : 0;
  table.complete(number, { ...place, records, regions, files: result.kind === "reduced" ? result.files : [] });
  // Should its output be lost, it begins anew: who had trouble before may do better, and is none of those that have all tried.
  job.avoided.delete(`${phase}-${number}`);
  countTask(state, job, report);
  job.progressedMs = state.nowMs;
  if (before !== null && isOther(before, { records, regions })) job.change({ isUnsteady: true });
  for (const other of others) ended(state, job, { name: { ...nameOf(report), attempt: other.attempt }, how: "unwanted" });
  ended(state, job, { name: nameOf(report), how: "done" });
  keepLog(job, report);
  job.tell({ type: "task", fields: { phase, task: number, attempt, worker: worker.worker, done: table.done, total: table.count } });
  if (result.kind === "listed") planJob(state, job, result);
  if (result.kind === "finished") job.change({ isCleaned: true });
  advance(state, job);
}

type Written = Pick<Task, "records" | "regions">;

/** Reduces that read the one and reduces that read the other have not read what either wrote, also where both wrote as much in all. */
function isOther(before: Written, { records, regions }: Written): boolean {
  return before.records !== records || (before.regions !== 0 && before.regions !== regions);
}

/** Never 0, which says that nobody knows. */
function regionsIn(regionRecords: readonly number[]): number {
  let hash = 0x811c9dc5;
  for (const records of regionRecords) hash = Math.imul(hash ^ records, 0x01000193);
  return hash >>> 1 || 1;
}

function unfinished(state: CoordinatorState, job: Job, { report, worker }: Report): void {
  const { result } = report;
  if (result.kind === "failed") failAttempt(state, job, { name: nameOf(report), worker, failure: known(result.failure) });
  else if (result.kind === "givenBack") dropAttempt(state, job, { name: nameOf(report), how: "givenBack" });
  keepLog(job, report);
}

/** Workers of a later version may have reasons that nobody knows here. */
function known(failure: Failure): Failure {
  return Object.hasOwn(FAILURES, failure.reason) ? failure : { ...failure, reason: "internal" };
}

export type FailedAttempt = { readonly name: AttemptName; readonly worker: string; readonly failure: Failure };

export function failAttempt(state: CoordinatorState, job: Job, { name, worker, failure }: FailedAttempt): void {
  const facts = FAILURES[failure.reason];
  const task = job.tables[name.phase].at(name.task);
  dropAttempt(state, job, { name, how: failure.reason === "lost" ? "lost" : "failed" });
  job.tell({ type: "attemptFailed", fields: { ...name, job: job.id, worker, failure } });
  state.effects.push({ kind: "observe", observation: { kind: "attemptFailed", reason: failure.reason } });
  if (facts.worker) {
    task.losses++;
    const haveAllTried = avoid(state, job, { name, worker });
    // Nobody is left who could do it: it is the task's trouble after all.
    if (haveAllTried && failure.reason !== "lost") task.failures++;
  } else task.failures++;
  const { attemptsMax } = job.description.options;
  if (facts.record) suspect(state, job, { task, failure });
  if (job.hasEnded) return cleanLater(state, job, { name, worker, failure });
  const isOver = !facts.again || task.failures >= attemptsMax || task.losses >= attemptsMax * LOSSES_PER_FAILURE;
  if (!isOver && failure.reason === "unreachable") pause(state, job, name);
  if (!isOver) return;
  const { reason, record, file, offset } = failure;
  const often = facts.again ? ` (after ${task.attempts} attempts)` : "";
  const message = `${name.phase} task ${name.task}: ${failure.message}${often}`;
  endJob(state, job, {
    status: "failed",
    error: { phase: name.phase, task: name.task, attempt: name.attempt, reason, message, record, file, offset },
  });
}

/** About half an hour. */
const REFUSALS_MAX = 60;

/**
 * Behind a job that has ended: as long as it may help, and not all the time. Where no task has written anything there is nothing to be taken away
 * from what can't be written to. Where some have, this worker may lack what the others have, and a key that has run out may be replaced.
 */
function cleanLater(state: CoordinatorState, job: Job, { name, worker, failure }: FailedAttempt): void {
  if (name.phase !== "finish") return;
  const { again, worker: isOfWorker } = FAILURES[failure.reason];
  const isGivenUp = !again && (job.record.maps === null || job.tables.finish.at(name.task).failures >= REFUSALS_MAX);
  if (isGivenUp) return job.change({ isCleaned: true });
  if (isOfWorker) return;
  const untilMs = pause(state, job, name);
  if (!again) avoidFor(job, { ...name, worker, untilMs: untilMs + AVOIDED_MS.first });
}

const AVOIDED_MS = { first: 1_000, longest: 30_000 };

/** Nobody gets the task for a while; longer each time. Returns how long. */
function pause({ nowMs }: CoordinatorState, job: Job, { phase, task }: AttemptName): number {
  const { failures } = job.tables[phase].at(task);
  const untilMs = nowMs + Math.min(AVOIDED_MS.longest, AVOIDED_MS.first * 2 ** Math.max(0, failures - 1));
  job.paused.set(`${phase}-${task}`, untilMs);
  return untilMs;
}

/** The worker does not get the task again for a while; longer each time. True: no worker is left that had no trouble with it. */
function avoid({ workers, nowMs }: CoordinatorState, job: Job, { name, worker }: Pick<FailedAttempt, "name" | "worker">): boolean {
  const { losses } = job.tables[name.phase].at(name.task);
  const untilMs = nowMs + Math.min(AVOIDED_MS.longest, AVOIDED_MS.first * 2 ** (losses - 1));
  const avoided = avoidFor(job, { phase: name.phase, task: name.task, worker, untilMs });
  const { leaseMs } = job.description.options;
  return [...workers.values()].every((each) => avoided.has(each.worker) || nowMs - each.seenMs > leaseMs);
}

type Avoiding = Pick<AttemptName, "phase" | "task"> & { readonly worker: string; readonly untilMs: number };

/** Returns all workers that had trouble with the task. */
export function avoidFor(job: Job, { phase, task, worker, untilMs }: Avoiding): ReadonlyMap<string, number> {
  const key = `${phase}-${task}`;
  const avoided = job.avoided.get(key) ?? new Map<string, number>();
  job.avoided.set(key, avoided.set(worker, untilMs));
  return avoided;
}

/** A record that fails again and again is left out from the next attempt on, as far as the job allows it. */
function suspect(state: CoordinatorState, job: Job, { task, failure }: { readonly task: Task; readonly failure: Failure }): void {
  const { skipsMax } = job.description.options;
  const { record } = failure;
  if (record === null || skipsMax === 0 || task.skips.has(record)) return;
  const times = (task.suspects.get(record) ?? 0) + 1;
  task.suspects = new Map(task.suspects).set(record, times);
  if (times < SUSPICIONS) return;
  task.skips = new Map(task.skips).set(record, `${failure.reason}: ${failure.message.slice(0, SKIP_REASON_LENGTH)}`);
  task.failures = 0;
  const planned = skipsIn(job);
  if (planned <= skipsMax) return;
  const message = `more than ${skipsMax} records would have to be left out; the last one: ${failure.message}`;
  const { file, offset } = failure;
  endJob(state, job, { status: "failed", error: { ...NO_PLACE, reason: "tooManySkips", message, record, file, offset } });
}

const SKIP_REASON_LENGTH = 200;

function skipsIn({ tables }: Job): number {
  let skips = 0;
  for (const phase of ["map", "reduce"] as const) for (const [, task] of tables[phase].entries()) skips += task.skips.size;
  return skips;
}

/** It is over, and nothing of it counts. */
export function dropAttempt(
  state: CoordinatorState,
  job: Job,
  { name, how }: { readonly name: AttemptName; readonly how: AttemptEnd },
): void {
  job.tables[name.phase].end(name.task, name.attempt);
  ended(state, job, { name, how });
}

function ended(state: CoordinatorState, job: Job, { name, how }: { readonly name: AttemptName; readonly how: AttemptEnd }): void {
  const live = job.live.get(liveKey(name));
  job.live.delete(liveKey(name));
  const { attempts } = job.record;
  if (how === "failed") job.change({ attempts: { ...attempts, failed: attempts.failed + 1 } });
  if (how === "lost") job.change({ attempts: { ...attempts, lost: attempts.lost + 1 } });
  if (job.record.startedAt === null) job.change({ startedAt: state.wallMs });
  if (how === "unwanted" && live !== undefined) tellUnwanted(state, live.worker, name);
  const tookMs = live === undefined ? 0 : state.nowMs - live.grantedMs;
  if (how === "done" && live !== undefined) {
    const durations = job.durations[name.phase];
    durations.push(tookMs);
    if (durations.length > DURATIONS_KEPT) durations.shift();
  }
  const isBackup = live?.isBackup ?? false;
  const observation = { kind: "attemptEnded", phase: name.phase, result: how, seconds: tookMs / 1_000, isBackup } as const;
  state.effects.push({ kind: "observe", observation });
}

function keepLog(job: Job, { phase, task, log, result }: AttemptReport): void {
  job.keepLog(logKey(job.id, phase, task), log, result.kind === "failed" ? "failed" : "done");
}

const nameOf = ({ job, phase, task, attempt }: AttemptReport): AttemptName => ({ job, phase, task, attempt });
