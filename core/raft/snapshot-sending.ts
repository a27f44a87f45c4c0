// Sending a snapshot to a follower whose next entry is compacted away. Pieces are read from the file by the host, a few
// ahead, and sent in order; the follower says from which byte it wants to go on. One transfer concerns one snapshot from
// beginning to end, even when a newer one appears meanwhile: restarting with each newer one might never end. A file that
// can't be read is not read again: its followers wait for the newer one that the service is told to take.
import { endSnapshot, recordAcceptance, recordSignOfLife } from "./followers.ts";
import type { PieceRead } from "./inputs.ts";
import type { SnapshotReply } from "./messages.ts";
import type { Progress, SnapshotSending } from "./progress.ts";
import type { SnapshotMeta } from "./snapshot-meta.ts";
import type { LeaderRole, RaftState } from "./state.ts";

const RESEND_TICKS = 8; // two heartbeats without progress: a piece or its answer was lost

export function beginSnapshot(state: RaftState, follower: Progress): void {
  const { snapshot } = state;
  if (snapshot === null || snapshot.base.index < state.log.base.index) return;
  follower.becomeSnapshot(snapshot);
  askForPieces(state, follower, follower.sending as SnapshotSending);
}

/** The host has read a piece: it goes out as it is. */
export function sendPiece(state: RaftState, role: LeaderRole, piece: PieceRead): void {
  const follower = role.followers.get(piece.to);
  const sending = follower?.sending;
  if (follower === undefined || sending?.meta.id !== piece.snapshotId) return;
  if (piece.bytes === null) {
    noteUnreadable(state, sending.meta);
    if (state.snapshot?.id !== sending.meta.id) endSnapshot(state, follower); // a newer one takes over
    return;
  }
  const { self: from, term } = state;
  state.send({
    kind: "snapshotChunk",
    from,
    to: piece.to,
    term,
    snapshot: sending.meta,
    offset: piece.offset,
    bytes: piece.bytes,
    round: role.round,
  });
}

export function recordSnapshotReply(state: RaftState, role: LeaderRole, reply: SnapshotReply): void {
  const follower = role.followers.get(reply.from);
  if (follower === undefined) return;
  recordSignOfLife(role, follower, reply.round);
  const { result } = reply;
  if (result.kind === "covered") {
    const ended = follower.sending?.meta.id === reply.snapshotId;
    recordAcceptance(state, follower, result.matchIndex);
    if (ended) state.observe({ kind: "snapshotSent", to: follower.member, index: result.matchIndex });
    if (ended && follower.sending !== null) endSnapshot(state, follower);
    return;
  }
  const { sending } = follower;
  if (sending?.meta.id !== reply.snapshotId) return;
  if (result.kind === "damaged") {
    startOver(sending, 0); // not at once: the same bytes at full speed would be no better
    return;
  }
  sending.unanswered = Math.max(0, sending.unanswered - 1);
  recordWanted(sending, result.offset);
  repeatWhatCameTooEarly(sending);
  askForPieces(state, follower, sending);
}

export function tickSnapshots(state: RaftState, role: LeaderRole): void {
  for (const follower of role.followers.values()) {
    const { sending } = follower;
    if (sending === null) continue;
    if (sending.meta.id === state.unreadableSnapshot) {
      if (state.snapshot?.id !== sending.meta.id) endSnapshot(state, follower);
      continue;
    }
    if (++sending.ticksWithoutProgress < RESEND_TICKS) continue;
    // At least one byte, even when all of them are there: the answer that it is installed may have been lost.
    startOver(sending, Math.min(sending.ackedOffset, sending.meta.sizeBytes - 1));
    sending.unanswered = 0;
    askForPieces(state, follower, sending);
  }
}

/** Its bytes are damaged, or it is gone. The state that it was taken from is not in doubt. */
function noteUnreadable(state: RaftState, { id, base }: SnapshotMeta): void {
  if (state.snapshot?.id !== id || state.unreadableSnapshot === id) return;
  state.unreadableSnapshot = id;
  state.observe({ kind: "snapshotUnreadable", index: base.index });
}

function recordWanted(sending: SnapshotSending, offset: number): void {
  if (offset > sending.meta.sizeBytes) return;
  if (offset < sending.ackedOffset) {
    // The follower has lost its unfinished file, by a restart; a merely late answer costs no more than sending again.
    startOver(sending, offset);
    return;
  }
  if (offset === sending.ackedOffset) return;
  sending.ackedOffset = offset;
  sending.askedOffset = Math.max(sending.askedOffset, offset);
  sending.ticksWithoutProgress = 0;
}

/**
 * Each piece was answered, and some are missing all the same: they had overtaken the one in front of them, and the follower
 * keeps nothing that comes too early. Nobody has to wait for that to be noticed.
 */
function repeatWhatCameTooEarly(sending: SnapshotSending): void {
  const { unanswered, ackedOffset, askedOffset, repeatedFrom } = sending;
  if (unanswered > 0 || askedOffset <= ackedOffset || repeatedFrom === ackedOffset) return;
  sending.repeatedFrom = ackedOffset;
  sending.askedOffset = ackedOffset;
}

function startOver(sending: SnapshotSending, offset: number): void {
  sending.ackedOffset = offset;
  sending.askedOffset = offset;
  sending.ticksWithoutProgress = 0;
}

function askForPieces(state: RaftState, follower: Progress, sending: SnapshotSending): void {
  const { snapshotPieceBytes, snapshotWindowPieces } = state.options.limits;
  const { id: snapshotId, sizeBytes } = sending.meta;
  const windowEnd = Math.min(sizeBytes, sending.ackedOffset + snapshotPieceBytes * snapshotWindowPieces);
  while (sending.askedOffset < windowEnd) {
    const lengthMax = Math.min(snapshotPieceBytes, sizeBytes - sending.askedOffset);
    state.outbox.snapshotRequests.push({ kind: "read", to: follower.member, snapshotId, offset: sending.askedOffset, lengthMax });
    sending.askedOffset += lengthMax;
    sending.unanswered++;
  }
}
