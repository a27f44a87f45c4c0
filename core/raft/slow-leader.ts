// A leader whose disk has become slow holds everybody up, though its heartbeats look healthy. The sign is that a
// majority's disks hold what its own doesn't: it counts the ticks at which that is so, forgets three times as fast as it
// counts, and hands over when about a second has added up. Where all disks are equally slow, nothing adds up.
import { handOver } from "./transfer.ts";
import type { LeaderRole, RaftState } from "./state.ts";

const SLOW_TICKS_MAX = 40; // one second of ticks of 25 ms

export function watchOwnDisk(state: RaftState, role: LeaderRole): void {
  const isBehind = state.commitIndex > state.log.durableIndex;
  role.slowness = Math.max(0, role.slowness + (isBehind ? 1 : -3));
  if (role.slowness < SLOW_TICKS_MAX) return;
  role.slowness = 0;
  handOver(state, role, { to: null, reason: "slowDisk" });
}
