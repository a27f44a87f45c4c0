// What travels between members: a message of the group's consensus, or of its upkeep, in an envelope that says from whom.
// A member that gets an envelope of another cluster, group or addressee refuses it.
import type { BootNumber, ClusterId, GroupId, LogIndex, MemberId } from "../base/ids.ts";
import type { Message } from "../raft/messages.ts";

export type Envelope = {
  readonly cluster: ClusterId;
  readonly group: GroupId;
  readonly from: MemberId;
  readonly to: MemberId;
  /** The sender's life. */
  readonly boot: BootNumber;
  /** Earlier lives of the sender, the latest last; said until the receiver has shown that it knows this life. */
  readonly lives?: readonly BootNumber[];
  /** The life of the receiver that the sender knows of; said with what is for that life alone, and as long as the receiver may not know that it does. */
  readonly toBoot?: BootNumber;
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
  /** Which life of each other member the sender knows of. */
  | { readonly kind: "livesSeen"; readonly seen: readonly LifeSeen[] }
  /** What the sender's state was at some indexes, in their order. Compared only with those of the same format. */
  | { readonly kind: "stateDigests"; readonly format: number; readonly digests: readonly IndexDigest[] };

export type LifeSeen = { readonly member: MemberId; readonly boot: BootNumber };

/** Those of one group's members, and of the newcomers that are to follow them. */
export const LIVES_SEEN_MAX = 64;

export type IndexDigest = { readonly index: LogIndex; readonly digest: string };
