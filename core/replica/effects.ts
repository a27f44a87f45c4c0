// Everything a replica can ask of its host, as data, in the order in which it is to be done.
import type { BatchId, BootNumber, LogIndex, MemberId, Term } from "../base/ids.ts";
import type { Outcome } from "../base/outcome.ts";
import type { LogBase } from "../raft/entry.ts";
import type { Membership } from "../raft/membership.ts";
import type { Persist, RaftObservation, SnapshotRequest } from "../raft/ready.ts";
import type { SnapshotMeta } from "../raft/snapshot-meta.ts";
import type { CompanionEffect } from "./companion.ts";
import type { RequestId } from "./events.ts";
import type { PeerMessage } from "./peer-message.ts";
import type { DivergenceCause } from "./watching/watch.ts";

export type ReplicaEffect =
  /** Confirmed by `diskWritten` once durable. `bootsSeen` rides along, so that lives of peers are remembered across restarts. */
  | {
      readonly kind: "writeDisk";
      readonly batch: BatchId;
      readonly persist: Persist;
      readonly bootsSeen: Readonly<Record<string, BootNumber>> | null;
    }
  /** Where no `writeDisk` came by: lives of peers, to the log, confirmed by `livesRemembered` once durable. One at a time. */
  | { readonly kind: "rememberLives"; readonly bootsSeen: Readonly<Record<string, BootNumber>> }
  | { readonly kind: "sendPeer"; readonly message: PeerMessage }
  | { readonly kind: "reply"; readonly request: RequestId; readonly outcome: Outcome<Reply> }
  /** Log entries up to here are covered by a durable snapshot and may go. */
  | { readonly kind: "trimLog"; readonly base: LogBase }
  /** This member's own snapshot: begun, continued slice by slice (each confirmed by `snapshotSliceWritten`), then made durable. */
  | {
      readonly kind: "snapshotBegin";
      readonly snapshotId: string;
      readonly base: LogBase;
      readonly membership: Membership;
      readonly version: number;
    }
  | { readonly kind: "snapshotSlice"; readonly snapshotId: string; readonly bytes: Uint8Array }
  | { readonly kind: "snapshotCommit"; readonly snapshotId: string }
  | { readonly kind: "snapshotAbort"; readonly snapshotId: string }
  | { readonly kind: "snapshotTransfer"; readonly request: SnapshotRequest }
  /** Feed the bytes of this snapshot back as `restoreSlice` events. */
  | { readonly kind: "restoreBegin"; readonly snapshot: SnapshotMeta }
  /** A question of the companion's, to another group or to the controllers; answered by `groupAnswered`. */
  | Extract<CompanionEffect, { readonly kind: "ask" }>
  | { readonly kind: "observe"; readonly observation: ReplicaObservation }
  /** This member can't keep its promises any more. Nothing after this is done. */
  | { readonly kind: "stop"; readonly reason: StopReason; readonly message: string };

export type StopReason =
  /** The data directory is to be set aside; the process comes back as a new learner of its place. */
  "wiped" | "removed" | "divergence" | "versionUnknown" | "snapshotDamaged" | "bug";

export type Reply =
  | { readonly kind: "result"; readonly result: Uint8Array; readonly index: LogIndex; readonly term: Term }
  | { readonly kind: "client"; readonly client: string; readonly expiresAfterMs: number }
  | { readonly kind: "accepted"; readonly term: Term };

export type ReplicaObservation =
  | { readonly kind: "raft"; readonly observation: RaftObservation }
  | { readonly kind: "proposal"; readonly result: "done" | "refused" | "unknown" }
  | { readonly kind: "duplicateAnswered"; readonly client: string; readonly serial: number }
  | { readonly kind: "snapshotTaken"; readonly index: LogIndex }
  | { readonly kind: "restored"; readonly index: LogIndex }
  | { readonly kind: "serving"; readonly index: LogIndex }
  /** This member's state is not its group's: from now on it serves nobody. */
  | { readonly kind: "divergenceFound"; readonly cause: DivergenceCause; readonly why: string; readonly index: LogIndex }
  /** Even after members were rebuilt no majority agrees: nobody is served until somebody decides. */
  | { readonly kind: "divergenceUndecided"; readonly index: LogIndex }
  /** A majority has agreed with the rebuilt state. */
  | { readonly kind: "divergenceEnded"; readonly index: LogIndex }
  | {
      readonly kind: "envelopeRefused";
      readonly from: MemberId;
      readonly why: "cluster" | "group" | "addressee" | "removed" | "oldLife" | "malformed";
    }
  | { readonly kind: "peerRestarted"; readonly member: MemberId; readonly boot: BootNumber };
