// How a leader may come into office: only voters stand, only after a majority has agreed that there should be an election
// (pre-vote), nobody who still hears from a leader helps to depose it, and whoever leads has the votes of a majority, of
// both halves in a joint phase. A leader that hands over excuses its successor from all but the votes.
import type { BootNumber, MemberId } from "../../../core/base/ids.ts";
import { isVoter } from "../../../core/raft/membership.ts";
import type { Membership } from "../../../core/raft/membership.ts";
import type { Message, PreVote, Vote } from "../../../core/raft/messages.ts";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";
import { breach } from "./invariant.ts";
import type { Invariant, MemberStatus, MemberView } from "./invariant.ts";

class Grants {
  readonly #from = new Map<number, Set<MemberId>>();

  add(term: number, member: MemberId): void {
    const members = this.#from.get(term);
    if (members === undefined) this.#from.set(term, new Set([member]));
    else members.add(member);
  }

  /** With the one that asks. */
  areMajority(term: number, { voters, outgoing }: Membership, self: MemberId): boolean {
    const granted = this.#from.get(term);
    const has = (member: MemberId): boolean => member === self || granted?.has(member) === true;
    const isMajority = (members: readonly MemberId[]): boolean => 2 * members.filter(has).length > members.length;
    return isMajority(voters) && (outgoing.length === 0 || isMajority(outgoing));
  }
}

type Known = {
  readonly preVotes: Grants;
  readonly votes: Grants;
  term: number;
  hasLeader: boolean;
  ledTerm: number;
  ticksSinceLeader: number;
  /** By what it said last. */
  boot: BootNumber | null;
  /** Who asked this member while it heard from a live leader, and how often while it did not. */
  readonly askedInVain: Set<string>;
  readonly askedFreely: Map<string, number>;
};

export class FairElections implements Invariant {
  readonly promise = "a leader is elected by a majority that has no other";
  readonly #electionTicks: number;
  readonly #known = new WeakMap<MemberView, Known>();

  constructor(electionTicks: number) {
    this.#electionTicks = electionTicks;
  }

  ticked(view: MemberView): void {
    this.#of(view).ticksSinceLeader++;
  }

  received(view: MemberView, { body, toBoot }: PeerMessage): void {
    if (body.kind !== "raft") return;
    const { message } = body;
    const known = this.#of(view);
    if (message.kind === "preVote" || (message.kind === "vote" && !message.transfer)) this.#noteQuestion(known, message);
    if (message.kind === "preVoteReply" && message.granted) known.preVotes.add(message.term, message.from);
    else if (message.kind === "voteReply" && message.granted) known.votes.add(message.term, message.from);
    else if (message.kind !== "preVote" && message.term > known.term) known.hasLeader = false;
    const isOfLeader = message.kind === "append" || message.kind === "snapshotChunk";
    // What was under way to an earlier life is turned away at the door: nobody has heard it.
    const isOfEarlierLife = toBoot !== undefined && toBoot !== known.boot;
    if (isOfLeader && !isOfEarlierLife && message.term >= known.term) known.ticksSinceLeader = 0;
  }

  sent(view: MemberView, { body, boot }: PeerMessage): void {
    this.#of(view).boot = boot;
    if (body.kind === "raft") this.#checks[body.message.kind]?.(view, body.message as never);
  }

  turnEnded(view: MemberView, { raft: { role, term, leader } }: MemberStatus): void {
    const known = this.#of(view);
    known.term = term;
    known.hasLeader = leader !== null && role !== "leader";
    if (role !== "leader" || known.ledTerm === term) return;
    known.ledTerm = term;
    const { member, ledger } = view;
    const { membership } = ledger;
    if (membership !== null && !known.votes.areMajority(term, membership, member))
      breach(this, `${member} leads term ${term} without a majority of votes`);
    if (ledger.durableHardState.vote !== member) breach(this, `${member} leads term ${term} before its own vote is on its disk`);
  }

  readonly #checks: { readonly [K in Message["kind"]]?: (view: MemberView, message: Extract<Message, { readonly kind: K }>) => void } = {
    preVote: (view) => this.#checkMayStand(view),
    vote: (view, { term, transfer }) => {
      this.#checkMayStand(view);
      const { membership } = view.ledger;
      if (transfer || membership === null || this.#of(view).preVotes.areMajority(term, membership, view.member)) return;
      breach(this, `${view.member} asks for votes in term ${term}, for which no majority was`);
    },
    preVoteReply: (view, { to, term, granted }) => {
      if (granted) this.#checkWasFree(view, { kind: "preVote", to, term });
    },
    voteReply: (view, { to, term, granted }) => {
      if (granted) this.#checkWasFree(view, { kind: "vote", to, term });
    },
  };

  #noteQuestion(known: Known, { kind, from, term }: PreVote | Vote): void {
    // A question that comes twice gets the vote that was given twice, also when who asked has long become the leader. And one
    // tick less: the leader may have been heard of and a tick passed within one turn.
    const question = `${kind} ${from} ${term}`;
    const isInVain = term > known.term && known.hasLeader && known.ticksSinceLeader < this.#electionTicks - 1;
    if (isInVain) known.askedInVain.add(question);
    else known.askedFreely.set(question, (known.askedFreely.get(question) ?? 0) + 1);
  }

  /** An answer may have waited for the disk, and the same question may have come again since, in vain: each has its own answer. */
  #checkWasFree(view: MemberView, { kind, to, term }: { readonly kind: string; readonly to: MemberId; readonly term: number }): void {
    const { askedFreely, askedInVain } = this.#of(view);
    const question = `${kind} ${to} ${term}`;
    const free = askedFreely.get(question) ?? 0;
    if (free > 0) askedFreely.set(question, free - 1);
    else if (askedInVain.has(question)) breach(this, `${view.member} is for ${to} in term ${term} while it hears from a leader`);
  }

  #checkMayStand({ member, ledger: { memberships } }: MemberView): void {
    if (memberships.length === 0 || memberships.some((membership) => isVoter(membership, member))) return;
    breach(this, `${member} stands for election and is no voter`);
  }

  #of(view: MemberView): Known {
    let known = this.#known.get(view);
    if (known === undefined) {
      known = {
        preVotes: new Grants(),
        votes: new Grants(),
        term: 0,
        hasLeader: false,
        ledTerm: 0,
        ticksSinceLeader: 0,
        boot: null,
        askedInVain: new Set(),
        askedFreely: new Map(),
      };
      this.#known.set(view, known);
    }
    return known;
  }
}
