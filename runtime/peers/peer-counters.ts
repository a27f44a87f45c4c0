// What became of messages, by peer, kind and result. Plain numbers: they are counted in the hot path and read when somebody
// asks for the metrics.
import type { MessageKind } from "../../core/raft/messages.ts";
import type { PeerBody, PeerMessage } from "../../core/replica/peer-message.ts";

export type MessageResult =
  | "sent"
  /** The buffer was full, or the connection ended before it was on its way. */
  | "dropped"
  /** Nobody knows where that member is. */
  | "unroutable"
  | "received"
  /** The mailbox was full. */
  | "overloaded"
  /** It arrived whole and made no sense here. */
  | "skipped";

export type MessageCount = { readonly peer: string; readonly kind: string; readonly result: MessageResult; count: number };

/** Series are bounded: peers by their places, kinds by the codec. */
const SERIES_MAX = 2_000;
const RAFT_KINDS = {
  ...{ preVote: true, preVoteReply: true, vote: true, voteReply: true, append: true, appendReply: true, snapshotChunk: true },
  ...{ snapshotReply: true, readIndex: true, readIndexReply: true, campaignNow: true },
} satisfies Record<MessageKind, true>;
const UPKEEP_KINDS = { youAreWiped: true, youAreRemoved: true, livesSeen: true, stateDigests: true } satisfies Record<
  Exclude<PeerBody["kind"], "raft">,
  true
>;
const KINDS: readonly string[] = [...Object.keys(RAFT_KINDS), ...Object.keys(UPKEEP_KINDS)];

export class PeerCounters {
  readonly #counts: MessageCount[] = [];
  /** By peer, kind and result: no key has to be put together for a message that is counted. */
  readonly #series = new Map<string, Map<string, Map<MessageResult, MessageCount>>>();

  add(peer: string, kind: string, result: MessageResult): void {
    const counted = this.#seriesOf(peer, kind, result);
    if (counted !== null) counted.count += 1;
  }

  /** A member of the group. What is dropped of its messages is counted from 0 on: a series that begins with its first event never rises. */
  expect(peer: string): void {
    for (const kind of KINDS) this.#seriesOf(peer, kind, "dropped");
  }

  all(): Iterable<Readonly<MessageCount>> {
    return this.#counts;
  }

  total(result: MessageResult): number {
    let total = 0;
    for (const each of this.#counts) if (each.result === result) total += each.count;
    return total;
  }

  /** Null: there is no room for another. */
  #seriesOf(peer: string, kind: string, result: MessageResult): MessageCount | null {
    const known = this.#series.get(peer)?.get(kind)?.get(result);
    if (known !== undefined) return known;
    if (this.#counts.length >= SERIES_MAX) return null;
    const counted = { peer, kind, result, count: 0 };
    this.#counts.push(counted);
    const ofPeer = this.#series.get(peer) ?? new Map<string, Map<MessageResult, MessageCount>>();
    const ofKind = ofPeer.get(kind) ?? new Map<MessageResult, MessageCount>();
    this.#series.set(peer, ofPeer.set(kind, ofKind.set(result, counted)));
    return counted;
  }
}

export function kindOf({ body }: PeerMessage): string {
  return body.kind === "raft" ? body.message.kind : body.kind;
}
