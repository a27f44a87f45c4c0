// The shape of a promise that is watched while the world runs. Each looks only at what has just changed, so that all of
// them together cost little; each keeps what it needs to remember, and throws a violation where its promise is broken.
import type { MemberId } from "../../../core/base/ids.ts";
import type { RaftStatus, RecoveredGroup } from "../../../core/raft/inputs.ts";
import type { RequestId } from "../../../core/replica/events.ts";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";
import type { Ledger, LedgerWrite, LogImage } from "../world/ledger.ts";
import { Violation } from "../world/violation.ts";

/** One life of one member, as seen from outside. */
export type MemberView = {
  readonly member: MemberId;
  readonly place: number;
  readonly ledger: Ledger;
};

/** What a member says of itself at the end of a turn. */
export type MemberStatus = {
  readonly raft: RaftStatus;
  readonly appliedIndex: number;
  readonly queues: readonly QueueLength[];
};

export type QueueLength = { readonly name: string; readonly length: number; readonly max: number };

export type Applied = {
  readonly index: number;
  readonly serviceIndex: number;
  readonly stampMs: number;
  readonly command: Uint8Array;
  readonly result: Uint8Array;
};

export interface Invariant {
  /** As in the title of its file; a failing run names it. */
  readonly promise: string;
  /** A life has begun from what its disk held. Called before the ledger is brought to that. */
  recovered?(view: MemberView, recovered: RecoveredGroup): void;
  wrote?(view: MemberView, write: LedgerWrite): void;
  sent?(view: MemberView, message: PeerMessage): void;
  /** Before the replica is told. */
  received?(view: MemberView, message: PeerMessage): void;
  ticked?(view: MemberView): void;
  applied?(view: MemberView, applied: Applied): void;
  restored?(view: MemberView, index: number): void;
  /** Linearizable reads only. */
  readAsked?(view: MemberView, request: RequestId): void;
  /** `index`: the last entry of the state that it was answered from; null if it was turned away. */
  readAnswered?(view: MemberView, request: RequestId, index: number | null): void;
  /** Its state was found wrong, and it says that it will begin anew: once, what it applied goes back. */
  rebuilding?(view: MemberView): void;
  turnEnded?(view: MemberView, status: MemberStatus): void;
  /** An old backup of this member's disk was restored. */
  rolledBack?(member: MemberId): void;
  /** The disk that this member had is gone. */
  wiped?(member: MemberId): void;
}

/** What all members together have committed, by the first of them to say so. */
export type CommonKnowledge = { readonly committed: LogImage };

export function breach(invariant: Invariant, what: string): never {
  throw new Violation("invariant", invariant.promise, what);
}
