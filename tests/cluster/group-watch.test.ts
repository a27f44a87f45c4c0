import type { Look } from "./group-watch.ts";
import { fewestServing, looksWaited } from "./group-watch.ts";

/** "a1 b1": a and b serve, both as their first process. */
const look = (text: string): Look =>
  new Map([...text.matchAll(/([a-z])(\d)/g)].map(([, pod, start]) => [pod ?? "", Number(start)] as const));
const looks = (...texts: readonly string[]): readonly Look[] => texts.map(look);
const TWO = { two: ["a", "b"], before: look("a1 b1 c1") };

test.each([
  { name: "the second waits", seen: looks("a1 b1 c1", "b1 c1", "b1 c1", "a2 b1 c1", "a2 c1", "a2 b2 c1"), fewest: 2, waited: 2 },
  { name: "both go at once", seen: looks("a1 b1 c1", "c1", "c1", "a2 c1", "a2 b2 c1"), fewest: 1, waited: 0 },
  { name: "the second goes before the first is back", seen: looks("a1 b1 c1", "b1 c1", "c1", "c1", "a2 b2 c1"), fewest: 1, waited: 1 },
  { name: "one came after it was asked, and the other one had gone", seen: looks("b1 c1", "c1", "a2 c1"), fewest: 2, waited: 1 },
  { name: "nobody is asked in time", seen: looks("a1 b1 c1", "", "a1 b1 c1"), fewest: 3, waited: 0 },
  { name: "who is back does not wait", seen: looks("a2 c1", "a2 c1"), fewest: 2, waited: 0 },
])("$name: $fewest served, and in $waited looks one waited", ({ seen, fewest, waited }) => {
  expect(fewestServing(seen)).toBe(fewest);
  expect(looksWaited(seen, TWO)).toBe(waited);
});
