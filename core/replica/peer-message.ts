// What travels between members: a message of the group's consensus, or of its upkeep, in an envelope that says from whom.
// A member that gets an envelope of another cluster, group or addressee refuses it.
import type { BootNumber, ClusterId, GroupId, LogIndex, MemberId } from "../base/ids.ts";
import type { Message } from "../raft/messages.ts";

export type Envelope = {
  readonly cluster: ClusterId;
  readonly group: GroupId;
  readonly from: MemberId;
  readonly to: MemberId;
  /** The sender's life, and the life of the receiver that the sender knows of (0: none yet). */
  readonly boot: BootNumber;
  /** The sender's wall clock when it sent this: evidence for the group's time, nothing else. */
  readonly wallMs: number;
  /** The highest command version that the sender knows. */
  readonly version: number;
};

export type PeerMessage = Envelope & { readonly body: PeerBody };

export type PeerBody =
  | { readonly kind: "raft"; readonly message: Message }
  /** Your disk was lost or exchanged: peers remember a later life, or acknowledged entries that you no longer have. */
  | { readonly kind: "youAreWiped"; readonly yourBoot: BootNumber; readonly why: string }
  | { readonly kind: "youAreRemoved" }
  /** What the sender's state was at some indexes, in their order. Compared only with those of the same format. */
  | { readonly kind: "stateDigests"; readonly format: number; readonly digests: readonly IndexDigest[] };

export type IndexDigest = { readonly index: LogIndex; readonly digest: string };
