import { asIndex, asMember } from "../../../../core/base/ids.ts";
import type { MemberId } from "../../../../core/base/ids.ts";
import { compare } from "../../../../core/replica/watching/comparison.ts";
import type { Verdict } from "../../../../core/replica/watching/comparison.ts";

const members = (...names: readonly string[]): readonly MemberId[] => names.map((name) => asMember(name));

type Row = {
  readonly name: string;
  readonly voters: readonly string[];
  readonly outgoing?: readonly string[];
  /** What each has; `a` is the one who compares. */
  readonly have: Readonly<Record<string, string>>;
  readonly verdict: Verdict;
};

const ABC = ["a", "b", "c"];
const ROWS: readonly Row[] = [
  { name: "alone", voters: ["a"], have: { a: "x" }, verdict: "agrees" },
  { name: "with one of two others", voters: ABC, have: { a: "x", b: "x" }, verdict: "agrees" },
  { name: "with one, against the other", voters: ABC, have: { a: "x", b: "x", c: "y" }, verdict: "agrees" },
  { name: "against both", voters: ABC, have: { a: "x", b: "y", c: "y" }, verdict: "differs" },
  { name: "against one, while the other is silent", voters: ABC, have: { a: "x", b: "y" }, verdict: "disputed" },
  { name: "nobody has spoken", voters: ABC, have: { a: "x" }, verdict: "open" },
  { name: "three opinions", voters: ABC, have: { a: "x", b: "y", c: "z" }, verdict: "split" },
  { name: "two opinions of two", voters: ["a", "b"], have: { a: "x", b: "y" }, verdict: "split" },
  { name: "two against two", voters: ["a", "b", "c", "d"], have: { a: "x", b: "x", c: "y", d: "y" }, verdict: "split" },
  { name: "one against two of five", voters: ["a", "b", "c", "d", "e"], have: { a: "x", b: "y", c: "y" }, verdict: "disputed" },
  { name: "a learner, against the voters", voters: ["b", "c", "d"], have: { a: "x", b: "y", c: "y" }, verdict: "differs" },
  { name: "a learner, with the voters", voters: ["b", "c", "d"], have: { a: "x", b: "x", c: "x" }, verdict: "agrees" },
  { name: "a learner's own digest elects nobody", voters: ["b", "c", "d"], have: { a: "x", b: "x" }, verdict: "open" },
  { name: "joint: a majority of one side only", voters: ["a", "b"], outgoing: ["c", "d"], have: { a: "x", b: "x" }, verdict: "open" },
  { name: "joint: both sides", voters: ["a", "b"], outgoing: ["c"], have: { a: "x", b: "x", c: "x" }, verdict: "agrees" },
];

test.each(ROWS)("$name: $verdict", ({ voters, outgoing = [], have, verdict }) => {
  const membership = {
    index: asIndex(0),
    voters: members(...voters),
    outgoing: members(...outgoing),
    learners: [],
    removed: [],
    places: {},
  };
  expect(compare({ membership, self: asMember("a"), own: have["a"] ?? "", digestOf: (peer) => have[peer] })).toBe(verdict);
});
