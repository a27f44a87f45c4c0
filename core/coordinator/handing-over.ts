// A worker that was told to stop hands the map outputs that reduces still need to others, so that no map runs again: others are told to
// take them, one says that it has one, and from then on it is fetched there. The one that stops waits for that, as long as it may.
import type { AttemptName } from "../mapreduce/assignment.ts";
import type { Adoption, WorkerFacts } from "./events.ts";
import type { Job } from "./job.ts";
import { needsMaps } from "./losses.ts";
import type { CoordinatorState } from "./state.ts";
import { jobOf } from "./state.ts";

/** That one worker is told to take at once. */
const ADOPTIONS_MAX = 32;
/** Then somebody else is told. */
const ADOPTION_MS = 5_000;
/** A worker that stops asks all the time. */
const LEAVING_MS = 2_000;

/** What this worker should take over. */
export function adoptionsFor(state: CoordinatorState, worker: WorkerFacts): readonly Adoption[] {
  const adoptions: Adoption[] = [];
  if (worker.isStopping) return adoptions;
  const leaving = [...state.workers.values()].filter(({ isStopping, seenMs }) => isStopping && state.nowMs - seenMs < LEAVING_MS);
  if (leaving.length === 0) return adoptions;
  for (const job of state.jobs.values()) {
    if (!needsMaps(job)) continue;
    const numbers = new Set(leaving.map((each) => job.knownWorkerNumber(each.worker)));
    for (const [task, { winner }] of job.tables.map.entries()) {
      if (winner === null || !numbers.has(winner.worker) || (job.adopting.get(task) ?? 0) > state.nowMs) continue;
      if (adoptions.length === ADOPTIONS_MAX) return adoptions;
      job.adopting.set(task, state.nowMs + ADOPTION_MS);
      const { origin } = job.workerAt(winner.worker);
      adoptions.push({ job: job.run, source: { task, attempt: winner.attempt, origin } });
    }
  }
  return adoptions;
}

/** It has them now. Of an attempt that does not count any more nobody needs to know. */
export function takeAdopted(state: CoordinatorState, { worker, origin }: WorkerFacts, adopted: readonly AttemptName[]): void {
  for (const { job: run, task, attempt } of adopted) {
    const job = jobOf(state, run);
    if (job === undefined || !job.tables.map.has(task)) continue;
    const { winner } = job.tables.map.at(task);
    if (winner?.attempt !== attempt) continue;
    job.tables.map.moveOutput(task, job.workerNumber({ id: worker, origin }));
    job.adopting.delete(task);
    job.tell({ type: "outputMoved", fields: { phase: "map", task, worker } });
  }
}

/** How many of its outputs a worker that stops should stay for: none where nobody could take them. */
export function countNeeded(state: CoordinatorState, { worker, isStopping }: WorkerFacts): number {
  if (!isStopping) return 0;
  // What a job that is being taken over needs is known in a moment.
  if (!state.isIndexRead) return 1;
  let needed = state.opening.size;
  for (const job of state.jobs.values()) {
    const number = job.knownWorkerNumber(worker);
    if (number === null || !needsMaps(job) || !hasOthers(state, job, worker)) continue;
    for (const [, { winner }] of job.tables.map.entries()) if (winner?.worker === number) needed++;
  }
  return needed;
}

function hasOthers({ workers, nowMs }: CoordinatorState, job: Job, worker: string): boolean {
  const { leaseMs } = job.description.options;
  return [...workers.values()].some((each) => each.worker !== worker && !each.isStopping && nowMs - each.seenMs < leaseMs);
}
