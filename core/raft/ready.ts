// Everything the host must do next, as one value, taken once per turn. The order is part of the contract:
// `sendNow` may leave at once; nothing in `sendAfterPersist` may leave before its batch is durable; `committed` entries
// are durable here and are applied in order; a read may be served once everything up to its index has been applied.
import type { BatchId, LogIndex, MemberId, Term } from "../base/ids.ts";
import type { Entry } from "./entry.ts";
import type { Message, MessageOf } from "./messages.ts";
import type { SnapshotMeta } from "./snapshot-meta.ts";

/** What must survive a crash besides the log: a vote that is forgotten could be given twice. */
export type HardState = { readonly term: Term; readonly vote: MemberId | null };

/**
 * One write to the log. Everything in it becomes durable together, in this order: the log restarts, entries are
 * truncated, entries are added, the hard state changes. Batches become durable in the order of their ids.
 */
export type Persist = {
  readonly batch: BatchId;
  readonly hardState: HardState | null;
  /** A snapshot that is durable already replaces the whole log: what follows it begins after `base`. */
  readonly restartAfter: SnapshotMeta | null;
  /** Entries from here on are forgotten before the new ones are added. */
  readonly truncateFrom: LogIndex | null;
  readonly entries: readonly Entry[];
};

export type ReadAnswer =
  /** Serve once applied up to `index`. */
  | { readonly kind: "confirmed"; readonly context: number; readonly index: LogIndex }
  /** Nothing was learnt; ask again with a new context, or give up. */
  | { readonly kind: "dropped"; readonly context: number };

export type Ready = {
  readonly persist: Persist | null;
  readonly sendNow: readonly Message[];
  readonly sendAfterPersist: { readonly batch: BatchId; readonly messages: readonly Message[] } | null;
  /** A snapshot from the leader took the place of the log: restore the state from it before anything in `committed`. */
  readonly restore: SnapshotMeta | null;
  readonly committed: readonly Entry[];
  readonly reads: readonly ReadAnswer[];
  readonly snapshotRequests: readonly SnapshotRequest[];
  readonly observations: readonly RaftObservation[];
};

/** Snapshot files are the host's; Raft asks for pieces of them and says what to do with those that arrive. */
export type SnapshotRequest =
  /** Read a piece of a durable snapshot, which stays pinned until released; answered by `snapshotPieceRead`. */
  | { readonly kind: "read"; readonly to: MemberId; readonly snapshotId: string; readonly offset: number; readonly lengthMax: number }
  | { readonly kind: "release"; readonly to: MemberId; readonly snapshotId: string }
  /** Write a piece that arrived; offset 0 begins a new file and drops an older unfinished one. Answered by `snapshotPieceWritten`. */
  | { readonly kind: "receive"; readonly chunk: MessageOf<"snapshotChunk"> };

/** What happened, for logs and metrics. */
export type RaftObservation =
  | { readonly kind: "roleChanged"; readonly role: RoleName; readonly term: Term; readonly leader: MemberId | null }
  | { readonly kind: "electionStarted"; readonly term: Term; readonly reason: ElectionReason }
  | { readonly kind: "truncated"; readonly from: LogIndex; readonly last: LogIndex }
  | { readonly kind: "steppedDown"; readonly term: Term; readonly reason: "higherTerm" | "noQuorum" | "removed" }
  | { readonly kind: "transferStarted"; readonly to: MemberId; readonly reason: TransferReason }
  | { readonly kind: "transferEnded"; readonly to: MemberId; readonly result: "handedOver" | "timedOut" }
  | { readonly kind: "membershipChanged"; readonly index: LogIndex; readonly joint: boolean }
  | { readonly kind: "snapshotSent"; readonly to: MemberId; readonly index: LogIndex }
  | { readonly kind: "snapshotInstalled"; readonly from: MemberId; readonly index: LogIndex }
  /** The file of the newest snapshot can't be read any more: another one must take its place. */
  | { readonly kind: "snapshotUnreadable"; readonly index: LogIndex }
  /** Its messages of this term tell of another entry than the committed one at `index`: none of that is believed. Said once a term. */
  | { readonly kind: "leaderContradicts"; readonly leader: MemberId; readonly index: LogIndex }
  /** A member that acknowledged entries says after a restart that it never had them: its disk was lost or exchanged. */
  | { readonly kind: "memberWiped"; readonly member: MemberId; readonly acknowledged: LogIndex; readonly claimed: LogIndex };

export type RoleName = "follower" | "preCandidate" | "candidate" | "leader";
export type ElectionReason = "timeout" | "transfer";
export type TransferReason = "asked" | "slowDisk" | "slowLoop" | "diskFull" | "divergence" | "shutdown" | "removed";
