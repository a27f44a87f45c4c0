// How a leader keeps its followers' logs equal to its own. Everything leaves once per turn, from `replicate`: entries
// that were proposed together travel together, and a follower whose window is full waits without holding up another.
import { asIndex, asTerm } from "../base/ids.ts";
import type { Entry, EntryId } from "./entry.ts";
import type { Append, AppendReply } from "./messages.ts";
import { recordAcceptance, recordSignOfLife } from "./followers.ts";
import type { Progress } from "./progress.ts";
import { beginRound } from "./rounds.ts";
import { beginSnapshot } from "./snapshot-sending.ts";
import type { LeaderRole, RaftState } from "./state.ts";

export function replicate(state: RaftState, role: LeaderRole): void {
  beginRound(state, role);
  for (const follower of role.followers.values()) {
    sendEntries(state, role, follower);
    const knowsAll = follower.toldRound >= follower.askedRound && (follower.state !== "replicate" || mayHearLater(state, follower));
    if (!knowsAll) sendAppend(state, role, { follower, entriesMax: 0 });
  }
}

/** Of the commit index: it knows it, or whatever follows the answer that is to come tells it, or it is not due. */
function mayHearLater(state: RaftState, follower: Progress): boolean {
  return follower.toldCommitIndex >= state.commitIndex || follower.awaitsAnswer || !follower.commitIsDue;
}

/**
 * Many commands at once are the answer to as many clients, most of whom will soon write again: what carries that tells followers of these,
 * too. A message for each such step would be as many as the appends themselves. With the next tick it is due in any case. A message is
 * little beside very many of them, which followers should have applied by the time that more comes.
 */
export function tellCommit(state: RaftState, role: LeaderRole, newlyCommitted: readonly Entry[]): void {
  const { manyCommitted, veryManyCommitted } = state.options.limits;
  const { length: count } = newlyCommitted;
  if (count >= manyCommitted && count < veryManyCommitted && newlyCommitted.every(({ kind }) => kind === "command")) return;
  for (const follower of role.followers.values()) follower.commitIsDue = true;
}

export function tickCommit(state: RaftState, role: LeaderRole): void {
  for (const follower of role.followers.values()) if (isBehindCommit(state, follower)) follower.commitIsDue = true;
}

/** It has yet to be told of the last step of the commit index. */
export function isBehindCommit(state: RaftState, { state: stage, toldCommitIndex }: Progress): boolean {
  return stage === "replicate" && toldCommitIndex < state.commitIndex;
}

export function recordAppendReply(state: RaftState, role: LeaderRole, reply: AppendReply): void {
  const follower = role.followers.get(reply.from);
  if (follower === undefined) return;
  if (reply.result.kind === "accepted") recordAcceptance(state, follower, reply.result.matchIndex);
  else recordConflict(state, follower, reply.result);
  recordSignOfLife(role, follower, reply.round);
}

type Conflict = Extract<AppendReply["result"], { readonly kind: "conflict" }>;

function recordConflict(state: RaftState, follower: Progress, { previousIndex, hint }: Conflict): void {
  // In one life a member never loses what it acknowledged. Found after a restart, it is proof of a lost or exchanged disk.
  if (hint.index < follower.acknowledgedBeforeRestart) {
    state.observe({ kind: "memberWiped", member: follower.member, acknowledged: follower.acknowledgedBeforeRestart, claimed: hint.index });
    return;
  }
  follower.showsLog(hint.index);
  if (!follower.isCurrentConflict(previousIndex)) return;
  // Skip whole terms at a time, on both sides (Raft §5.3): the follower has named its last entry that could agree,
  // and everything of ours behind that with a later term can't.
  const agreed = state.log.lastNotAfter(hint.index, hint.term);
  follower.becomeProbe(asIndex(Math.min(previousIndex, agreed.index + 1)));
}

function sendEntries(state: RaftState, role: LeaderRole, follower: Progress): void {
  const { windowMessagesMax: messagesMax, windowBytesMax: bytesMax, fewMessages, manyEntries, appendEntriesMax } = state.options.limits;
  const window = { messagesMax, bytesMax, fewMessages, manyEntries };
  // What it needs next is gone from the log. To wait for room in the window first could be to wait for ever: when what is
  // in there was lost, heartbeats would have to show it, and they can't check a log where there is nothing to compare with.
  if (follower.state !== "snapshot" && isCompacted(state, follower)) {
    if (follower.mustShowLog) return;
    beginSnapshot(state, follower);
  }
  for (;;) {
    const waiting = state.log.lastIndex - follower.nextIndex + 1;
    if (waiting <= 0 || !follower.mayHaveMore(window, waiting)) return;
    sendAppend(state, role, { follower, entriesMax: appendEntriesMax });
  }
}

function sendAppend(
  state: RaftState,
  role: LeaderRole,
  { follower, entriesMax }: { readonly follower: Progress; readonly entriesMax: number },
): void {
  const previous = previousOf(state, follower);
  const { appendBytesMax: bytesMax } = state.options.limits;
  const entries = entriesMax === 0 ? [] : state.log.slice(asIndex(previous.index + 1), { entriesMax, bytesMax });
  const { round } = role;
  const message: Append = {
    kind: "append",
    from: state.self,
    to: follower.member,
    term: state.term,
    previous,
    entries,
    commitIndex: state.commitIndex,
    round,
  };
  state.send(message);
  follower.toldCommitIndex = state.commitIndex;
  follower.commitIsDue = false;
  follower.toldRound = round;
  if (entries.length === 0) return;
  let bytes = 0;
  for (const entry of entries) bytes += entry.bytes.length;
  follower.sent(asIndex(previous.index + entries.length), bytes);
}

const isCompacted = (state: RaftState, follower: Progress): boolean => follower.nextIndex <= state.log.base.index;

/**
 * Where the follower's log is to be checked. What is compacted away can't be: there the origin stands, which always agrees. One
 * that has restarted is asked about the base, which it may not have: its refusal says how far its log goes.
 */
function previousOf(state: RaftState, follower: Progress): EntryId {
  if (follower.mustShowLog && isCompacted(state, follower)) return { index: state.log.base.index, term: state.log.base.term };
  const index = asIndex(follower.nextIndex - 1);
  const term = state.log.termAt(index);
  return term === null ? { index: asIndex(0), term: asTerm(0) } : { index, term };
}
