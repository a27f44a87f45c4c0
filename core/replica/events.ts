// Everything that can happen to a replica. The host drains its mailbox, steps every event, and then steps one
// `turnEnded`, which answers with all that is to be done: so batches form by themselves under load.
import type { BatchId, MemberId } from "../base/ids.ts";
import type { PieceRead, PieceWritten } from "../raft/inputs.ts";
import type { MembershipChange } from "../raft/membership.ts";
import type { SnapshotMeta } from "../raft/snapshot-meta.ts";
import type { CompanionEvent } from "./companion.ts";
import type { PeerMessage } from "./peer-message.ts";

/** Chosen by the host; names one request of this process life. */
export type RequestId = number;

export type ReplicaEvent =
  | { readonly kind: "tick"; readonly monotonicMs: number; readonly wallMs: number }
  | { readonly kind: "turnEnded" }
  | { readonly kind: "peerMessage"; readonly message: PeerMessage }
  | { readonly kind: "diskWritten"; readonly batch: BatchId }
  | { readonly kind: "livesRemembered" }
  | { readonly kind: "diskSpace"; readonly state: "plenty" | "short" }
  | { readonly kind: "clientRequest"; readonly request: ClientRequest }
  /** The one who asked is gone; nobody waits for the answer any more. */
  | { readonly kind: "requestAbandoned"; readonly id: RequestId }
  /** A slice of this member's own snapshot is in its file; the next one may follow. */
  | { readonly kind: "snapshotSliceWritten"; readonly snapshotId: string }
  /** It is durable under its final name. */
  | { readonly kind: "snapshotSaved"; readonly snapshot: SnapshotMeta }
  | { readonly kind: "snapshotFailed"; readonly snapshotId: string; readonly reason: string }
  | { readonly kind: "snapshotPieceRead"; readonly piece: PieceRead }
  | { readonly kind: "snapshotPieceWritten"; readonly piece: PieceWritten }
  /** Bytes of the snapshot that is being restored, in order; `last` with the final ones. */
  | { readonly kind: "restoreSlice"; readonly snapshotId: string; readonly bytes: Uint8Array; readonly last: boolean }
  /** For the companion: an answer to what it asked. */
  | { readonly kind: "groupAnswered"; readonly answer: Extract<CompanionEvent, { readonly kind: "answered" }> }
  | { readonly kind: "shutdown" };

export type Session = {
  readonly client: string;
  readonly serial: number;
  /** The client has all answers up to this serial, inclusive. */
  readonly acked: number;
};

export type ClientRequest = {
  readonly id: RequestId;
  readonly deadlineMs: number;
  readonly operation: ClientOperation;
};

export type ClientOperation =
  | { readonly kind: "write"; readonly command: Uint8Array; readonly session: Session | null }
  | { readonly kind: "read"; readonly query: Uint8Array; readonly consistency: "linearizable" | "stale" }
  | { readonly kind: "newClient" }
  | { readonly kind: "transferLeadership"; readonly to: MemberId | null }
  | { readonly kind: "changeMembership"; readonly change: MembershipChange };
