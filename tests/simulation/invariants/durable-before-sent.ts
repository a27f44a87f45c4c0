// Nothing leaves a member that its disk could forget: neither its term, nor its vote, nor what it says that its log holds.
// The one exception are a leader's own new entries, which may travel while they are being written.
import type { AppendReply, Message, SnapshotReply, VoteReply } from "../../../core/raft/messages.ts";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";
import { breach } from "./invariant.ts";
import type { Invariant, MemberView } from "./invariant.ts";

export class DurableBeforeSent implements Invariant {
  readonly promise = "nothing is said that the disk could forget";

  sent(view: MemberView, { body }: PeerMessage): void {
    if (body.kind !== "raft") return;
    const { message } = body;
    this.#checkTerm(view, message);
    if (message.kind === "voteReply" && message.granted) this.#checkVote(view, message);
    if (message.kind === "appendReply") this.#checkAppendReply(view, message);
    if (message.kind === "snapshotReply") this.#checkSnapshotReply(view, message);
  }

  #checkTerm({ member, ledger }: MemberView, message: Message): void {
    // A pre-vote and its grant name a term that has not begun and may never begin.
    if (message.kind === "preVote" || (message.kind === "preVoteReply" && message.granted)) return;
    const { term } = ledger.durableHardState;
    if (message.term > term) breach(this, `${member} sends ${message.kind} of term ${message.term}; its disk holds term ${term}`);
  }

  #checkVote({ member, ledger }: MemberView, { to, term }: VoteReply): void {
    const { term: durableTerm, vote } = ledger.durableHardState;
    if (durableTerm === term && vote !== to) breach(this, `${member} votes for ${to} in term ${term}; its disk holds ${vote ?? "no vote"}`);
  }

  #checkAppendReply(view: MemberView, { result }: AppendReply): void {
    if (result.kind === "accepted") this.#checkHeld(view, result.matchIndex);
  }

  #checkSnapshotReply(view: MemberView, { result }: SnapshotReply): void {
    if (result.kind === "covered") this.#checkHeld(view, result.matchIndex);
  }

  #checkHeld({ member, ledger }: MemberView, index: number): void {
    if (index > ledger.lastDurableIndex) breach(this, `${member} acknowledges ${index}; its disk holds ${ledger.lastDurableIndex}`);
  }
}
