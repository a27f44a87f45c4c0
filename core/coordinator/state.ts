// What a coordinator knows, in one place; the other files of this folder are functions over it.
import type { Outcome } from "../base/outcome.ts";
import type { AttemptName } from "../mapreduce/assignment.ts";
import { idOf } from "../mapreduce/job-keys.ts";
import type { CoordinatorEffect } from "./effects.ts";
import type { Call, Orders, WorkerFacts } from "./events.ts";
import type { Job } from "./job.ts";
import type { Opening } from "./opening.ts";
import type { JobView } from "./view.ts";

/** A worker's question that is answered once there is something to do. */
export type WaitingPoll = { readonly request: number; readonly untilMs: number };

export type KnownWorker = WorkerFacts & { readonly seenMs: number; readonly poll: WaitingPoll | null };

export type CoordinatorTiming = {
  /** What was granted and is not mentioned by the worker's next polls never arrived. */
  readonly arrivalMs: number;
  /** So long a worker is waited for before the map outputs that it holds are made anew. */
  readonly outputsMs: number;
  /** A worker that was stopped in good order has this long to come back with its map outputs. */
  readonly returnMs: number;
  /** A second copy of an attempt is not begun before this, unless its progress says that it is slow. */
  readonly backupMs: number;
  /** The least time after which progress says anything. */
  readonly progressMs: number;
  /** A poll without anything to say is answered after this at most. */
  readonly pollMs: number;
};

export const DEFAULT_COORDINATOR_TIMING: CoordinatorTiming = {
  arrivalMs: 3_000,
  outputsMs: 30_000,
  returnMs: 10_000,
  backupMs: 10_000,
  progressMs: 1_000,
  pollMs: 5_000,
};

/** What stays of jobs that have ended. */
export type Retention = {
  /** So many, the latest ones. */
  readonly jobs: number;
  readonly ageMs: number;
};

export const DEFAULT_RETENTION: Retention = { jobs: 1_000, ageMs: 604_800_000 };

/** `isSent`: what it asks for is on its way to the store, and may be done whatever is answered. */
export type Waiting = { readonly request: number; readonly call: Call; readonly isSent?: true };

export type CoordinatorState = {
  readonly timing: CoordinatorTiming;
  readonly retention: Retention;
  nowMs: number;
  wallMs: number;
  isActive: boolean;
  /** Everything that the index has is known. */
  isIndexRead: boolean;
  readonly jobs: Map<string, Job>;
  readonly opening: Map<string, Opening>;
  /** Jobs that have ended, as they ended. */
  readonly ended: Map<string, JobView>;
  /** The latest of them, task by task. */
  readonly recent: Map<string, Job>;
  /** Of those, the ones that are being deleted. */
  readonly removing: Set<string>;
  /** Jobs of which the store did not take what was to be written, because it was too much: the same would come of going on. */
  readonly oversized: Set<string>;
  /** Jobs that another coordinator took although the lease is ours, and when. */
  readonly strays: Map<string, number>;
  readonly workers: Map<string, KnownWorker>;
  /** Attempts that workers have not been told to end yet. */
  readonly unwanted: Map<string, AttemptName[]>;
  /** Calls about a job that is still being taken over or made; and, under no job, those from before the index was read. */
  readonly waiting: Map<string, Waiting[]>;
  /** Who waits for a list of values from the store, by its number. */
  readonly loads: Map<number, Waiting>;
  /** The index is being read; and what was removed since that began: what it says of that is over. */
  isReadingIndex: boolean;
  readonly goneMeanwhile: Set<string>;
  /** When the index was last read: a coordinator that did not know that it had lost the lease may have added to it since. */
  indexReadMs: number;
  /** When old jobs were last looked for. */
  oldSoughtMs: number;
  nextLoad: number;
  effects: CoordinatorEffect[];
};

export function newState(timing: CoordinatorTiming, retention: Retention = DEFAULT_RETENTION): CoordinatorState {
  return {
    ...{ timing, retention, oldSoughtMs: 0, removing: new Set() },
    ...{ nowMs: 0, wallMs: 0, isActive: false, isIndexRead: false, indexReadMs: 0, nextLoad: 1 },
    ...{ isReadingIndex: false, goneMeanwhile: new Set() },
    ...{ jobs: new Map(), opening: new Map(), ended: new Map(), recent: new Map(), oversized: new Set(), strays: new Map() },
    ...{ workers: new Map(), unwanted: new Map(), waiting: new Map(), loads: new Map(), effects: [] },
  };
}

/** The job that workers know by this name. Its id may be another job's now. */
export function jobOf({ jobs }: CoordinatorState, run: string): Job | undefined {
  const job = jobs.get(idOf(run));
  return job?.run === run ? job : undefined;
}

/** Its worker hears of it with the next answer. */
export function tellUnwanted({ unwanted, workers }: CoordinatorState, worker: string, name: AttemptName): void {
  // One that comes back says what it runs.
  if (!workers.has(worker)) return;
  unwanted.set(worker, [...(unwanted.get(worker) ?? []), name]);
}

export function answer(state: CoordinatorState, request: number, outcome: Outcome<unknown>): void {
  state.effects.push({ kind: "answer", request, outcome });
}

export const isNothing = ({ assignments, end, moved, adopt, forget }: Orders): boolean =>
  assignments.length + end.length + moved.length + adopt.length + forget.length === 0;
