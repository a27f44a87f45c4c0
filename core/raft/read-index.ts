// Linearizable reads without a log write (Raft §6.4 of the thesis). A read may see the state as of the commit index at
// its arrival, once a majority has confirmed, after that arrival, that this leader still leads. All reads of a turn
// share one round of confirmation; a round that was already under way proves nothing for a read that came later.
import type { LogIndex, MemberId } from "../base/ids.ts";
import type { ReadIndexReply } from "./messages.ts";
import { isBehindCommit } from "./replication.ts";
import { isConfirmed, wantConfirmation } from "./rounds.ts";
import { hasTermStarted } from "./state.ts";
import type { LeaderRole, PendingRead, RaftState } from "./state.ts";

export function acceptRead(state: RaftState, role: LeaderRole, read: { readonly context: number; readonly from: MemberId }): void {
  if (role.reads.length >= state.options.limits.pendingReadsMax) {
    answerRead(state, { ...read, index: null, round: 0 });
    return;
  }
  const started = hasTermStarted(state, role);
  // Before that, entries that an earlier leader acknowledged may not be known to be committed: the read waits.
  role.reads.push({ ...read, index: started ? state.commitIndex : null, round: role.round + 1 });
  // A member that reads for its clients has to apply what was committed before.
  const follower = role.followers.get(read.from);
  if (follower !== undefined && isBehindCommit(state, follower)) follower.commitIsDue = true;
  if (started) wantConfirmation(role);
}

export function startHeldReads(state: RaftState, role: LeaderRole): void {
  if (!hasTermStarted(state, role)) return;
  for (const read of role.reads) {
    if (read.index !== null) continue;
    read.index = state.commitIndex;
    read.round = role.round + 1;
    wantConfirmation(role);
  }
}

/** Answers every read whose round a quorum has confirmed. Rounds rise along the list, so it stops at the first that isn't. */
export function answerConfirmedReads(state: RaftState, role: LeaderRole): void {
  let answered = 0;
  for (const read of role.reads) {
    if (read.index === null || !isConfirmed(state, role, read.round)) break;
    answerRead(state, read);
    answered++;
  }
  role.reads.splice(0, answered);
}

function answerRead(state: RaftState, { context, from, index }: PendingRead): void {
  if (from !== state.self) state.send({ kind: "readIndexReply", from: state.self, to: from, term: state.term, context, index });
  else state.outbox.reads.push(index === null ? { kind: "dropped", context } : { kind: "confirmed", context, index });
}

/** On a member that doesn't lead: ask whoever does. */
export function forwardRead(state: RaftState, context: number): void {
  const { leader } = state;
  if (leader === null || leader === state.self) state.outbox.reads.push({ kind: "dropped", context });
  else state.send({ kind: "readIndex", from: state.self, to: leader, term: state.term, context });
}

export function receiveReadAnswer(state: RaftState, { context, index }: ReadIndexReply): void {
  state.outbox.reads.push(index === null ? { kind: "dropped", context } : { kind: "confirmed", context, index: index as LogIndex });
}
