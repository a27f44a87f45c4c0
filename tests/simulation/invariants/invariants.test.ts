// Each promise is broken on purpose, next to a story that keeps it.
import { asBatch, asBoot, asCluster, asGroup, asIndex, asMember, asServiceIndex, asTerm } from "../../../core/base/ids.ts";
import type { MemberId } from "../../../core/base/ids.ts";
import { createEntry, LOG_ORIGIN } from "../../../core/raft/entry.ts";
import type { Entry } from "../../../core/raft/entry.ts";
import { foundingMembership } from "../../../core/raft/membership.ts";
import type { RaftStatus, RecoveredGroup } from "../../../core/raft/inputs.ts";
import type { Message } from "../../../core/raft/messages.ts";
import type { Persist } from "../../../core/raft/ready.ts";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";
import { Ledger } from "../world/ledger.ts";
import { Violation } from "../world/violation.ts";
import { Watch } from "./catalogue.ts";
import type { MemberView } from "./invariant.ts";

const [A, B, C] = ["a", "b", "c"].map(asMember) as [MemberId, MemberId, MemberId];
const FOUNDING = foundingMembership([A, B, C].map((member, ordinal) => ({ member, place: { ordinal, address: member } })));
const NOTHING: Omit<Persist, "batch"> = { hardState: null, restartAfter: null, truncateFrom: null, entries: [] };
const BLANK: RecoveredGroup = {
  hardState: { term: asTerm(0), vote: null },
  base: LOG_ORIGIN,
  entries: [],
  snapshot: null,
  membership: FOUNDING,
};

function entry(index: number, term: number, text = ""): Entry {
  const body = new TextEncoder().encode(text);
  const place = { index: asIndex(index), serviceIndex: asServiceIndex(index), term: asTerm(term) };
  return createEntry({ ...place, kind: "command", version: 1, body });
}

/** Three members that do and say whatever the test wants. */
class Story {
  readonly watch = new Watch({ electionTicks: 10, appendEntriesMax: 5 });
  readonly #views = new Map<MemberId, MemberView>();
  #batch = 0;

  constructor() {
    for (const member of [A, B, C]) this.live(member, BLANK);
  }

  live(member: MemberId, recovered: RecoveredGroup): void {
    const ledger = this.#views.get(member)?.ledger ?? new Ledger(this.watch.committed);
    const view = { member, place: 0, ledger };
    this.#views.set(member, view);
    this.watch.recovered(view, recovered);
    ledger.recovered(recovered);
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

  says(member: MemberId, changes: Partial<RaftStatus>, appliedIndex = 0): this {
    const raft = { role: "follower", term: asTerm(1), commitIndex: asIndex(0), durableIndex: asIndex(0), ...changes } as RaftStatus;
    this.watch.turnEnded(this.#view(member), { raft, appliedIndex, queues: [] });
    return this;
  }

  sends(member: MemberId, message: Message): this {
    const envelope = { cluster: asCluster("x"), group: asGroup("g"), boot: asBoot(1), wallMs: 0, version: 1, to: message.to };
    this.watch.sent(this.#view(member), { ...envelope, from: member, body: { kind: "raft", message } } satisfies PeerMessage);
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

const leads = (term: number, commit: number): Partial<RaftStatus> => ({ role: "leader", term: asTerm(term), commitIndex: asIndex(commit) });
const follows = (term: number, commit: number): Partial<RaftStatus> => ({ term: asTerm(term), commitIndex: asIndex(commit) });
const grant = (from: MemberId, to: MemberId, term: number): Message => ({ kind: "voteReply", from, to, term: asTerm(term), granted: true });
const inTerm = (term: number, vote: MemberId | null = null): Partial<Persist> => ({ hardState: { term: asTerm(term), vote } });
const acknowledge = (from: MemberId, matchIndex: number): Message => {
  const result = { kind: "accepted", matchIndex: asIndex(matchIndex) } as const;
  return { kind: "appendReply", from, to: A, term: asTerm(1), round: 1, result };
};

type Telling = {
  readonly name: string;
  readonly promise: string;
  readonly good: (story: Story) => void;
  readonly bad: (story: Story) => void;
};

const TELLINGS: readonly Telling[] = [
  {
    name: "two leaders",
    promise: "one leader per term",
    good: (story) => story.says(A, leads(1, 0)).says(B, leads(2, 0)),
    bad: (story) => story.says(A, leads(1, 0)).says(B, leads(1, 0)),
  },
  {
    name: "two different entries of one index and term",
    promise: "logs that agree at one entry agree in front of it",
    good: (story) => story.has(A, { entries: [entry(1, 1, "x")] }).has(B, { entries: [entry(1, 2, "y")] }),
    bad: (story) => story.has(A, { entries: [entry(1, 1, "x")] }).has(B, { entries: [entry(1, 1, "y")] }),
  },
  {
    name: "a gap in the log",
    promise: "logs that agree at one entry agree in front of it",
    good: (story) => story.has(A, { entries: [entry(1, 1), entry(2, 1)] }),
    bad: (story) => story.has(A, { entries: [entry(1, 1), entry(3, 1)] }),
  },
  {
    name: "two entries committed at one index",
    promise: "what is committed never changes",
    good: (story) => committed(story).says(B, follows(1, 1)),
    bad: (story) =>
      committed(story)
        .has(C, { entries: [entry(1, 2)] })
        .says(C, follows(2, 1)),
  },
  {
    name: "a leader without what was committed",
    promise: "what is committed never changes",
    good: (story) => committed(story).says(B, leads(2, 1)),
    bad: (story) => committed(story).says(C, leads(2, 0)),
  },
  {
    name: "a commit that only the leader's disk holds",
    promise: "what is committed is on the disks of a majority",
    good: (story) => committed(story),
    bad: (story) =>
      story
        .has(A, { entries: [entry(1, 1)] })
        .writes(B, { entries: [entry(1, 1)] })
        .says(A, leads(1, 1)),
  },
  {
    name: "an application before the disk",
    promise: "applied is durable and committed, and nothing goes backwards",
    good: (story) => story.has(A, { entries: [entry(1, 1)] }).applies(A, 1),
    bad: (story) => story.writes(A, { entries: [entry(1, 1)] }).applies(A, 1),
  },
  {
    name: "a commit index that falls",
    promise: "applied is durable and committed, and nothing goes backwards",
    good: (story) => committed(story).says(A, leads(1, 1)),
    bad: (story) => committed(story).says(A, follows(1, 0)),
  },
  {
    name: "two votes",
    promise: "one vote per term, none after a lost disk",
    good: (story) =>
      story
        .has(A, inTerm(1, B))
        .sends(A, grant(A, B, 1))
        .sends(A, grant(A, B, 1)),
    bad: (story) =>
      story
        .has(A, inTerm(1, B))
        .sends(A, grant(A, B, 1))
        .has(A, inTerm(1, C))
        .sends(A, grant(A, C, 1)),
  },
  {
    name: "a vote of a member whose disk is gone",
    promise: "one vote per term, none after a lost disk",
    good: (story) => story.has(A, inTerm(1, B)).sends(A, grant(A, B, 1)),
    bad: (story) => {
      story.has(A, inTerm(1, B));
      story.watch.wiped(A);
      story.sends(A, grant(A, B, 1));
    },
  },
  {
    name: "a vote that is not durable",
    promise: "nothing is said that the disk could forget",
    good: (story) => story.has(A, inTerm(1, B)).sends(A, grant(A, B, 1)),
    bad: (story) => story.writes(A, inTerm(1, B)).sends(A, grant(A, B, 1)),
  },
  {
    name: "an acknowledgement that is not durable",
    promise: "nothing is said that the disk could forget",
    good: (story) => story.has(B, { ...inTerm(1), entries: [entry(1, 1)] }).sends(B, acknowledge(B, 1)),
    bad: (story) =>
      story
        .has(B, inTerm(1))
        .writes(B, { entries: [entry(1, 1)] })
        .sends(B, acknowledge(B, 1)),
  },
  {
    name: "a restart without what was confirmed",
    promise: "a restart finds what the disk had confirmed",
    good: (story) => story.has(A, { entries: [entry(1, 1)] }).live(A, { ...BLANK, entries: [entry(1, 1)] }),
    bad: (story) => story.has(A, { entries: [entry(1, 1)] }).live(A, BLANK),
  },
  {
    name: "a restart with what was never written",
    promise: "a restart finds what the disk had confirmed",
    good: (story) => story.writes(A, { entries: [entry(1, 1)] }).live(A, { ...BLANK, entries: [entry(1, 1)] }),
    bad: (story) => story.writes(A, { entries: [entry(1, 1)] }).live(A, { ...BLANK, entries: [entry(1, 2)] }),
  },
  {
    name: "another answer to the same command",
    promise: "members that applied the same are in the same state",
    good: (story) => both(story).applies(A, 1, { text: "x", result: "1" }).applies(B, 1, { text: "x", result: "1" }),
    bad: (story) => both(story).applies(A, 1, { text: "x", result: "1" }).applies(B, 1, { text: "x", result: "2" }),
  },
];

/** Entry 1, on the disks of two, committed by the first. */
function committed(story: Story): Story {
  return both(story).says(A, leads(1, 1));
}

function both(story: Story): Story {
  return story.has(A, { entries: [entry(1, 1)] }).has(B, { entries: [entry(1, 1)] });
}

test.each(TELLINGS)("$name is seen", ({ promise, good, bad }) => {
  good(new Story());
  let broken: unknown = null;
  try {
    bad(new Story());
  } catch (thrown) {
    broken = thrown;
  }
  expect(broken).toBeInstanceOf(Violation);
  expect((broken as Violation).promise).toBe(promise);
});

test("a queue beyond its limit is seen, and every promise is told of in a story", () => {
  const { invariants } = new Watch({ electionTicks: 10, appendEntriesMax: 5 });
  const bounded = invariants.find(({ promise }) => promise === "queues, memory and log are bounded");
  const status = { raft: {} as RaftStatus, appliedIndex: 0, queues: [{ name: "things", length: 3, max: 2 }] };
  const view = { member: A, place: 0, ledger: new Ledger(new Watch({ electionTicks: 10, appendEntriesMax: 5 }).committed) };
  expect(() => bounded?.turnEnded?.(view, status)).toThrow("a holds 3 things; the limit is 2");
  const told = new Set([...TELLINGS.map(({ promise }) => promise), bounded?.promise]);
  expect(invariants.map(({ promise }) => promise).filter((promise) => !told.has(promise))).toEqual([]);
});
