// What one member of a group knows, and the few doors through which its role changes. The rules that use it are in
// roles/ and in the files beside this one; none of them keeps state of its own.
import { assert, present } from "../base/assert.ts";
import { asBatch, asIndex } from "../base/ids.ts";
import type { BatchId, LogIndex, MemberId, Term } from "../base/ids.ts";
import { Slab } from "../base/slab.ts";
import type { Entry } from "./entry.ts";
import type { RaftOptions, RecoveredGroup } from "./inputs.ts";
import { Log } from "./log.ts";
import type { Membership } from "./membership.ts";
import { decodeMembership, isJoint, isVoter } from "./membership.ts";
import type { Message } from "./messages.ts";
import type { Progress } from "./progress.ts";
import type { HardState, RaftObservation, ReadAnswer, SnapshotRequest, TransferReason } from "./ready.ts";
import type { OwnDiskWatch } from "./slow-leader.ts";
import type { SnapshotMeta } from "./snapshot-meta.ts";

export type Role = FollowerRole | PreCandidateRole | CandidateRole | LeaderRole;

export type FollowerRole = {
  readonly kind: "follower";
  /** Up to here the log was found equal to this term's leader's. Only that much may be acknowledged or committed. */
  verifiedIndex: LogIndex;
  /** The latest round heard of, and what was last acknowledged: a finished write is reported once. */
  round: number;
  acknowledgedIndex: LogIndex;
  /** This term's leader has sent what contradicts committed entries. */
  isContradicted: boolean;
};
export type PreCandidateRole = {
  readonly kind: "preCandidate";
  readonly votes: Map<MemberId, boolean>;
  /** Of an election of this term that came to nothing in time. As long as the term lasts nobody else can win it, so late votes still count. */
  readonly lateVotes: Map<MemberId, boolean> | null;
};
/** The vote for oneself is among `votes` once it is durable. */
export type CandidateRole = { readonly kind: "candidate"; readonly votes: Map<MemberId, boolean>; readonly transfer: boolean };
export type LeaderRole = {
  readonly kind: "leader";
  readonly followers: Map<MemberId, Progress>;
  /** The entry with which this term started. Nothing may be read or reconfigured before it is committed. */
  readonly termStartIndex: LogIndex;
  round: number;
  /** Of those that begin at the end of the turn. */
  roundWanted: "ofEnough" | "ofEverybody" | null;
  /** How many there were of any round. */
  confirmations: number;
  readonly reads: PendingRead[];
  uncommittedBytes: number;
  transfer: Transfer | null;
  heartbeatElapsed: number;
  ownDisk: OwnDiskWatch;
};

export type PendingRead = {
  readonly context: number;
  readonly from: MemberId;
  /** Null until this term has started: only then is the commit index known to cover all that was acknowledged before. */
  index: LogIndex | null;
  round: number;
};

export type Transfer = { readonly to: MemberId; readonly reason: TransferReason; ticksLeft: number; asked: boolean };

/** Everything that the host is told at the end of the turn. */
export type Outbox = {
  messages: Message[];
  reads: ReadAnswer[];
  snapshotRequests: SnapshotRequest[];
  observations: RaftObservation[];
  restore: SnapshotMeta | null;
  restartAfter: SnapshotMeta | null;
};

/** Whether an entry of this leader's own term is committed: only then does it know of all that was committed before it. */
export function hasTermStarted(state: RaftState, role: LeaderRole): boolean {
  return state.commitIndex >= role.termStartIndex;
}

export const emptyOutbox = (): Outbox => ({
  messages: [],
  reads: [],
  snapshotRequests: [],
  observations: [],
  restore: null,
  restartAfter: null,
});

export class RaftState {
  readonly options: RaftOptions;
  readonly self: MemberId;
  readonly log: Log;
  term: Term;
  vote: MemberId | null;
  role: Role;
  leader: MemberId | null = null;
  commitIndex: LogIndex;
  /** Committed entries up to here were given to the service; up to `appliedIndex` it has confirmed them. */
  handedToApply: LogIndex;
  appliedIndex: LogIndex;
  applyingPaused = false;
  snapshot: SnapshotMeta | null;
  /** The latest whose file could not be read. */
  unreadableSnapshot: SnapshotMeta["id"] | null = null;
  /** Ticks since the leader (or a granted vote) was last heard of. */
  electionElapsed = 0;
  electionTimeout = 0;
  /** Of the entries that this member makes as a leader. */
  readonly slab = new Slab({ slabBytes: 65_536, sharedBytesMax: 4_096 });
  outbox: Outbox = emptyOutbox();
  /** Something was told to this member, and what follows from it was not taken yet. */
  hasNews = false;
  hardStateChanged = false;
  /** The latest batch with a hard state that the disk has not confirmed: no message may overtake it. */
  hardStateUnderWay: BatchId | null = null;
  nextBatch = 1;
  /** As of the base, then one for every membership entry behind it. The last one is in force, committed or not. */
  readonly memberships: Membership[];

  constructor(options: RaftOptions, recovered: RecoveredGroup) {
    this.options = options;
    this.self = options.self;
    this.log = new Log(recovered.base, recovered.entries);
    this.term = recovered.hardState.term;
    this.vote = recovered.hardState.vote;
    this.snapshot = recovered.snapshot;
    this.commitIndex = recovered.base.index;
    this.handedToApply = recovered.base.index;
    this.appliedIndex = recovered.base.index;
    this.memberships = [recovered.membership];
    for (const entry of recovered.entries) this.adoptMembership(entry);
    // A snapshot's file may be durable before the term in which it came. No vote was given in that term: it would be durable.
    if (this.log.last.term > this.term) this.enterTerm(this.log.last.term, null);
    this.role = { kind: "follower", verifiedIndex: asIndex(0), round: 0, acknowledgedIndex: asIndex(0), isContradicted: false };
    this.restartElectionTimer();
  }

  get membership(): Membership {
    return present(this.memberships.at(-1), "a membership is in force");
  }

  /** The membership that no later leader can take back. */
  get committedMembership(): Membership {
    return this.membershipAt(this.commitIndex);
  }

  /** The membership that was in force when the log ended at `index`, which is not in front of the base. */
  membershipAt(index: LogIndex): Membership {
    return this.memberships.findLast((membership) => membership.index <= index) ?? (this.memberships[0] as Membership);
  }

  get mayCampaign(): boolean {
    return isVoter(this.membership, this.self);
  }

  get hardState(): HardState {
    return { term: this.term, vote: this.vote };
  }

  send(message: Message): void {
    assert(message.to !== this.self, "no member writes to itself");
    this.outbox.messages.push(message);
  }

  /** Of those that were not taken yet. */
  dropMessages(which: (message: Message) => boolean): void {
    this.outbox.messages = this.outbox.messages.filter((message) => !which(message));
  }

  observe(observation: RaftObservation): void {
    this.outbox.observations.push(observation);
  }

  restartElectionTimer(): void {
    const { electionTicks } = this.options.timing;
    this.electionElapsed = 0;
    this.electionTimeout = this.options.random.between(electionTicks, 2 * electionTicks - 1);
  }

  /** A new term forgets the vote of the old one; both are durable before anybody hears of them. */
  enterTerm(term: Term, vote: MemberId | null): void {
    assert(
      term > this.term || (term === this.term && (this.vote === null || this.vote === vote)),
      "a term is entered once and a vote given once",
    );
    this.term = term;
    this.vote = vote;
    this.hardStateChanged = true;
  }

  appendEntry(entry: Entry): void {
    this.log.append(entry);
    if (this.adoptMembership(entry)) this.observe({ kind: "membershipChanged", index: entry.index, joint: isJoint(this.membership) });
  }

  truncateFrom(from: LogIndex): void {
    assert(from > this.commitIndex, "what is committed is never truncated");
    this.observe({ kind: "truncated", from, last: this.log.lastIndex });
    this.log.truncateFrom(from);
    while (this.memberships.length > 1 && this.membership.index >= from) this.memberships.pop();
  }

  /** True if another membership is in force from now on. */
  adoptMembership(entry: Entry): boolean {
    if (entry.kind !== "membership") return false;
    const membership = decodeMembership(entry.body, entry.index);
    // Bytes that are no membership leave the old one in force on every member alike.
    if (membership !== null) this.memberships.push(membership);
    return membership !== null;
  }

  forgetMembershipsBefore(base: LogIndex): void {
    while (this.memberships.length > 1 && (this.memberships[1] as Membership).index <= base) this.memberships.shift();
  }

  takeBatch(): BatchId {
    return asBatch(this.nextBatch++);
  }
}
