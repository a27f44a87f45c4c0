// The followers of a leader: one progress for everybody who is to receive the log, and what an answer of one tells.
import { asIndex } from "../base/ids.ts";
import type { LogIndex } from "../base/ids.ts";
import { everyone } from "./membership.ts";
import { Progress } from "./progress.ts";
import type { LeaderRole, RaftState } from "./state.ts";

export function followMembership(state: RaftState, role: LeaderRole): void {
  const members = everyone(state.membership).filter((member) => member !== state.self);
  for (const member of members) {
    if (role.followers.has(member)) continue;
    const follower = new Progress(member, asIndex(state.log.lastIndex + 1));
    follower.askedRound = role.round;
    role.followers.set(member, follower);
  }
  for (const [member, follower] of role.followers) {
    if (members.includes(member)) continue;
    releaseSnapshot(state, follower);
    role.followers.delete(member);
  }
}

export function recordSignOfLife(role: LeaderRole, follower: Progress, round: number): void {
  follower.silentTicks = 0;
  // It may have forgotten that it follows another leader by now.
  if (follower.mustShowLog) return;
  // Nobody confirms a round that has not begun: such a claim is nonsense, and to believe it would be to confirm reads of the future.
  if (round > follower.confirmedRound && round <= role.round) {
    follower.confirmedRound = round;
    follower.confirmedAfter = role.confirmations++;
  }
}

/** Silent for longer than any election timeout, it would have stood for election by now if it could. */
export function isActive(state: RaftState, follower: Progress): boolean {
  return follower.silentTicks < 2 * state.options.timing.electionTicks;
}

export function recordAcceptance(state: RaftState, follower: Progress, matchIndex: LogIndex): void {
  // Nobody has what was never sent: such a claim is nonsense, and to believe it would be to commit what nobody holds.
  if (matchIndex > state.log.lastIndex) return;
  follower.accepted(matchIndex);
  if (follower.sending !== null && follower.matchIndex >= follower.sending.meta.base.index) endSnapshot(state, follower);
}

export function endSnapshot(state: RaftState, follower: Progress): void {
  releaseSnapshot(state, follower);
  follower.becomeProbe(asIndex(follower.matchIndex + 1));
}

export function releaseSnapshot(state: RaftState, follower: Progress): void {
  if (follower.sending === null) return;
  state.outbox.snapshotRequests.push({ kind: "release", to: follower.member, snapshotId: follower.sending.meta.id });
}
