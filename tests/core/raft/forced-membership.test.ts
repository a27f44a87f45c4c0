import { asIndex, asMember, asTerm } from "../../../core/base/ids.ts";
import { EMPTY_BYTES } from "../../../core/base/bytes.ts";
import { Random } from "../../../core/base/random.ts";
import type { EntryKind } from "../../../core/raft/entry.ts";
import { createEntry, LOG_ORIGIN } from "../../../core/raft/entry.ts";
import { forceMembership } from "../../../core/raft/forced-membership.ts";
import type { RecoveredGroup } from "../../../core/raft/inputs.ts";
import { DEFAULT_LIMITS, DEFAULT_TIMING } from "../../../core/raft/inputs.ts";
import { encodeMembership, foundingMembership } from "../../../core/raft/membership.ts";
import { Raft } from "../../../core/raft/raft.ts";

const [A, B, C, D] = ["a", "b", "c", "d"].map(asMember) as [ReturnType<typeof asMember>, ...ReturnType<typeof asMember>[]];
const place = (ordinal: number) => ({ ordinal, address: `10.0.0.${ordinal}:7401` });
const FOUNDING = foundingMembership([A, B as typeof A, C as typeof A].map((member, ordinal) => ({ member, place: place(ordinal) })));

function entry(index: number, term: number, { kind = "command", body = EMPTY_BYTES }: { kind?: EntryKind; body?: Uint8Array } = {}) {
  return createEntry({ index: asIndex(index), term: asTerm(term), serviceIndex: LOG_ORIGIN.serviceIndex, kind, version: 0, body });
}

const RECOVERED: RecoveredGroup = {
  hardState: { term: asTerm(4), vote: B as typeof A },
  base: LOG_ORIGIN,
  entries: [entry(1, 2, { kind: "termStart" }), entry(2, 2), entry(3, 4)],
  snapshot: null,
  membership: FOUNDING,
};

test("the survivor is the only voter, in a term that nobody led, and the others are gone for good", () => {
  const { before, after, hardState, entry: forced } = forceMembership(RECOVERED, A);
  expect(before.voters).toEqual([A, B, C]);
  expect(after).toMatchObject({ voters: [A], outgoing: [], learners: [], removed: [B, C], places: { a: place(0) }, index: 4 });
  expect(hardState).toEqual({ term: 5, vote: A });
  expect(forced).toMatchObject({ index: 4, term: 5, kind: "membership" });
});

test("what the log says of the membership counts, not how the group began", () => {
  const later = {
    ...FOUNDING,
    voters: [A, C as typeof A, D as typeof A],
    removed: [B as typeof A],
    places: { a: place(0), c: place(2), d: place(1) },
  };
  const entries = [...RECOVERED.entries, entry(4, 4, { kind: "membership", body: encodeMembership(later) })];
  expect(forceMembership({ ...RECOVERED, entries }, A).after).toMatchObject({ voters: [A], removed: [B, C, D] });
});

test("learners are gone as well: one that has applied what is lost could never follow this log", () => {
  const learning = { ...FOUNDING, learners: [D as typeof A], places: { ...FOUNDING.places, d: place(3) } };
  expect(forceMembership({ ...RECOVERED, membership: learning }, A).after).toMatchObject({ voters: [A], learners: [], removed: [B, C, D] });
});

test("a group without entries behind its snapshot goes on behind the snapshot", () => {
  const base = { index: asIndex(9), term: asTerm(3), serviceIndex: LOG_ORIGIN.serviceIndex };
  expect(forceMembership({ ...RECOVERED, base, entries: [] }, A).entry).toMatchObject({ index: 10, term: 5 });
});

test("started on it, the survivor leads alone and commits its whole log", () => {
  const { hardState, entry: forced } = forceMembership(RECOVERED, A);
  const options = { self: A, random: new Random(1), timing: DEFAULT_TIMING, limits: DEFAULT_LIMITS };
  const raft = new Raft(options, { ...RECOVERED, hardState, entries: [...RECOVERED.entries, forced] });
  for (let tick = 0; tick < 4 * DEFAULT_TIMING.electionTicks; tick++) {
    raft.tick();
    while (raft.hasReady()) {
      const { persist } = raft.takeReady();
      if (persist !== null) raft.persisted(persist.batch);
    }
  }
  expect(raft.status()).toMatchObject({ role: "leader", commitIndex: 5, membership: { voters: [A] } });
});
