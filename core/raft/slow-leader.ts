// A leader whose disk has become slow holds everybody up, though its heartbeats look healthy. The sign is a wait: a
// majority's disks hold an entry, and its own takes three ticks more. What counts is whether writes wait, not for how much
// of the time: between sparse writes nobody waits, and each of them still takes long. So slow writes are counted against
// quick ones, and where slow ones prevail for a second, leadership is handed over; at the moment of a wait, when the
// followers that are ahead are the healthy ones. One long hiccup is one slow write. Where all disks are equally slow,
// nothing waits for this one.
import type { LogIndex } from "../base/ids.ts";
import { handOver } from "./transfer.ts";
import type { LeaderRole, RaftState } from "./state.ts";

/** Of 25 ms. Less is no reason to hand over: disks differ, and a batch may be larger than another. */
const SLOW_WAIT_TICKS = 3;
const SLOW_WRITES_MIN = 2;
const SLOW_FOR_TICKS = 40;
/** Two slow writes so far apart have nothing to do with each other. */
const FORGET_TICKS = 400;

export type OwnDiskWatch = {
  /** A majority holds this entry, and the own disk does not yet. */
  awaited: LogIndex | null;
  waitedTicks: number;
  /** Slow writes, less the quick ones since; never below zero. */
  slowWrites: number;
  /** Since the first of them began to wait. */
  ticks: number;
  durableIndex: LogIndex;
};

export function beginWatch(durableIndex: LogIndex): OwnDiskWatch {
  return { awaited: null, waitedTicks: 0, slowWrites: 0, ticks: 0, durableIndex };
}

export function watchOwnDisk(state: RaftState, role: LeaderRole): void {
  const { ownDisk } = role;
  ownDisk.ticks++;
  noteWritten(ownDisk, state.log.durableIndex);
  if (ownDisk.slowWrites === 1 && ownDisk.ticks > FORGET_TICKS) ownDisk.slowWrites = 0;
  if (!isWaiting(ownDisk, state)) return;
  ownDisk.waitedTicks++;
  if (ownDisk.waitedTicks === SLOW_WAIT_TICKS) ownDisk.slowWrites++;
  const prevails = ownDisk.slowWrites >= SLOW_WRITES_MIN || ownDisk.waitedTicks >= SLOW_FOR_TICKS;
  if (!prevails || ownDisk.ticks < SLOW_FOR_TICKS || ownDisk.waitedTicks < SLOW_WAIT_TICKS) return;
  role.ownDisk = beginWatch(state.log.durableIndex);
  handOver(state, role, { to: null, reason: "slowDisk" });
}

/** What was written since the last tick ends a wait, or was so quick that no tick saw one. */
function noteWritten(ownDisk: OwnDiskWatch, durableIndex: LogIndex): void {
  const ended = ownDisk.awaited === null ? durableIndex > ownDisk.durableIndex : durableIndex >= ownDisk.awaited;
  ownDisk.durableIndex = durableIndex;
  if (!ended) return;
  if (ownDisk.waitedTicks < SLOW_WAIT_TICKS && ownDisk.slowWrites > 0) ownDisk.slowWrites--;
  ownDisk.awaited = null;
  ownDisk.waitedTicks = 0;
}

function isWaiting(ownDisk: OwnDiskWatch, { commitIndex, log }: RaftState): boolean {
  if (ownDisk.awaited !== null) return true;
  if (commitIndex <= log.durableIndex) return false;
  ownDisk.awaited = commitIndex;
  if (ownDisk.slowWrites === 0) ownDisk.ticks = 0;
  return true;
}
