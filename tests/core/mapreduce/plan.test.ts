import { countSplits, planSplits } from "../../../core/mapreduce/plan.ts";
import { Random } from "../../../core/base/random.ts";
import { inputFile } from "../coordinator/a-coordinator.ts";

const lengths = (length: number, splitBytes: number, splittable = true): readonly number[] =>
  planSplits([inputFile(0, { length, splittable })], splitBytes).map((split) => split.length);

test.each([
  { name: "an empty file is one split", length: 0, expected: [0] },
  { name: "a small file is one split", length: 99, expected: [99] },
  { name: "a rest of a tenth goes with the last piece", length: 310, expected: [100, 100, 110] },
  { name: "a larger rest is a piece of its own", length: 311, expected: [100, 100, 100, 11] },
])("$name", ({ length, expected }) => {
  expect(lengths(length, 100)).toEqual(expected);
});

test("a file that can't be entered in the middle is one split, however large", () => {
  expect(lengths(10_000, 100, false)).toEqual([10_000]);
});

test("splits cover each file without a gap, and are as many as was counted", () => {
  const random = new Random(7);
  for (let i = 0; i < 300; i++) {
    const files = [inputFile(0, { length: random.between(0, 5_000) }), inputFile(1, { length: random.between(0, 500) })];
    const splitBytes = random.between(1, 400);
    const splits = planSplits(files, splitBytes);
    expect(countSplits(files, splitBytes)).toBe(splits.length);
    for (const { url, length } of files) {
      let end = 0;
      for (const split of splits.filter((each) => each.url === url)) {
        expect(split.offset).toBe(end);
        end += split.length;
      }
      expect(end).toBe(length);
    }
  }
});
