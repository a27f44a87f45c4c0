import { askPlaces, describeFound, placesOf, whyGroupLives } from "../../../client/cli/living-members.ts";
import type { PlaceFound, Search } from "../../../client/cli/living-members.ts";
import { asCluster, asGroup, asMember } from "../../../core/base/ids.ts";
import { refused, unknown } from "../../../core/base/outcome.ts";
import { foundingMembership } from "../../../core/raft/membership.ts";
import type { MemberStanding } from "../../../runtime/peers/member-standing.ts";

const PLACES = [0, 1, 2, 3, 4].map((ordinal) => ({ ordinal, address: `10.0.0.${ordinal}:7401` }));
const memberAt = (ordinal: number) => asMember(`m${ordinal}`);

function searchOf(size: number): Search {
  const members = PLACES.slice(0, size).map((place) => ({ member: memberAt(place.ordinal), place }));
  return {
    founding: { cluster: asCluster("c"), group: asGroup("1"), members },
    membership: foundingMembership(members),
    survivor: memberAt(0),
  };
}

const standing = (ordinal: number, changes: Partial<MemberStanding> = {}): MemberStanding => ({
  cluster: "c",
  group: "1",
  member: memberAt(ordinal),
  term: 7,
  lastIndex: 90,
  leader: null,
  serves: false,
  leaves: false,
  ...changes,
});
const at = (ordinal: number, found: PlaceFound["standing"]): PlaceFound => {
  const place = PLACES[ordinal];
  if (place === undefined) throw new RangeError("no such place");
  return { place, standing: found };
};

test("every place but the survivor's is asked", () => {
  expect(placesOf(searchOf(3))).toEqual(PLACES.slice(1, 3));
});

test.each<{ name: string; size: number; found: readonly PlaceFound[]; expected: RegExp | null }>([
  { name: "nobody answers", size: 3, found: [at(1, "silent"), at(2, "silent")], expected: null },
  {
    name: "one voter of three answers, and is a majority with the survivor",
    size: 3,
    found: [at(1, standing(1)), at(2, "silent")],
    expected: /a majority of the group lives: m0 .*; place 1 .*: m1, term 7, last entry 90/,
  },
  { name: "one of five is none", size: 5, found: [at(1, standing(1)), at(2, "silent"), at(3, "silent"), at(4, "silent")], expected: null },
  {
    name: "newcomers at all places hold nothing",
    size: 3,
    found: [at(1, standing(1, { member: "new" })), at(2, standing(2, { member: "new-too" }))],
    expected: null,
  },
  {
    name: "somebody follows a leader, under whatever id",
    size: 3,
    found: [at(1, standing(1, { member: "new", leader: "m9" })), at(2, "silent")],
    expected: /^the group has a leader: place 1 .*led by m9$/,
  },
  { name: "blank places", size: 3, found: [at(1, standing(1, { cluster: null, member: null })), at(2, "silent")], expected: null },
  {
    name: "members of another cluster",
    size: 3,
    found: [at(1, standing(1, { cluster: "d", leader: "x" })), at(2, standing(2, { cluster: "d" }))],
    expected: null,
  },
  { name: "older programs, who may be the voters", size: 3, found: [at(1, "untold"), at(2, "silent")], expected: /does not say who it is/ },
])("$name", ({ size, found, expected }) => {
  const why = whyGroupLives(searchOf(size), found);
  if (expected === null) expect(why).toBeNull();
  else expect(why).toMatch(expected);
});

test("while voters change, both majorities are needed", () => {
  const search = searchOf(3);
  const membership = {
    ...search.membership,
    outgoing: [memberAt(0), memberAt(3), memberAt(4)],
    places: Object.fromEntries(PLACES.map((place) => [`m${place.ordinal}`, place])),
  };
  expect(whyGroupLives({ ...search, membership }, [at(1, standing(1))])).toBeNull();
  expect(whyGroupLives({ ...search, membership }, [at(1, standing(1)), at(3, standing(3))])).toMatch(/a majority/);
});

test("what is heard of a place", async () => {
  const [one, two, three, four] = PLACES.slice(1) as [(typeof PLACES)[0], (typeof PLACES)[0], (typeof PLACES)[0], (typeof PLACES)[0]];
  const ask: Parameters<typeof askPlaces>[0]["ask"] = ({ address }) => {
    if (address === one.address) return Promise.resolve({ kind: "done", value: standing(1) });
    if (address === two.address) return Promise.resolve(unknown("deadline"));
    if (address === three.address) return Promise.resolve(refused("notFound", "nobody answers this question"));
    return Promise.resolve(refused("notFound", "no name server knows x"));
  };
  const found = await askPlaces({ ask }, [one, two, three, four]);
  expect(found.map((each) => each.standing)).toEqual([standing(1), "silent", "untold", "silent"]);
  expect(found.map(describeFound)[1]).toBe("place 2 (10.0.0.2:7401) does not answer");
});
