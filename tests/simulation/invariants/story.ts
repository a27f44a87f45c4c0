// Members that do and say whatever a test wants, watched as those of a run are. A telling is such a story twice: once as it
// should be, once with one promise broken.
import { asBatch, asBoot, asCluster, asGroup, asIndex, asMember, asServiceIndex, asTerm } from "../../../core/base/ids.ts";
import type { MemberId } from "../../../core/base/ids.ts";
import { createEntry, LOG_ORIGIN } from "../../../core/raft/entry.ts";
import type { Entry } from "../../../core/raft/entry.ts";
import { encodeMembership, foundingMembership } from "../../../core/raft/membership.ts";
import type { Membership } from "../../../core/raft/membership.ts";
import type { RaftStatus, RecoveredGroup } from "../../../core/raft/inputs.ts";
import type { Message } from "../../../core/raft/messages.ts";
import type { Persist } from "../../../core/raft/ready.ts";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";
import { Ledger } from "../world/ledger.ts";
import { Watch } from "./catalogue.ts";
import type { MemberView } from "./invariant.ts";

export type Telling = {
  readonly name: string;
  readonly promise: string;
  readonly good: (story: Story) => void;
  readonly bad: (story: Story) => void;
};

/** A, B and C found the group; D is nobody yet. */
export const [A, B, C, D] = ["a", "b", "c", "d"].map(asMember) as [MemberId, MemberId, MemberId, MemberId];
export const FOUNDING = foundingMembership([A, B, C].map((member, ordinal) => ({ member, place: { ordinal, address: member } })));
export const LIMITS = { electionTicks: 10, appendEntriesMax: 5 } as const;
const NOTHING: Omit<Persist, "batch"> = { hardState: null, restartAfter: null, truncateFrom: null, entries: [] };
export const BLANK: RecoveredGroup = {
  hardState: { term: asTerm(0), vote: null },
  base: LOG_ORIGIN,
  entries: [],
  snapshot: null,
  membership: FOUNDING,
};

const READ = 1;

export class Story {
  readonly watch = new Watch(LIMITS);
  readonly #views = new Map<MemberId, MemberView>();
  #batch = 0;

  constructor() {
    for (const member of [A, B, C]) this.live(member, BLANK);
  }

  live(member: MemberId, recovered: RecoveredGroup): this {
    const ledger = this.#views.get(member)?.ledger ?? new Ledger(this.watch.committed);
    const view = { member, place: 0, ledger };
    this.#views.set(member, view);
    this.watch.recovered(view, recovered);
    ledger.recovered(recovered);
    return this;
  }

  writes(member: MemberId, persist: Partial<Omit<Persist, "batch">>): this {
    const { ledger } = this.#view(member);
    this.watch.wrote(this.#view(member), ledger.wrote({ ...NOTHING, ...persist, batch: asBatch(++this.#batch) }));
    return this;
  }

  syncs(member: MemberId): this {
    this.#view(member).ledger.confirmed(asBatch(this.#batch));
    return this;
  }

  has(member: MemberId, persist: Partial<Omit<Persist, "batch">>): this {
    return this.writes(member, persist).syncs(member);
  }

  /** Everybody has these entries on the disk. */
  allHave(...entries: readonly Entry[]): this {
    for (const member of this.#views.keys()) this.has(member, { entries });
    return this;
  }

  /** At the end of a turn. What isn't told is as it should be. */
  says(member: MemberId, changes: Partial<RaftStatus>, appliedIndex = 0): this {
    const usual = { role: "follower", term: asTerm(1), leader: null, commitIndex: asIndex(0), durableIndex: asIndex(0) } as const;
    const { ledger } = this.#view(member);
    const membership = ledger.membership ?? FOUNDING;
    const lastIndex = asIndex(ledger.memory.lastIndex);
    const raft = { ...usual, membership, lastIndex, termStarted: true, transferringTo: null, ...changes } as RaftStatus;
    this.watch.turnEnded(this.#view(member), { raft, appliedIndex, queues: [] });
    return this;
  }

  /** Its own vote is on its disk, the others (both, unless it is told) have voted for it, and it leads. */
  elected(member: MemberId, term: number, by: readonly MemberId[] = [A, B, C]): this {
    return this.has(member, inTerm(term, member)).wins(member, term, by).says(member, leads(term, 0));
  }

  /** It receives these votes. */
  wins(member: MemberId, term: number, by: readonly MemberId[]): this {
    for (const voter of by) if (voter !== member) this.receives(member, grant(voter, member, term));
    return this;
  }

  sends(member: MemberId, message: Message): this {
    this.watch.sent(this.#view(member), enveloped(message, member));
    return this;
  }

  receives(member: MemberId, message: Message): this {
    this.watch.received(this.#view(member), enveloped(message, message.from));
    return this;
  }

  ticks(member: MemberId, count: number): this {
    for (let i = 0; i < count; i++) this.watch.ticked(this.#view(member));
    return this;
  }

  /** Ticks in which a leader of term 1 hears from these again and again, and a turn ends with each. */
  leadsOn(leader: MemberId, ticks: number, { heard, says }: { heard: readonly MemberId[]; says: Partial<RaftStatus> }): this {
    for (let i = 0; i < ticks; i++) {
      for (const member of heard) this.receives(leader, acknowledge(member, 0));
      this.ticks(leader, 1).says(leader, says);
    }
    return this;
  }

  /** Asked for a linearizable read, and told later from which state it was answered. */
  asksToRead(member: MemberId): this {
    this.watch.readAsked(this.#view(member), READ);
    return this;
  }

  reads(member: MemberId, index: number | null): this {
    this.watch.readAnswered(this.#view(member), READ, index);
    return this;
  }

  applies(member: MemberId, index: number, { text = "", result = "", stampMs = 0 } = {}): this {
    const bytes = (word: string): Uint8Array => new TextEncoder().encode(word);
    this.watch.applied(this.#view(member), { index, serviceIndex: index, stampMs, command: bytes(text), result: bytes(result) });
    return this;
  }

  #view(member: MemberId): MemberView {
    const view = this.#views.get(member);
    if (view === undefined) throw new Error("a member of the story");
    return view;
  }
}

function enveloped(message: Message, from: MemberId): PeerMessage {
  const envelope = { cluster: asCluster("x"), group: asGroup("g"), boot: asBoot(1), wallMs: 0, version: 1 };
  return { ...envelope, from, to: message.to, body: { kind: "raft", message } };
}

export function entry(index: number, term: number, text = ""): Entry {
  const body = new TextEncoder().encode(text);
  const place = { index: asIndex(index), serviceIndex: asServiceIndex(index), term: asTerm(term) };
  return createEntry({ ...place, kind: "command", version: 1, body });
}

/** An entry of term 1 that changes the membership. */
export function change(index: number, changes: Partial<Membership>): Entry {
  const body = encodeMembership({ ...FOUNDING, ...changes });
  const place = { index: asIndex(index), serviceIndex: asServiceIndex(0), term: asTerm(1) };
  return createEntry({ ...place, kind: "membership", version: 1, body });
}

export const leads = (term: number, commit: number): Partial<RaftStatus> => ({
  role: "leader",
  term: asTerm(term),
  commitIndex: asIndex(commit),
});
export const follows = (term: number, commit: number): Partial<RaftStatus> => ({ term: asTerm(term), commitIndex: asIndex(commit) });
export const inTerm = (term: number, vote: MemberId | null = null): Partial<Persist> => ({ hardState: { term: asTerm(term), vote } });

export const grant = (from: MemberId, to: MemberId, term: number): Message => ({
  kind: "voteReply",
  from,
  to,
  term: asTerm(term),
  granted: true,
});

export const acknowledge = (from: MemberId, matchIndex: number): Message => {
  const result = { kind: "accepted", matchIndex: asIndex(matchIndex) } as const;
  return { kind: "appendReply", from, to: A, term: asTerm(1), round: 1, result };
};
