import { asCluster, asGroup, asMember } from "../../../core/base/ids.ts";
import { foundingMembership } from "../../../core/raft/membership.ts";
import type { BirthOptions, BirthState, Heard } from "../../../core/replica/birth-state.ts";
import {
  asksToJoin,
  DEFAULT_BIRTH_TIMING,
  isSettled,
  mayBecome,
  mustJoin,
  nextIdentity,
  NOTHING_KNOWN,
} from "../../../core/replica/birth-state.ts";
import type { FoundingRecord, Identity } from "../../../core/replica/identity.ts";

const GROUP = asGroup("1");
const PLACES = [0, 1, 2].map((ordinal) => ({ ordinal, address: `10.0.0.${ordinal}:7401` }));
const FOUNDING: FoundingRecord = {
  cluster: asCluster("c"),
  group: GROUP,
  members: PLACES.map((place) => ({ member: asMember(`m${place.ordinal}`), place })),
};

const optionsAt = (ordinal: number): BirthOptions => {
  const self = PLACES[ordinal];
  if (self === undefined) throw new RangeError("no such place");
  return { group: GROUP, self, places: PLACES, cluster: null, boot: 1, timing: DEFAULT_BIRTH_TIMING };
};
const unborn = (ordinal: number): Identity => ({ kind: "unborn", member: asMember(`m${ordinal}`), group: GROUP, ordinal });
const adopted = (ordinal: number, member = `m${ordinal}`): Identity => ({
  ...unborn(ordinal),
  member: asMember(member),
  kind: "adopted",
  founding: FOUNDING,
});
const born = (ordinal: number): Identity => ({ ...unborn(ordinal), kind: "born", founding: FOUNDING });
const heard = (identity: Identity, changes: Partial<Heard & { kind: "answer" }> = {}): Heard => ({
  kind: "answer",
  atTick: 0,
  identity,
  places: 3,
  ...changes,
});
const knowing = (identity: Identity, others: Readonly<Record<number, Heard>>, changes: Partial<BirthState> = {}): BirthState => ({
  ...NOTHING_KNOWN,
  fresh: { member: asMember("fresh"), cluster: asCluster("new") },
  identity,
  heard: others,
  ...changes,
});

test.each<{ name: string; at: number; state: BirthState; expected: string | null }>([
  {
    name: "all are blank: the first place founds",
    at: 0,
    state: knowing(unborn(0), { 1: heard(unborn(1)), 2: heard(unborn(2)) }),
    expected: "adopted new",
  },
  {
    name: "all are blank: another place waits",
    at: 1,
    state: knowing(unborn(1), { 0: heard(unborn(0)), 2: heard(unborn(2)) }),
    expected: null,
  },
  { name: "one has not answered", at: 0, state: knowing(unborn(0), { 1: heard(unborn(1)) }), expected: null },
  {
    name: "one answered long ago",
    at: 0,
    state: knowing(unborn(0), { 1: heard(unborn(1)), 2: heard(unborn(2)) }, { ticks: 1_000 }),
    expected: null,
  },
  {
    name: "one is configured for another number of places",
    at: 0,
    state: knowing(unborn(0), { 1: heard(unborn(1)), 2: heard(unborn(2), { places: 5 }) }),
    expected: null,
  },
  {
    name: "one knows a founding: it is adopted, whoever it names",
    at: 0,
    state: knowing(unborn(0), { 1: heard(unborn(1)), 2: heard(born(2)) }),
    expected: "adopted c",
  },
  { name: "a write is under way", at: 1, state: knowing(unborn(1), { 0: heard(adopted(0)) }, { saving: adopted(1) }), expected: null },
  {
    name: "all places hold the record",
    at: 1,
    state: knowing(adopted(1), { 0: heard(adopted(0)), 2: heard(adopted(2)) }),
    expected: "born c",
  },
  {
    name: "a newcomer holds it too",
    at: 1,
    state: knowing(adopted(1), { 0: heard(adopted(0)), 2: heard(adopted(2, "new")) }),
    expected: "born c",
  },
  {
    name: "a place is without the record",
    at: 1,
    state: knowing(adopted(1), { 0: heard(adopted(0)), 2: heard(unborn(2)) }),
    expected: null,
  },
  { name: "somebody knows that all hold it", at: 1, state: knowing(adopted(1), { 0: heard(born(0)) }), expected: "born c" },
  { name: "a newcomer is never born", at: 1, state: knowing(adopted(1, "new"), { 0: heard(born(0)), 2: heard(born(2)) }), expected: null },
])("$name", ({ at, state, expected }) => {
  const next = nextIdentity(optionsAt(at), state);
  expect(next === null ? null : `${next.kind} ${next.kind === "unborn" ? "" : next.founding.cluster}`).toBe(expected);
});

test("the first step is an id of one's own", () => {
  expect(nextIdentity(optionsAt(2), { ...knowing(unborn(2), {}), identity: null })).toEqual({ ...unborn(2), member: "fresh" });
});

test("who may run a replica: who was born, and newcomers, who count for nothing", () => {
  expect([unborn(0), adopted(0), adopted(0, "new"), born(0)].map(mayBecome)).toEqual([false, false, true, true]);
});

test("a newcomer asks to join until the group knows it; then it is settled once there is a leader", () => {
  const membership = foundingMembership(FOUNDING.members);
  const known = { ...membership, learners: [asMember("new")] };
  const state = (standing: BirthState["standing"]): BirthState => knowing(adopted(1, "new"), {}, { became: true, standing });
  expect(mustJoin(state(null))).toBe(true);
  expect(mustJoin(state({ membership, leader: asMember("m0") }))).toBe(true);
  expect(mustJoin(state({ membership: known, leader: null }))).toBe(false);
  expect(isSettled(state({ membership: known, leader: null }))).toBe(false);
  expect(isSettled(state({ membership: known, leader: asMember("m0") }))).toBe(true);
  expect(mustJoin(knowing(born(1), {}, { became: true }))).toBe(false);
});

test("who is no voter asks again while it has no leader, because nobody tells it that it was removed; a voter stands for election", () => {
  const founding = foundingMembership(FOUNDING.members);
  const learner = { ...founding, learners: [asMember("new")] };
  const voter = { ...founding, voters: [...founding.voters, asMember("new")] };
  const asks = (standing: BirthState["standing"]): boolean =>
    asksToJoin(optionsAt(1), knowing(adopted(1, "new"), {}, { became: true, standing }));
  expect(asks({ membership: founding, leader: asMember("m0") })).toBe(true);
  expect(asks({ membership: learner, leader: asMember("m0") })).toBe(false);
  expect(asks({ membership: learner, leader: null })).toBe(true);
  expect(asks({ membership: voter, leader: null })).toBe(false);
  const withoutFounder = { ...founding, voters: founding.voters.slice(1) };
  const founderAsks = (membership: typeof founding): boolean =>
    asksToJoin(optionsAt(0), knowing(born(0), {}, { became: true, standing: { membership, leader: null } }));
  expect([founding, withoutFounder].map(founderAsks)).toEqual([false, true]);
});
