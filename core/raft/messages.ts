// Everything one member of a group says to another. Messages may be lost, repeated, delayed and reordered; each says
// enough about itself (term, index, round, snapshot) for a late one to be recognised as late.
import type { LogIndex, MemberId, Term } from "../base/ids.ts";
import type { Entry, EntryId } from "./entry.ts";
import type { SnapshotMeta } from "./snapshot-meta.ts";

type Addressed = { readonly from: MemberId; readonly to: MemberId; readonly term: Term };

/** "Would you vote for me in this term?" Changes nothing at the receiver; `term` is the term that would begin. */
export type PreVote = Addressed & { readonly kind: "preVote"; readonly last: EntryId };
/** `term` is the asked term when granted, the receiver's own when not. */
export type PreVoteReply = Addressed & { readonly kind: "preVoteReply"; readonly granted: boolean };

/** `transfer`: the old leader itself asked for this election, so having heard from it lately is no reason to refuse. */
export type Vote = Addressed & { readonly kind: "vote"; readonly last: EntryId; readonly transfer: boolean };
export type VoteReply = Addressed & { readonly kind: "voteReply"; readonly granted: boolean };

/** Also the heartbeat: without entries it still checks the log at `previous`. */
export type Append = Addressed & {
  readonly kind: "append";
  readonly previous: EntryId;
  readonly entries: readonly Entry[];
  readonly commitIndex: LogIndex;
  /** Rises whenever the leader wants fresh confirmation that it still leads; echoed by the reply. */
  readonly round: number;
};

export type AppendReply = Addressed & {
  readonly kind: "appendReply";
  readonly round: number;
  readonly result: AppendResult;
};

export type AppendResult =
  /** Everything up to `matchIndex` is the leader's and on this member's disk. */
  | { readonly kind: "accepted"; readonly matchIndex: LogIndex }
  /** The log differs at `previousIndex`. `hint` is the last entry of ours that could still agree. */
  | { readonly kind: "conflict"; readonly previousIndex: LogIndex; readonly hint: EntryId };

/** A piece of a snapshot. The first piece (offset 0) offers it; the answer says from where to go on. */
export type SnapshotChunk = Addressed & {
  readonly kind: "snapshotChunk";
  readonly snapshot: SnapshotMeta;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly round: number;
};

export type SnapshotReply = Addressed & {
  readonly kind: "snapshotReply";
  readonly snapshotId: string;
  readonly round: number;
  readonly result:
    | { readonly kind: "wanted"; readonly offset: number }
    /** The member's log now holds everything up to here: installed, or not needed in the first place. */
    | { readonly kind: "covered"; readonly matchIndex: LogIndex }
    /** The bytes don't add up to what was announced; start again from nothing. */
    | { readonly kind: "damaged" };
};

/** A follower asks where a linearizable read must wait for. A context is used once and never again. */
export type ReadIndex = Addressed & { readonly kind: "readIndex"; readonly context: number };
export type ReadIndexReply = Addressed & {
  readonly kind: "readIndexReply";
  readonly context: number;
  /** Null: this member can't say (it doesn't lead, or has not yet committed an entry of its term). */
  readonly index: LogIndex | null;
};

/** The leader asks its best follower to begin an election at once. */
export type CampaignNow = Addressed & { readonly kind: "campaignNow" };

export type Message =
  | PreVote
  | PreVoteReply
  | Vote
  | VoteReply
  | Append
  | AppendReply
  | SnapshotChunk
  | SnapshotReply
  | ReadIndex
  | ReadIndexReply
  | CampaignNow;

/** Another life of the receiver may lack what the sender believes it to have, and must not come to have it unseen. */
export function isForOneLife(message: Message): boolean {
  if (message.kind === "append") return message.entries.length > 0;
  return message.kind === "snapshotChunk" || message.kind === "campaignNow";
}

export type MessageKind = Message["kind"];
export type MessageOf<K extends MessageKind> = Extract<Message, { readonly kind: K }>;
