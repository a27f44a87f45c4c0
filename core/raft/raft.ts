// One member of a consensus group, as a pure machine: it is told what happened, and says once per turn what is to be
// done (Ready). This file only dispatches; the rules are in roles/ and in the files beside it, and README.md says where
// they differ from the paper.
import { assert } from "../base/assert.ts";
import { asIndex } from "../base/ids.ts";
import type { BatchId, LogIndex, MemberId } from "../base/ids.ts";
import { followsLiveLeader } from "./election.ts";
import type { LogBase } from "./entry.ts";
import type {
  MembershipResult,
  PieceRead,
  PieceWritten,
  ProposeResult,
  Proposal,
  RaftOptions,
  RaftStatus,
  RecoveredGroup,
  TransferRequest,
  TransferResult,
} from "./inputs.ts";
import { endSnapshot } from "./followers.ts";
import { checkInvariants } from "./invariants.ts";
import { receivePieceWritten } from "./log-acceptance.ts";
import type { Membership, MembershipChange } from "./membership.ts";
import { changeMembership } from "./membership-change.ts";
import type { Message } from "./messages.ts";
import { propose } from "./propose.ts";
import { acceptRead, forwardRead } from "./read-index.ts";
import type { Ready } from "./ready.ts";
import { becomeFollower } from "./roles/become.ts";
import { dispatchMessage, dispatchPersisted, dispatchQuietTicks, dispatchTick } from "./roles/role-table.ts";
import { sendPiece } from "./snapshot-sending.ts";
import type { SnapshotMeta } from "./snapshot-meta.ts";
import { RaftState } from "./state.ts";
import { statusOf } from "./status.ts";
import { hasReady, takeReady } from "./take-ready.ts";
import { compactionTarget } from "./compaction.ts";
import { handOver } from "./transfer.ts";

export class Raft {
  readonly #state: RaftState;

  constructor(options: RaftOptions, recovered: RecoveredGroup) {
    this.#state = new RaftState(options, recovered);
  }

  tick(): void {
    dispatchTick(this.#state);
    this.#settle();
  }

  /** Never throws for anything that a peer can send, as long as the shape is right. */
  receive(message: Message): void {
    if (message.to === this.#state.self && enterTermOf(this.#state, message)) dispatchMessage(this.#state, message);
    this.#settle();
  }

  /** The disk holds everything up to and including `batch`. */
  persisted(batch: BatchId): void {
    dispatchPersisted(this.#state, batch);
    this.#settle();
  }

  propose(proposal: Proposal): ProposeResult {
    const result = propose(this.#state, proposal);
    this.#settle();
    return result;
  }

  /** Where a read must wait for, on a leader or a follower; answered in `Ready.reads`. A context is never used twice. */
  read(context: number): void {
    const { role, self } = this.#state;
    if (role.kind === "leader") acceptRead(this.#state, role, { context, from: self });
    else forwardRead(this.#state, context);
    this.#settle();
  }

  transferLeadership(request: TransferRequest): TransferResult {
    const { role } = this.#state;
    if (role.kind !== "leader") return { kind: "refused", message: "this member does not lead" };
    const result = handOver(this.#state, role, request);
    this.#settle();
    return result;
  }

  changeMembership(change: MembershipChange): MembershipResult {
    const { role } = this.#state;
    if (role.kind !== "leader") return { kind: "refused", reason: "notLeader", message: "this member does not lead" };
    const result = changeMembership(this.#state, role, change);
    this.#settle();
    return result;
  }

  /** A peer has begun a new life. What it acknowledged in the old one it must still have. */
  peerRestarted(member: MemberId): void {
    const { role } = this.#state;
    const follower = role.kind === "leader" ? role.followers.get(member) : undefined;
    if (follower === undefined) return;
    // What was made for the old life, or is on its way to it, the new one takes none of. And a transfer that went on would bring it
    // up to date without anybody having seen what it lost.
    this.#state.dropMessages(({ to }) => to === member);
    if (follower.state === "probe") follower.becomeProbe(follower.nextIndex);
    else endSnapshot(this.#state, follower);
    follower.restarted();
    this.#settle();
  }

  /** The service has applied everything up to `index`. */
  appliedUpTo(index: LogIndex): void {
    this.#state.appliedIndex = index;
    checkInvariants(this.#state);
  }

  /** The service has not applied all that it was handed: what is left is handed over once more. */
  handOverAgain(): void {
    this.#state.handedToApply = this.#state.appliedIndex;
  }

  pauseApplying(paused: boolean): void {
    this.#state.applyingPaused = paused;
  }

  /**
   * The service begins anew: from the newest snapshot, which is returned, or from nothing. What is committed behind that is
   * handed over once more.
   */
  applyAnew(): SnapshotMeta | null {
    const { snapshot, log } = this.#state;
    const from = snapshot?.base.index ?? asIndex(0);
    assert(log.base.index <= from, "the log reaches back to the newest snapshot");
    this.#state.handedToApply = from;
    this.#state.appliedIndex = from;
    this.#settle();
    return snapshot;
  }

  /** What a snapshot at `index` must say of the membership. */
  membershipAt(index: LogIndex): Membership {
    return this.#state.membershipAt(index);
  }

  /** A snapshot of this member's own state is durable. Says where the log may begin from now on, if that has changed. */
  snapshotSaved(snapshot: SnapshotMeta): LogBase | null {
    const state = this.#state;
    if (state.snapshot !== null && snapshot.base.index <= state.snapshot.base.index) return null;
    state.snapshot = snapshot;
    const target = compactionTarget(state, snapshot);
    if (target <= state.log.base.index) return null;
    state.log.compactTo(target);
    state.forgetMembershipsBefore(target);
    this.#settle();
    return state.log.base;
  }

  pieceRead(piece: PieceRead): void {
    const { role } = this.#state;
    if (role.kind === "leader") sendPiece(this.#state, role, piece);
    this.#settle();
  }

  pieceWritten(piece: PieceWritten): void {
    const state = this.#state;
    // A complete snapshot is committed state, whoever sent it: a candidate that gets one is too far behind to win.
    const isElecting = state.role.kind === "preCandidate" || state.role.kind === "candidate";
    if (isElecting && piece.result.kind === "complete") becomeFollower(state, state.term, null);
    if (state.role.kind === "follower") receivePieceWritten(state, state.role, piece);
    this.#settle();
  }

  /** How many ticks it takes, when nothing arrives, until something is to be done. */
  quietTicks(): number {
    return dispatchQuietTicks(this.#state);
  }

  /** Whether there is anything to take. After each event there may be; a turn takes once at its end. */
  hasReady(): boolean {
    return hasReady(this.#state);
  }

  takeReady(): Ready {
    const ready = takeReady(this.#state);
    checkInvariants(this.#state);
    return ready;
  }

  status(): RaftStatus {
    return statusOf(this.#state);
  }

  /** After everything that this member is told. */
  #settle(): void {
    this.#state.hasNews = true;
    checkInvariants(this.#state);
  }
}

/** Brings this member to the message's term where that is due. False: the message is dealt with. */
function enterTermOf(state: RaftState, message: Message): boolean {
  // Whoever was removed for good may not know it and must not disturb. Only a committed removal counts: an uncommitted
  // one may be taken back, and the leader that removes itself still has to say that this is committed.
  const asksForVote = message.kind === "vote" || message.kind === "preVote";
  if (asksForVote && state.committedMembership.removed.includes(message.from)) return false;
  if (message.term > state.term) return enterHigherTerm(state, message);
  if (message.term < state.term) answerFromThePast(state, message);
  return message.term === state.term;
}

function enterHigherTerm(state: RaftState, message: Message): boolean {
  // Neither asking whether one could win nor hearing that one could begins a term.
  if (message.kind === "preVote" || (message.kind === "preVoteReply" && message.granted)) return true;
  if (message.kind === "vote" && !message.transfer && followsLiveLeader(state)) return false;
  if (state.role.kind === "leader") state.observe({ kind: "steppedDown", term: state.term, reason: "higherTerm" });
  const isFromLeader = message.kind === "append" || message.kind === "snapshotChunk";
  becomeFollower(state, message.term, isFromLeader ? message.from : null);
  return true;
}

/** A leader or candidate that has been overtaken must learn of it, or it would never step down or stand again. */
function answerFromThePast(state: RaftState, message: Message): void {
  const { self: from, term } = state;
  const to = message.from;
  if (message.kind === "append" || message.kind === "snapshotChunk") {
    state.send({ kind: "appendReply", from, to, term, round: 0, result: { kind: "accepted", matchIndex: asIndex(0) } });
  }
  if (message.kind === "vote") state.send({ kind: "voteReply", from, to, term, granted: false });
  if (message.kind === "preVote") state.send({ kind: "preVoteReply", from, to, term, granted: false });
}
