import type { GroupId } from "../../../core/base/ids.ts";
import { asGroup } from "../../../core/base/ids.ts";
import type { GroupSaid, Holders } from "../../../core/shard-controller/holders.ts";
import { holdersIn } from "../../../core/shard-controller/holders.ts";
import type { Configuration } from "../../../core/shards/configuration.ts";
import { FIRST_CONFIGURATION } from "../../../core/shards/configuration.ts";
import { members } from "./groups.ts";

/** Owners of the first shards; all others are the first group's. */
function at(number: number, owners: readonly string[], names = ["1", "2", "3"]): Configuration {
  const shards = FIRST_CONFIGURATION.shards.map((_, shard) => asGroup(owners[shard] ?? "1"));
  return { number, shards, groups: Object.fromEntries(names.map((name) => [name, members(name).members])) };
}

const REST = FIRST_CONFIGURATION.shards.map((_, shard) => shard).slice(3);
const ALL = [0, 1, 2, ...REST];

/** Shard 0 is to go to group 2, and shard 1 to group 3. */
const KNOWN = [FIRST_CONFIGURATION, at(1, []), at(2, ["2", "3"])];

function says(configNumber: number, serving: readonly number[], more: Partial<GroupSaid> = {}): GroupSaid {
  return { configNumber, serving, pulling: [], frozen: [], tooOld: [], ...more };
}

type Said = Readonly<Record<string, GroupSaid>>;
type Options = { readonly known?: readonly Configuration[]; readonly gone?: readonly string[]; readonly evenFrozen?: boolean };

function holders(said: Said, { known = KNOWN, gone = ["2"], evenFrozen = false }: Options = {}): Holders {
  const entries = Object.entries(said).map(([group, each]) => [asGroup(group), each] as const);
  return holdersIn(known, new Map<GroupId, GroupSaid>(entries), { groups: gone.map(asGroup), evenFrozen });
}

const first = (found: Holders): unknown => (found.kind === "known" ? found.holders.slice(0, 3) : found.message);

test("each shard is whose leader says that he has it", () => {
  const found = holders({ "1": says(2, [0, 2, ...REST]), "3": says(2, [1]) });
  expect(first(found)).toEqual(["1", "3", "1"]);
  expect(found).toMatchObject({ gone: ["2"] });
});

test("what the gone group alone has stays its own, whoever was to get it from there", () => {
  expect(first(holders({ "1": says(2, [2, ...REST]), "3": says(2, [1]) }))).toEqual(["2", "3", "1"]);
  const known = [...KNOWN, at(3, ["3", "3"])];
  expect(first(holders({ "1": says(3, [2, ...REST]), "3": says(3, [1], { pulling: [0] }) }, { known }))).toEqual(["2", "3", "1"]);
  // It has not come so far.
  expect(first(holders({ "1": says(3, [2, ...REST]), "3": says(2, [1]) }, { known }))).toEqual(["2", "3", "1"]);
});

test("a group that answers is not gone, and keeps what it has", () => {
  // Group 1 has not come to the move that it is to take back.
  const found = holders({ "1": says(1, [1, 2, ...REST]), "2": says(2, [0]), "3": says(2, [], { pulling: [1] }) });
  expect(first(found)).toEqual(["2", "1", "1"]);
  expect(found).toMatchObject({ gone: [] });
});

test.each([false, true])("where nothing moves, and nobody who was named is gone, nothing is made (evenFrozen: %s)", (evenFrozen) => {
  const said = { "1": says(2, [2, ...REST]), "2": says(2, [0]), "3": says(2, [1]), "4": says(1, []) };
  const why = (...gone: readonly string[]): unknown => first(holders(said, { gone, evenFrozen }));
  expect(why("2")).toBe("group 2 answers: it is not gone");
  expect(why("2", "3")).toBe("groups 2 and 3 answer: they are not gone");
  expect(holders(said, { gone: ["2", "5"], evenFrozen })).toMatchObject({ kind: "known", gone: ["5"] });
});

test.each<{ name: string; said: Said; known?: readonly Configuration[]; says: string }>([
  { name: "a group does not answer", said: { "1": says(2, [0, 1, 2, ...REST]) }, says: "group 3: no leader answers" },
  { name: "two have a shard", said: { "1": says(2, ALL), "3": says(2, [1]) }, says: "groups 1 and 3 both have shard 1" },
  {
    name: "a move of two that live is under way",
    said: { "1": says(2, ALL), "3": says(2, [], { pulling: [1] }) },
    says: "shard 1 is on its way from group 1",
  },
  { name: "nobody has a shard that was not the gone group's", said: { "1": says(2, [0, 2, ...REST]), "3": says(2, []) }, says: "shard 1" },
  {
    name: "a shard is to come from nobody",
    said: { "1": says(0, []), "3": says(0, []) },
    known: [FIRST_CONFIGURATION, at(1, [])],
    says: "shard 0",
  },
  { name: "a group is ahead", said: { "1": says(3, [0, 2, ...REST]), "3": says(2, [1]) }, says: "which the controllers don't know" },
  {
    name: "a member is too old where something moves",
    said: { "1": says(2, [0, 2, ...REST], { tooOld: ["m7"] }), "3": says(2, [1]) },
    says: "group 1 can't take a move back: a version that knows how is not known to run at m7",
  },
])("nothing is made where $name", ({ said, known = KNOWN, says: words }) => {
  expect(holders(said, { known })).toMatchObject({ kind: "uncertain", message: expect.stringContaining(words) as string });
});

test("a member that is too old where nothing moves is in nobody's way", () => {
  expect(holders({ "1": says(2, [0, 2, ...REST]), "3": says(2, [1], { tooOld: ["m7"] }) }).kind).toBe("known");
});

test("F51: what stands still may have been served by the gone group: that is for an administrator to say", () => {
  const said = { "1": says(2, [2, ...REST], { frozen: [0] }), "3": says(2, [1]) };
  expect(holders(said)).toMatchObject({ kind: "uncertain", message: expect.stringContaining("evenFrozen") as string });
  expect(first(holders(said, { evenFrozen: true }))).toEqual(["1", "3", "1"]);
});

test("F51: a copy that stands still is older than one that is served by a later configuration, and is nobody's", () => {
  const known = [...KNOWN, at(3, ["2", "3"])];
  const said = { "1": says(2, [2, ...REST], { frozen: [0, 1] }), "3": says(3, [1]) };
  expect(first(holders(said, { known, evenFrozen: true }))).toEqual(["1", "3", "1"]);
});

test.each([1, 2])("F51: what is served by configuration %i is not later than what stands still by 2, and may be an old copy", (served) => {
  const said = { "1": says(2, [2, ...REST], { frozen: [0, 1] }), "3": says(served, [1]) };
  expect(holders(said, { evenFrozen: true })).toMatchObject({
    kind: "uncertain",
    message: "groups 3 and 1 both have shard 1: ask again when that has ended",
  });
});

describe("F51: a group that has left", () => {
  const FOUR = ["1", "2", "3", "4"];
  /** Group 4 was to give shard 0 to group 2 when it left. */
  const known = [FIRST_CONFIGURATION, at(1, ["4"], FOUR), at(2, ["2"])];
  const others = { "1": says(2, [1, 2, ...REST]), "3": says(2, []) };

  test("may have what it was to give to the gone one, and is not passed over where it says nothing", () => {
    expect(holders(others, { known })).toMatchObject({
      kind: "uncertain",
      message: expect.stringContaining("not said by group 4: no leader answers") as string,
    });
    expect(first(holders({ ...others, "4": says(1, [0]) }, { known }))).toEqual(["4", "1", "1"]);
  });

  test("has what it gave away no more, once it says so, or is gone as well", () => {
    expect(first(holders({ ...others, "4": says(2, []) }, { known }))).toEqual(["2", "1", "1"]);
    expect(first(holders(others, { known, gone: ["4", "2"] }))).toEqual(["2", "1", "1"]);
  });

  test("may not have come so far: then the one before it is asked", () => {
    const later = [FIRST_CONFIGURATION, at(1, ["5"], [...FOUR, "5"]), at(2, ["4"], FOUR), at(3, ["2"])];
    const said = { "1": says(3, [1, 2, ...REST]), "3": says(3, []), "4": says(2, [], { pulling: [0] }) };
    expect(holders(said, { known: later })).toMatchObject({ message: expect.stringContaining("group 5: no leader answers") as string });
    expect(first(holders({ ...said, "5": says(1, [0]) }, { known: later }))).toEqual(["5", "1", "1"]);
  });

  test("may have got from the gone one what stands still for that, and all of them are named at once", () => {
    const later = [FIRST_CONFIGURATION, at(1, [], FOUR), at(2, ["2"], FOUR), at(3, ["4", "5"], [...FOUR, "5"]), at(4, ["3"])];
    const said = { "1": says(2, [1, 2, ...REST], { frozen: [0] }), "3": says(4, [], { pulling: [0] }) };
    expect(holders(said, { known: later, evenFrozen: true })).toMatchObject({
      kind: "uncertain",
      message: expect.stringContaining("group 4, group 5: no leader answers") as string,
    });
  });

  test("has had nothing that another has come by later, and need not be asked", () => {
    const later = [...known, at(3, [])];
    const said = { "1": says(3, [0, 1, 2, ...REST]), "3": says(3, []) };
    expect(first(holders(said, { known: later }))).toEqual(["1", "1", "1"]);
  });
});
