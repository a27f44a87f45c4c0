// What a follower does with its leader's entries and snapshots. A late or repeated message must change nothing: entries
// that are there already stay, and the log is cut only where an entry really differs, never merely because a message ends.
import { asIndex } from "../base/ids.ts";
import type { LogIndex } from "../base/ids.ts";
import { adoptCommitIndex } from "./commit.ts";
import type { Entry, EntryId } from "./entry.ts";
import type { PieceWritten } from "./inputs.ts";
import type { Append, AppendResult, SnapshotChunk, SnapshotReply } from "./messages.ts";
import type { SnapshotMeta } from "./snapshot-meta.ts";
import type { FollowerRole, RaftState } from "./state.ts";

export function acceptAppend(state: RaftState, role: FollowerRole, message: Append): void {
  const compared = behindBase(state, message);
  if (compared === null) return noteContradiction(state, role, state.log.base.index);
  const { previous, entries } = compared;
  const isNewRound = message.round > role.round;
  role.round = Math.max(role.round, message.round);
  if (!state.log.holds(previous)) {
    const hint = state.log.lastNotAfter(asIndex(previous.index - 1), previous.term);
    reply(state, message, { kind: "conflict", previousIndex: previous.index, hint });
    return;
  }
  const differing = mergeEntries(state, entries);
  if (differing !== null) return noteContradiction(state, role, differing);
  role.verifiedIndex = higher(role.verifiedIndex, asIndex(previous.index + entries.length));
  adoptCommitIndex(state, message.commitIndex, role.verifiedIndex);
  // What is still being written is acknowledged when the disk has it; a question about leadership needn't wait for that.
  if (isNewRound || role.verifiedIndex <= state.log.durableIndex) acknowledge(state, role, message.from);
}

/** The disk has more than before. */
export function acknowledgeWritten(state: RaftState, role: FollowerRole): void {
  const matchIndex = asIndex(Math.min(role.verifiedIndex, state.log.durableIndex));
  if (state.leader !== null && matchIndex > role.acknowledgedIndex) acknowledge(state, role, state.leader);
}

export function acceptSnapshotChunk(state: RaftState, role: FollowerRole, chunk: SnapshotChunk): void {
  role.round = Math.max(role.round, chunk.round);
  if (isCovered(state, chunk.snapshot)) answerCovered(state, role, { to: chunk.from, snapshot: chunk.snapshot });
  else state.outbox.snapshotRequests.push({ kind: "receive", chunk });
}

export function receivePieceWritten(state: RaftState, role: FollowerRole, { from, snapshotId, result }: PieceWritten): void {
  if (result.kind !== "complete") {
    replySnapshot(state, { to: from, snapshotId, round: role.round, result });
    return;
  }
  const { snapshot } = result;
  if (!isCovered(state, snapshot)) install(state, role, snapshot);
  answerCovered(state, role, { to: from, snapshot });
}

type Compared = { readonly previous: EntryId; readonly entries: readonly Entry[] };

/**
 * Entries that the base covers are committed and the same on both sides: the comparison begins at the base. Null where the base's own
 * is another one: no leader sends that, so the message is not believed.
 */
function behindBase(state: RaftState, { previous, entries }: Append): Compared | null {
  const { base } = state.log;
  if (previous.index >= base.index) return { previous, entries };
  const ofBase = entries[base.index - previous.index - 1];
  if (ofBase !== undefined && ofBase.term !== base.term) return null;
  return { previous: { index: base.index, term: base.term }, entries: entries.slice(base.index - previous.index) };
}

/** Where these entries contradict what is committed here; null: nowhere. No leader sends that, so the message is not believed. */
function mergeEntries(state: RaftState, entries: readonly Entry[]): LogIndex | null {
  const firstNew = entries.findIndex((entry) => !state.log.holds(entry));
  if (firstNew === -1) return null;
  const from = (entries[firstNew] as Entry).index;
  if (from <= state.commitIndex) return from;
  if (from <= state.log.lastIndex) state.truncateFrom(from);
  for (let i = firstNew; i < entries.length; i++) state.appendEntry(entries[i] as Entry);
  return null;
}

/** It will send the same again and again: one line of it is enough. */
function noteContradiction(state: RaftState, role: FollowerRole, index: LogIndex): void {
  if (state.leader !== null && !role.isContradicted) state.observe({ kind: "leaderContradicts", leader: state.leader, index });
  role.isContradicted = true;
}

/** Whether everything in the snapshot is in the log (or behind it) already. */
function isCovered(state: RaftState, { base }: SnapshotMeta): boolean {
  return base.index <= state.commitIndex || state.log.holds(base);
}

/** The whole log gives way, also what lies behind the snapshot: it was not the leader's, or the snapshot would not have been sent. */
function install(state: RaftState, role: FollowerRole, snapshot: SnapshotMeta): void {
  const { base } = snapshot;
  state.log.restartAfter(base);
  state.memberships.splice(0, state.memberships.length, snapshot.membership);
  state.snapshot = snapshot;
  state.commitIndex = base.index;
  state.handedToApply = base.index;
  state.applyingPaused = true; // until the service says that it holds the snapshot's state
  state.outbox.restartAfter = snapshot;
  state.outbox.restore = snapshot;
  role.verifiedIndex = base.index;
  role.acknowledgedIndex = base.index;
  if (state.leader !== null) state.observe({ kind: "snapshotInstalled", from: state.leader, index: base.index });
}

function answerCovered(
  state: RaftState,
  role: FollowerRole,
  { to, snapshot }: { readonly to: Append["from"]; readonly snapshot: SnapshotMeta },
): void {
  // A snapshot holds committed entries only, so an equal log is committed as far as the snapshot goes.
  role.verifiedIndex = higher(role.verifiedIndex, snapshot.base.index);
  adoptCommitIndex(state, snapshot.base.index, role.verifiedIndex);
  const matchIndex = snapshot.base.index;
  // Entries that are still being written are acknowledged like any others, once the disk has them. To say "covered" of
  // less than the snapshot would end the transfer, and the leader would have nothing else to send than the same again.
  if (matchIndex > state.log.durableIndex) return;
  replySnapshot(state, { to, snapshotId: snapshot.id, round: role.round, result: { kind: "covered", matchIndex } });
}

function acknowledge(state: RaftState, role: FollowerRole, to: Append["from"]): void {
  const matchIndex = asIndex(Math.min(role.verifiedIndex, state.log.durableIndex));
  role.acknowledgedIndex = matchIndex;
  reply(state, { from: to, round: role.round }, { kind: "accepted", matchIndex });
}

function reply(state: RaftState, to: { readonly from: Append["from"]; readonly round: number }, result: AppendResult): void {
  state.send({ kind: "appendReply", from: state.self, to: to.from, term: state.term, round: to.round, result });
}

function replySnapshot(state: RaftState, answer: Pick<SnapshotReply, "to" | "snapshotId" | "round" | "result">): void {
  if (answer.to !== state.self) state.send({ kind: "snapshotReply", from: state.self, term: state.term, ...answer });
}

function higher(a: LogIndex, b: LogIndex): LogIndex {
  return a > b ? a : b;
}
