// Between the end of a task and the beginning of the next one lie a report, a write of the store and an answer, and a slot does nothing. Where
// tasks are short that is much of the time: a worker may have one attempt more than slots, which begins as soon as one of them is free. A worker
// that is slower than others gets none: it would wait there, and the job for it.
import type { Phase } from "../mapreduce/assignment.ts";
import type { WorkerFacts } from "./events.ts";
import type { Choice } from "./choosing.ts";
import { chooseWhere } from "./choosing.ts";
import type { Job } from "./job.ts";
import type { CoordinatorState } from "./state.ts";
import { medianDuration } from "./view.ts";

const SLOW_FACTOR = 2;

/** Null: none is given ahead now. */
export function chooseAhead(state: CoordinatorState, worker: WorkerFacts): { readonly job: Job; readonly choice: Choice } | null {
  const { aheadMs, aheadRounds, outputsMs } = state.timing;
  let slots = 0;
  for (const { isStopping, seenMs, slots: its } of state.workers.values())
    if (!isStopping && state.nowMs - seenMs < outputsMs) slots += its;
  return chooseWhere(state, worker, (job, phase) => {
    const median = medianDuration(job, phase);
    if (!isOfMany(phase) || median === null || median > aheadMs || job.tables[phase].waiting.size <= aheadRounds * slots) return false;
    return (job.latest.get(paceKey(phase, worker.worker)) ?? Infinity) <= SLOW_FACTOR * Math.max(median, 1);
  });
}

/** A slot of its worker is free: the first that it has ahead begins. What it takes is counted from here. */
export function beginAhead({ jobs, nowMs }: CoordinatorState, worker: string): void {
  for (const job of jobs.values()) {
    for (const live of job.live.values()) {
      if (live.worker !== worker || !live.isAhead) continue;
      live.isAhead = false;
      live.grantedMs = live.progressedMs = nowMs;
      return;
    }
  }
}

export const paceKey = (phase: Phase, worker: string): string => `${phase}-${worker}`;

const isOfMany = (phase: Phase): boolean => phase === "map" || phase === "reduce";
