import type { GroupId } from "../../../core/base/ids.ts";
import { asGroup } from "../../../core/base/ids.ts";
import type { GroupSaid } from "../../../core/shard-controller/holders.ts";
import { lastGoneOwner, possibleOwners } from "../../../core/shard-controller/possible-owners.ts";
import { FIRST_CONFIGURATION } from "../../../core/shards/configuration.ts";
import { groups } from "./groups.ts";

/** Shard 0 by the configurations from 1 on; nobody has it by the first one. */
const by = (...owners: readonly string[]) => [
  FIRST_CONFIGURATION,
  ...owners.map((owner, i) => ({ number: i + 1, shards: [asGroup(owner)], groups: {} })),
];

type Numbers = Readonly<Record<string, number>>;

function saying(numbers: Numbers, pulling: readonly string[] = []): ReadonlyMap<GroupId, GroupSaid> {
  const entries = Object.entries(numbers).map(([group, configNumber]) => {
    return [asGroup(group), { configNumber, serving: [], pulling: pulling.includes(group) ? [0] : [], frozen: [], tooOld: [] }] as const;
  });
  return new Map(entries);
}

test.each<{ why: string; owners: readonly string[]; said: Numbers; holder?: string; possible: readonly string[] }>([
  { why: "nobody says anything", owners: ["1", "2", "3"], said: {}, possible: ["3 by 3", "2 by 2", "1 by 1"] },
  { why: "one has passed it on", owners: ["1", "2", "3"], said: { "2": 3 }, possible: ["3 by 3"] },
  { why: "one has not come so far", owners: ["1", "2", "3"], said: { "2": 2 }, possible: ["3 by 3", "2 by 2", "1 by 1"] },
  { why: "one has it by a configuration", owners: ["1", "2", "3"], said: { "1": 2 }, holder: "1", possible: ["3 by 3", "2 by 2"] },
])("possible owners where $why", ({ owners, said, holder, possible }) => {
  const found = possibleOwners(by(...owners), 0, { said: saying(said), holder: holder === undefined ? null : asGroup(holder) });
  expect(found.map(({ group, number }) => `${group} by ${String(number)}`)).toEqual(possible);
});

test.each<{ why: string; said: Numbers; pulling?: readonly string[]; gone: readonly string[]; last: string | undefined }>([
  { why: "it is the latest of two", said: {}, gone: ["1", "2", "3"], last: "3" },
  { why: "those after it are still to get it", said: { "3": 3 }, pulling: ["3"], gone: ["2"], last: "2" },
  { why: "those after it have not come so far", said: { "3": 2 }, gone: ["2"], last: "2" },
  { why: "one after it should have it", said: { "3": 3 }, gone: ["2"], last: undefined },
  { why: "there is none", said: {}, gone: [], last: undefined },
])("the last gone owner where $why", ({ said: numbers, pulling, gone, last }) => {
  const said = saying(numbers, pulling);
  const owners = possibleOwners(by("1", "2", "3"), 0, { said, holder: null });
  expect(lastGoneOwner(owners, 0, { said, gone: groups(...gone) })).toBe(last);
});
