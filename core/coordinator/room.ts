// Reduces that wait for the output of a lost map may hold every slot, and then the map would never run: one reduce gives way.
import { dropAttempt } from "./reports.ts";
import { slotsTaken } from "./polls.ts";
import type { Job, LiveAttempt } from "./job.ts";
import type { CoordinatorState } from "./state.ts";

/** One at a time, and none while a map of the job runs: what is freed is used before more is taken. */
export function makeRoomForMaps(state: CoordinatorState): void {
  for (const job of state.jobs.values()) {
    const { map, reduce } = job.tables;
    if (job.hasEnded || map.waiting.size === 0 || map.running.size > 0 || reduce.running.size === 0 || reduce.isDone) continue;
    if (hasFreeSlot(state, job.description.options.leaseMs)) continue;
    const given = leastDone(job);
    if (given !== null) dropAttempt(state, job, { name: given.name, how: "unwanted" });
  }
}

function hasFreeSlot(state: CoordinatorState, leaseMs: number): boolean {
  for (const { worker, slots, isStopping, seenMs } of state.workers.values())
    if (!isStopping && state.nowMs - seenMs < leaseMs && slotsTaken(state, worker) < slots) return true;
  return false;
}

function leastDone({ live }: Job): LiveAttempt | null {
  let least: LiveAttempt | null = null;
  for (const each of live.values()) if (each.name.phase === "reduce" && (least === null || each.fraction < least.fraction)) least = each;
  return least;
}
