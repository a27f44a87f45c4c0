// A worker says how it stands and asks for orders: attempts to begin, attempts to end, where maps ran anew, what it may forget.
import type { AttemptName } from "../mapreduce/assignment.ts";
import { idOf } from "../mapreduce/job-keys.ts";
import type { FetchTrouble, Work } from "../mapreduce/report.ts";
import type { Orders, Poll, WorkerFacts } from "./events.ts";
import { factsIn } from "./events.ts";
import { choose } from "./choosing.ts";
import { grant } from "./granting.ts";
import { adoptionsFor, countNeeded, takeAdopted } from "./handing-over.ts";
import { NO_ORDERS } from "./hold.ts";
import type { Job } from "./job.ts";
import { liveKey } from "./job.ts";
import { heardOf, loseMissingOutputs } from "./losses.ts";
import { dropAttempt } from "./reports.ts";
import type { CoordinatorState } from "./state.ts";
import { jobOf } from "./state.ts";

export function takePoll(state: CoordinatorState, poll: Poll): Orders {
  const { running, troubles, kept, adopted, jobs } = poll;
  const facts = factsIn(poll);
  const known = state.workers.get(facts.worker);
  state.workers.set(facts.worker, { ...facts, seenMs: state.nowMs, poll: known?.poll ?? null });
  for (const job of state.jobs.values()) job.meet(facts);
  // What is not wanted any more is seen below, by what the worker itself says.
  state.unwanted.delete(facts.worker);
  const end: AttemptName[] = [];
  for (const { job: run, phase, task, attempt, fraction, work } of running) {
    const name = { job: run, phase, task, attempt };
    const job = jobOf(state, run);
    const live = job?.live.get(liveKey(name));
    if (job !== undefined && live?.worker === facts.worker) {
      live.seenMs = state.nowMs;
      if (fraction > live.fraction || doneBy(work) > doneBy(live.work)) live.progressedMs = job.progressedMs = state.nowMs;
      live.fraction = fraction;
      live.work = work;
    } else if (isDecided(state, run)) end.push(name);
  }
  dropWhatNeverArrived(state, poll);
  takeAdopted(state, facts, adopted);
  if (kept !== null) loseMissingOutputs(state, facts, kept);
  const moved = troubles.flatMap((each) => movedFor(state, each));
  const forget = jobs.filter((run) => isOver(state, run));
  return { ...NO_ORDERS, end, moved, adopt: adoptionsFor(state, facts), needed: countNeeded(state, facts), forget };
}

/** What it has read and written, to see whether that grows. */
const doneBy = (work: Work): number => work.recordsRead + work.recordsWritten + work.bytesRead + work.bytesWritten;

/** As many attempts as it has free slots. */
export function fill(state: CoordinatorState, worker: WorkerFacts): Orders["assignments"] {
  const assignments: Orders["assignments"][number][] = [];
  if (worker.isStopping || !state.isIndexRead) return assignments;
  for (let free = worker.slots - slotsTaken(state, worker.worker); free > 0; free--) {
    const next = choose(state, worker);
    if (next === null) break;
    assignments.push(grant(next.job, next.choice, { worker, nowMs: state.nowMs }));
  }
  return assignments;
}

export function slotsTaken({ jobs }: CoordinatorState, worker: string): number {
  let taken = 0;
  for (const job of jobs.values()) for (const live of job.live.values()) if (live.worker === worker) taken++;
  return taken;
}

/** A job that is being taken over still has to say what runs. */
const isDecided = (state: CoordinatorState, run: string): boolean => state.jobs.has(idOf(run)) || isOver(state, run);

/** Of a job that is being taken over, or that another coordinator has just now, nobody here can say it. */
function isOver(state: CoordinatorState, run: string): boolean {
  const id = idOf(run);
  if (!state.isIndexRead || state.opening.has(id) || state.waiting.has(id) || state.strays.has(id)) return false;
  return jobOf(state, run) === undefined;
}

/** Granted a while ago, and the worker knows nothing of it: the answer that granted it was lost. */
function dropWhatNeverArrived(state: CoordinatorState, { worker, running }: Poll): void {
  const mentioned = new Set(running.map((each) => `${each.job}/${liveKey(each)}`));
  for (const job of state.jobs.values()) {
    for (const { name, worker: its, seenMs } of [...job.live.values()]) {
      if (its !== worker || mentioned.has(`${job.run}/${liveKey(name)}`)) continue;
      if (state.nowMs - seenMs >= state.timing.arrivalMs) dropAttempt(state, job, { name, how: "lost" });
    }
  }
}

/** Where the map's output is now, if it is not where the reduce has looked; where nobody knows better, that it was not to be had. */
function movedFor(state: CoordinatorState, trouble: FetchTrouble): Orders["moved"] {
  const job = jobOf(state, trouble.job);
  if (job === undefined || !job.tables.map.has(trouble.mapTask)) return [];
  const source = currentSource(job, trouble.mapTask);
  if (source === null) return [];
  if (source.attempt !== trouble.mapAttempt || source.origin !== trouble.origin) return [{ job: job.run, source }];
  heardOf(state, job, trouble);
  return [];
}

function currentSource(job: Job, task: number): Orders["moved"][number]["source"] | null {
  const { winner } = job.tables.map.at(task);
  return winner === null ? null : { task, attempt: winner.attempt, origin: job.workerAt(winner.worker).origin };
}
