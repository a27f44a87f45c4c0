import fc from "fast-check";
import { Random } from "../../../core/base/random.ts";

const draws = (random: Random, count = 8): number[] => Array.from({ length: count }, () => random.uint32());

test("a seed gives the same draws for ever", () => {
  expect(draws(new Random(1), 3)).toEqual([2_420_951_833, 2_513_034_076, 3_847_892_949]);
  expect(draws(new Random(1))).not.toEqual(draws(new Random(2)));
});

test("a child depends on the seed and its name, not on what was drawn before", () => {
  const fresh = new Random(7);
  const used = new Random(7);
  draws(used, 100);
  expect(draws(used.child("network"))).toEqual(draws(fresh.child("network")));
  expect(draws(fresh.child("disk"))).not.toEqual(draws(fresh.child("network")));
  expect(draws(new Random(8).child("disk"))).not.toEqual(draws(fresh.child("disk")));
});

test("whole numbers stay within their bounds and reach both", () => {
  const seen = new Set<number>();
  const random = new Random(3);
  for (let i = 0; i < 500; i++) seen.add(random.between(-1, 2));
  expect([...seen].sort((a, b) => a - b)).toEqual([-1, 0, 1, 2]);
});

test("draws are spread evenly", () => {
  const random = new Random(11);
  const buckets = new Array<number>(16).fill(0);
  for (let i = 0; i < 16_000; i++) {
    const bucket = Math.floor(random.fraction() * 16);
    buckets[bucket] = (buckets[bucket] as number) + 1;
  }
  // Six standard deviations around 1000.
  for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(200);
});

test.each([
  { probability: 0, hits: 0 },
  { probability: 1, hits: 100 },
])("a chance of $probability hits $hits times of 100", ({ probability, hits }) => {
  const random = new Random(5);
  expect(Array.from({ length: 100 }, () => random.chance(probability)).filter(Boolean)).toHaveLength(hits);
});

test("a shuffle keeps every item and leaves the original alone", () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.nat(), (items, seed) => {
      const before = [...items];
      const shuffled = new Random(seed).shuffled(items);
      expect(items).toEqual(before);
      expect([...shuffled].sort((a, b) => a - b)).toEqual([...items].sort((a, b) => a - b));
    }),
  );
});

test("a pick comes from the list, and there is none from an empty one", () => {
  const random = new Random(9);
  for (let i = 0; i < 50; i++) expect(["a", "b", "c"]).toContain(random.pick(["a", "b", "c"]));
  expect(() => random.pick([])).toThrow(RangeError);
});
