import { distanceOf, nearest } from "../../../../client/cli/grammar/near-words.ts";

test.each([
  { a: "status", b: "status", distance: 0 },
  { a: "stauts", b: "status", distance: 1 },
  { a: "statu", b: "status", distance: 1 },
  { a: "", b: "abc", distance: 3 },
  { a: "kitten", b: "sitting", distance: 3 },
])("from $a to $b it takes $distance", ({ a, b, distance }) => {
  expect(distanceOf(a, b)).toBe(distance);
  expect(distanceOf(b, a)).toBe(distance);
});

test("a word that is near, or that begins so, is meant; anything else is not guessed", () => {
  expect(nearest("stauts", ["up", "status"])).toBe("status");
  expect(nearest("inc", ["append", "increment"])).toBe("increment");
  expect(nearest("xyzzy", ["up", "status"])).toBeNull();
});
