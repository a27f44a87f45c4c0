import { asCluster, asGroup, asMember } from "../../../core/base/ids.ts";
import { foundingMembership } from "../../../core/raft/membership.ts";
import type { BirthOptions, BirthState } from "../../../core/replica/birth-state.ts";
import { DEFAULT_BIRTH_TIMING, NOTHING_KNOWN } from "../../../core/replica/birth-state.ts";
import { waitingFor } from "../../../core/replica/birth-waiting.ts";
import type { FoundingRecord, Identity } from "../../../core/replica/identity.ts";

const GROUP = asGroup("1");
const SELF = { ordinal: 0, address: "a:1" };
const PLACES = [SELF, { ordinal: 1, address: "b:1" }, { ordinal: 2, address: "c:1" }];
const OPTIONS: BirthOptions = { group: GROUP, self: SELF, places: PLACES, cluster: null, boot: 1, timing: DEFAULT_BIRTH_TIMING };
const FOUNDING: FoundingRecord = {
  cluster: asCluster("c"),
  group: GROUP,
  members: PLACES.map((place) => ({ member: asMember(`m${place.ordinal}`), place })),
};
const unborn = (ordinal: number): Identity => ({ kind: "unborn", member: asMember(`m${ordinal}`), group: GROUP, ordinal });
const born = (ordinal: number, member = `m${ordinal}`, cluster = "c"): Identity => ({
  kind: "born",
  member: asMember(member),
  group: GROUP,
  ordinal,
  founding: { ...FOUNDING, cluster: asCluster(cluster) },
});
const heard = (identity: Identity, places = 3) => ({ kind: "answer", atTick: 0, identity, places }) as const;
const state = (changes: Partial<BirthState>): BirthState => ({ ...NOTHING_KNOWN, ...changes });
const LATE = DEFAULT_BIRTH_TIMING.hintTicks;

test.each<{ name: string; state: BirthState; reasons: readonly string[] }>([
  { name: "a first identity", state: state({}), reasons: ["writing a first identity to the data directory"] },
  {
    name: "places that are silent",
    state: state({ identity: unborn(0), heard: { 1: heard(unborn(1)) } }),
    reasons: ["place 2 (c:1) does not answer"],
  },
  {
    name: "a place with another configuration",
    state: state({ identity: unborn(0), heard: { 1: heard(unborn(1)), 2: heard(unborn(2), 5) } }),
    reasons: ["place 2 (c:1) is configured with 5 places, this member with 3"],
  },
  {
    name: "a place that turns it away",
    state: state({ identity: unborn(0), heard: { 1: heard(unborn(1)), 2: { kind: "turnedAway", atTick: 0, why: "this is group 2" } } }),
    reasons: ["place 2 (c:1) turned this member away: this is group 2"],
  },
  {
    name: "two clusters",
    state: state({ identity: unborn(0), heard: { 1: heard(born(1)), 2: heard(born(2, "x", "d")) } }),
    reasons: ["the places of this group belong to different clusters: c, d"],
  },
  {
    name: "a founding to be written",
    state: state({ identity: unborn(0), heard: { 1: heard(born(1)) } }),
    reasons: ["adopting the founding record of cluster c"],
  },
  {
    name: "a leader",
    state: state({ identity: born(0), became: true, heard: { 1: heard(born(1)), 2: heard(born(2)) } }),
    reasons: ["the group has no leader"],
  },
])("says what it waits for: $name", ({ state, reasons }) => {
  expect(waitingFor(OPTIONS, state).reasons).toEqual(reasons);
});

test.each<{ name: string; state: BirthState; recovery: string | null }>([
  {
    name: "nothing yet, while the silence is short",
    state: state({ identity: born(0), became: true, ticks: 1, heard: {} }),
    recovery: null,
  },
  {
    name: "the way out, after a long silence of a majority",
    state: state({ identity: born(0), became: true, ticks: LATE }),
    recovery:
      "group 1 has no quorum: 2 of 3 voting members are lost or out of reach; when the disks of a majority are gone for good, bring it back with: flotilla group recover 1",
  },
  {
    name: "nothing, while only one is silent",
    state: state({ identity: born(0), became: true, ticks: LATE, heard: { 1: { ...heard(born(1)), atTick: LATE } } }),
    recovery: null,
  },
  {
    name: "the way out at once, when others sit at the places of a majority",
    state: state({ identity: born(0), became: true, heard: { 1: heard(born(1, "new1")), 2: heard(born(2, "new2")) } }),
    recovery:
      "group 1 has no quorum: 2 of 3 voting members are lost or out of reach; when the disks of a majority are gone for good, bring it back with: flotilla group recover 1",
  },
  {
    name: "nothing, when others sit at the place of one",
    state: state({ identity: born(0), became: true, heard: { 1: heard(born(1, "new1")), 2: heard(born(2)) } }),
    recovery: null,
  },
  {
    name: "the way out for a blank member that can't found, after a long silence",
    state: state({ identity: unborn(0), ticks: LATE }),
    recovery:
      "a group is founded only when every place is blank; if group 1 existed before, when the disks of a majority are gone for good, bring it back with: flotilla group recover 1",
  },
])("tells a person $name", ({ state, recovery }) => {
  expect(waitingFor(OPTIONS, state).recovery).toBe(recovery);
});

test("a member that changed places with newer voters goes by the newest membership", () => {
  const membership = { ...foundingMembership(FOUNDING.members), voters: [asMember("m0")], places: { m0: SELF } };
  const alone = state({ identity: born(0), became: true, ticks: LATE, standing: { membership, leader: null } });
  expect(waitingFor(OPTIONS, alone).recovery).toBeNull();
});

test("nothing, once there is a leader", () => {
  const standing = { membership: foundingMembership(FOUNDING.members), leader: asMember("m1") };
  expect(waitingFor(OPTIONS, state({ identity: born(0), became: true, standing, ticks: LATE }))).toEqual({ reasons: [], recovery: null });
});
