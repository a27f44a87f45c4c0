// Rounds of confirmation: whoever answers a message of round 7 still followed this leader after round 7 began. A heartbeat's
// round asks everybody. Reads need a majority and no more, so that theirs ask those who would make one, the readiest first; the
// others hear of the round with whatever is sent to them next, or with the next tick, if by then it has not been confirmed.
import { isQuorum } from "./quorum.ts";
import type { LeaderRole, RaftState } from "./state.ts";

/** A round that is wanted begins at the end of the turn: all reads of a turn share it. */
export function wantHeartbeats(role: LeaderRole): void {
  role.roundWanted = "ofEverybody";
}

export function wantConfirmation(role: LeaderRole): void {
  if (role.roundWanted === null) role.roundWanted = "ofEnough";
}

export function beginRound(state: RaftState, role: LeaderRole): void {
  const { roundWanted } = role;
  if (roundWanted === null) return;
  role.roundWanted = null;
  role.round++;
  if (roundWanted === "ofEverybody") askEverybody(role);
  else askEnough(state, role);
}

/** Somebody who was asked may be slow, or gone: reads do not wait for one member while others could answer. */
export function tickRounds(state: RaftState, role: LeaderRole): void {
  if (role.reads.length > 0 && !isConfirmed(state, role, role.round)) askEverybody(role);
}

export function isConfirmed(state: RaftState, role: LeaderRole, round: number): boolean {
  if (role.round < round) return false;
  return isQuorum(state.membership, (member) => member === state.self || (role.followers.get(member)?.confirmedRound ?? 0) >= round);
}

function askEverybody(role: LeaderRole): void {
  for (const follower of role.followers.values()) follower.askedRound = role.round;
}

/** Who has confirmed the latest round, and before others did, is there and is near. */
function askEnough(state: RaftState, role: LeaderRole): void {
  const readiest = [...role.followers.values()].sort((a, b) => b.confirmedRound - a.confirmedRound || a.confirmedAfter - b.confirmedAfter);
  for (const follower of readiest) {
    if (isQuorum(state.membership, (member) => member === state.self || role.followers.get(member)?.askedRound === role.round)) return;
    follower.askedRound = role.round;
  }
}
