// What a member of a group is told, besides messages of its peers, and what it answers at once.
import type { LogIndex, MemberId, ServiceIndex, Term } from "../base/ids.ts";
import type { Random } from "../base/random.ts";
import type { Entry, EntryId, EntryKind, LogBase } from "./entry.ts";
import type { Membership } from "./membership.ts";
import type { HardState, RoleName, TransferReason } from "./ready.ts";
import type { SnapshotMeta } from "./snapshot-meta.ts";

/** What a restart finds on its disk. `entries` follow `base` without a gap; `base` and `membership` are the snapshot's, or the origin's. */
export type RecoveredGroup = {
  readonly hardState: HardState;
  readonly base: LogBase;
  readonly entries: readonly Entry[];
  readonly snapshot: SnapshotMeta | null;
  /** As of `base`. Before the first snapshot: the founding membership. */
  readonly membership: Membership;
};

export type RaftTiming = {
  readonly heartbeatTicks: number;
  /** An election starts after `electionTicks` to `2 * electionTicks - 1` ticks of silence. */
  readonly electionTicks: number;
};

export const DEFAULT_TIMING: RaftTiming = { heartbeatTicks: 4, electionTicks: 12 };

/** Every queue and every window. The simulator shrinks them at random, so that each boundary is met. */
export type RaftLimits = {
  readonly appendEntriesMax: number;
  readonly appendBytesMax: number;
  /** Appends under way to one follower: beyond that the leader waits for an answer. */
  readonly windowMessagesMax: number;
  readonly windowBytesMax: number;
  /** With so many appends under way to one follower, fewer than `manyEntries` wait until one of them is answered: they leave together then. */
  readonly fewMessages: number;
  readonly manyEntries: number;
  /** Followers hear of so many commands that were committed at once with what is sent next, or with the next tick ... */
  readonly manyCommitted: number;
  /** ... and of so many at once: a message is little beside what they have to apply, and what is sent next must not wait for that. */
  readonly veryManyCommitted: number;
  /** Entries that no majority holds yet; beyond that proposals are refused, so that a lost quorum can't fill the memory. */
  readonly uncommittedBytesMax: number;
  readonly uncommittedEntriesMax: number;
  readonly entryBytesMax: number;
  readonly applyBytesMax: number;
  readonly applyEntriesMax: number;
  readonly pendingReadsMax: number;
  readonly snapshotPieceBytes: number;
  readonly snapshotWindowPieces: number;
  /** Entries that stay in the log behind a snapshot, so that a follower that is a little late needs no snapshot. */
  readonly trailingEntries: number;
  readonly trailingBytes: number;
};

export const DEFAULT_LIMITS: RaftLimits = {
  appendEntriesMax: 4_096,
  appendBytesMax: 1_048_576,
  windowMessagesMax: 64,
  windowBytesMax: 16_777_216,
  fewMessages: 2, // one that the follower's disk writes, and one that waits for it there
  manyEntries: 256,
  manyCommitted: 8,
  veryManyCommitted: 64,
  uncommittedBytesMax: 67_108_864,
  uncommittedEntriesMax: 100_000,
  entryBytesMax: 2_097_152, // a value of 1 MiB, its key and its envelope, with room
  applyBytesMax: 1_048_576, // applying this much, or so many, stays under one 5 ms slice of the event loop
  applyEntriesMax: 256,
  pendingReadsMax: 20_000,
  snapshotPieceBytes: 262_144,
  snapshotWindowPieces: 4,
  trailingEntries: 10_000,
  trailingBytes: 8_388_608,
};

export type RaftOptions = {
  readonly self: MemberId;
  readonly random: Random;
  readonly timing: RaftTiming;
  readonly limits: RaftLimits;
};

export type Proposal = { readonly kind: EntryKind; readonly version: number; readonly body: Uint8Array };

export type ProposeRefusal = "notLeader" | "overloaded" | "transferring" | "tooLarge";

export type ProposeResult =
  | { readonly kind: "proposed"; readonly id: EntryId; readonly serviceIndex: ServiceIndex }
  | { readonly kind: "refused"; readonly reason: ProposeRefusal };

export type MembershipRefusal = ProposeRefusal | "changing" | "termNotStarted" | "invalid" | "notCaughtUp" | "noQuorum";

export type MembershipResult =
  | { readonly kind: "proposed"; readonly id: EntryId }
  | { readonly kind: "refused"; readonly reason: MembershipRefusal; readonly message: string };

export type TransferResult = { readonly kind: "started"; readonly to: MemberId } | { readonly kind: "refused"; readonly message: string };
export type TransferRequest = { readonly to: MemberId | null; readonly reason: TransferReason };

export type PieceRead = {
  readonly to: MemberId;
  readonly snapshotId: string;
  readonly offset: number;
  /** Null when the snapshot is gone or its bytes are damaged. */
  readonly bytes: Uint8Array | null;
};

export type PieceWritten = {
  readonly from: MemberId;
  readonly snapshotId: string;
  readonly result:
    | { readonly kind: "wanted"; readonly offset: number }
    /** All bytes arrived, match their checksum, and are durable under their final name. */
    | { readonly kind: "complete"; readonly snapshot: SnapshotMeta }
    | { readonly kind: "damaged" };
};

export type RaftStatus = {
  readonly self: MemberId;
  readonly role: RoleName;
  readonly isLearner: boolean;
  readonly term: Term;
  readonly leader: MemberId | null;
  readonly commitIndex: LogIndex;
  readonly durableIndex: LogIndex;
  readonly lastIndex: LogIndex;
  readonly baseIndex: LogIndex;
  readonly snapshotIndex: LogIndex;
  readonly membership: Membership;
  /** Whether an entry of this leader's own term is committed: before that it may neither read nor change the membership. */
  readonly termStarted: boolean;
  readonly transferringTo: MemberId | null;
  /** Bytes of log that are not covered by the base: what a restart would have to read. */
  readonly logBytes: number;
  readonly followers: readonly FollowerStatus[];
};

export type FollowerStatus = {
  readonly member: MemberId;
  readonly state: "probe" | "replicate" | "snapshot";
  readonly matchIndex: LogIndex;
  readonly nextIndex: LogIndex;
  readonly recentlyActive: boolean;
};
