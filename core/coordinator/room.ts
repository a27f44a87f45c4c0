// Reduces that wait for the output of a lost map may hold every slot, and then the map would never run: one reduce gives way.
import { isAvoided } from "./choosing.ts";
import { dropAttempt } from "./reports.ts";
import { slotsTaken } from "./polls.ts";
import type { Job, LiveAttempt } from "./job.ts";
import type { CoordinatorState } from "./state.ts";

/** One at a time, and none while a map of the job runs: what is freed is used before more is taken. */
export function makeRoomForMaps(state: CoordinatorState): void {
  for (const job of state.jobs.values()) {
    const { map, reduce } = job.tables;
    if (job.hasEnded || map.waiting.size === 0 || map.running.size > 0 || reduce.running.size === 0 || reduce.isDone) continue;
    if (hasFreeSlot(state, job)) continue;
    const given = leastDone(state, job);
    if (given !== null) dropAttempt(state, job, { name: given.name, how: "unwanted" });
  }
}

function hasFreeSlot(state: CoordinatorState, job: Job): boolean {
  const { leaseMs } = job.description.options;
  for (const { worker, slots, isStopping, seenMs } of state.workers.values()) {
    if (isStopping || state.nowMs - seenMs >= leaseMs || slotsTaken(state, worker) >= slots) continue;
    if (maySomeMap(state, job, worker)) return true;
  }
  return false;
}

/** A slot on a worker that had trouble with all of them is none. */
function maySomeMap({ nowMs }: CoordinatorState, job: Job, worker: string): boolean {
  for (const task of job.tables.map.waiting) if (!isAvoided(nowMs, job, { phase: "map", task, worker: { worker } })) return true;
  return false;
}

function leastDone(state: CoordinatorState, job: Job): LiveAttempt | null {
  let least: LiveAttempt | null = null;
  for (const each of job.live.values()) {
    if (each.name.phase !== "reduce" || (least !== null && each.fraction >= least.fraction)) continue;
    if (maySomeMap(state, job, each.worker)) least = each;
  }
  return least;
}
