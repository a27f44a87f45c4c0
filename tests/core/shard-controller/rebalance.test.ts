import fc from "fast-check";
import type { GroupId } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import type { Owners } from "../../../core/shard-controller/rebalance.ts";
import { rebalance } from "../../../core/shard-controller/rebalance.ts";
import { groups, movesBetween } from "./groups.ts";

const NAMES = groups("1", "2", "10", "a", "b");

const ownersOf = (...names: readonly string[]): Owners => names.map((name) => (name === "-" ? null : (name as GroupId)));

test.each([
  { name: "nobody has anything", owners: ownersOf("-", "-", "-"), to: groups("b", "a"), expected: ownersOf("a", "a", "b") },
  { name: "nobody is left", owners: ownersOf("a", "b", "a"), to: [], expected: ownersOf("-", "-", "-") },
  {
    name: "a newcomer takes the highest of whoever has too many",
    owners: ownersOf("a", "a", "a", "a"),
    to: groups("a", "b"),
    expected: ownersOf("a", "a", "b", "b"),
  },
  {
    name: "who has one more keeps it",
    owners: ownersOf("a", "b", "b", "c", "c"),
    to: groups("a", "b", "c"),
    expected: ownersOf("a", "b", "b", "c", "c"),
  },
  {
    name: "only what belonged to who left moves",
    owners: ownersOf("a", "c", "b", "c"),
    to: groups("a", "b"),
    expected: ownersOf("a", "a", "b", "b"),
  },
  {
    name: "names go by their characters, 10 before 2",
    owners: ownersOf("-", "-", "-"),
    to: groups("2", "10"),
    expected: ownersOf("10", "10", "2"),
  },
  {
    name: "what a gone group owns stays its own, and it is given nothing",
    owners: ownersOf("a", "g", "a", "g", "a", "a", "-", "c"),
    to: groups("a", "b", "g"),
    gone: groups("g"),
    expected: ownersOf("a", "g", "a", "g", "a", "b", "b", "b"),
  },
  { name: "nobody is left but who is gone", owners: ownersOf("a", "g"), to: groups("g"), gone: groups("g"), expected: ownersOf("-", "g") },
  { name: "more groups than shards", owners: ownersOf("b", "-"), to: groups("a", "b", "c"), expected: ownersOf("b", "a") },
])("$name", ({ owners, to, gone = [], expected }) => {
  expect(rebalance(owners, to, new Set(gone))).toEqual(expected);
});

/** Every assignment that is even, tried one after the other. */
function fewestMoves(owners: Owners, to: readonly GroupId[]): number {
  let fewest = Infinity;
  const tried: GroupId[] = [];
  const go = (): void => {
    if (tried.length === owners.length) {
      if (isEven(tried, to)) fewest = Math.min(fewest, movesBetween(owners, tried));
      return;
    }
    for (const group of to) {
      tried.push(group);
      go();
      tried.pop();
    }
  };
  go();
  return fewest;
}

function isEven(owners: Owners, to: readonly GroupId[]): boolean {
  const counts = to.map((group) => owners.filter((owner) => owner === group).length);
  return Math.max(...counts) - Math.min(...counts) <= 1 && counts.reduce((sum, count) => sum + count, 0) === owners.length;
}

const anyOwners = (length: number) => fc.array(fc.option(fc.constantFrom(...NAMES), { nil: null }), { minLength: 1, maxLength: length });

test("even to within one, with exactly as few moves as a naive search finds", () => {
  const anyGroups = fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(anyOwners(7), anyGroups, (owners, to) => {
      const result = rebalance(owners, to);
      expect(isEven(result, to)).toBe(true);
      expect(movesBetween(owners, result)).toBe(fewestMoves(owners, to));
    }),
    { numRuns: 400, seed: 1 },
  );
});

test("the order in which groups are listed makes no difference", () => {
  const random = new Random(3);
  fc.assert(
    fc.property(anyOwners(256), fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1 }), (owners, to) => {
      const shuffled = [...to].sort(() => random.between(0, 2) - 1);
      const before = owners.slice();
      expect(rebalance(owners, shuffled)).toEqual(rebalance(owners, to));
      expect(owners).toEqual(before);
    }),
    { numRuns: 200, seed: 2 },
  );
});

test("what is even already stays as it is", () => {
  fc.assert(
    fc.property(anyOwners(64), fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1 }), (owners, to) => {
      const once = rebalance(owners, to);
      expect(rebalance(once, to)).toEqual(once);
    }),
    { numRuns: 200, seed: 3 },
  );
});
