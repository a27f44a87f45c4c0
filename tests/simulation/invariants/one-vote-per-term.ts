// A member votes once in a term, whatever crashes lie in between; and one whose disk is gone never votes again, because
// it can't know whom it voted for.
import type { MemberId } from "../../../core/base/ids.ts";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";
import { breach } from "./invariant.ts";
import type { Invariant, MemberView } from "./invariant.ts";

export class OneVotePerTerm implements Invariant {
  readonly promise = "one vote per term, none after a lost disk";
  readonly #votes = new Map<string, MemberId>();
  readonly #gone = new Set<MemberId>();
  /** Can't know what they promised; see faults/old-backup.ts for why nobody is harmed. */
  readonly #forgetful = new Set<MemberId>();

  rolledBack(member: MemberId): void {
    this.#forgetful.add(member);
  }

  wiped(member: MemberId): void {
    this.#gone.add(member);
  }

  sent({ member }: MemberView, { body }: PeerMessage): void {
    if (body.kind !== "raft") return;
    const { message } = body;
    if (message.from !== member) breach(this, `${member} speaks as ${message.from}`);
    if (message.kind === "voteReply" && message.granted) this.#note(member, message.term, message.to);
    // Whoever stands has voted for itself.
    if (message.kind === "vote") this.#note(member, message.term, member);
    if (message.kind === "preVoteReply" && message.granted) this.#checkDisk(member);
  }

  #note(voter: MemberId, term: number, candidate: MemberId): void {
    this.#checkDisk(voter);
    if (this.#forgetful.has(voter)) return;
    const key = `${voter} ${term}`;
    const earlier = this.#votes.get(key);
    if (earlier !== undefined && earlier !== candidate) breach(this, `${voter} votes for ${candidate} and ${earlier} in term ${term}`);
    this.#votes.set(key, candidate);
  }

  #checkDisk(voter: MemberId): void {
    if (this.#gone.has(voter)) breach(this, `${voter} votes, and its disk was lost`);
  }
}
