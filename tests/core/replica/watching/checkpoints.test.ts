import { asIndex, asMember } from "../../../../core/base/ids.ts";
import { foundingMembership } from "../../../../core/raft/membership.ts";
import { Checkpoints, DIGESTS_MAX, isCheckpoint } from "../../../../core/replica/watching/checkpoints.ts";

const [a, b, c] = [asMember("a"), asMember("b"), asMember("c")];
const membership = foundingMembership([a, b, c].map((member, ordinal) => ({ member, place: { ordinal, address: member } })));
const at = (index: number, digest: string): { index: ReturnType<typeof asIndex>; digest: string } => ({ index: asIndex(index), digest });

test.each([
  [0, 0, false],
  [1_000, 1_999, false],
  [1_999, 2_000, true],
  [1_000, 9_000, true],
])("from log time %i to %i: %s", (before, after, expected) => {
  expect(isCheckpoint(before, after)).toBe(expected);
});

test("each index is judged until a majority has agreed, and never again", () => {
  const subject = new Checkpoints();
  subject.record(asIndex(5), "x");
  subject.record(asIndex(9), "y");
  expect(subject.judge(membership, a)).toEqual([
    { index: 5, verdict: "open" },
    { index: 9, verdict: "open" },
  ]);
  subject.report(b, [at(5, "x")]);
  expect(subject.judge(membership, a)).toEqual([
    { index: 5, verdict: "agrees" },
    { index: 9, verdict: "open" },
  ]);
  expect(subject.judge(membership, a)).toEqual([{ index: 9, verdict: "open" }]);
});

test("where a majority differs, nothing behind it counts as agreed", () => {
  const subject = new Checkpoints();
  subject.record(asIndex(5), "x");
  subject.record(asIndex(9), "y");
  for (const peer of [b, c]) subject.report(peer, [at(5, "other"), at(9, "y")]);
  const judged = [
    { index: 5, verdict: "differs" },
    { index: 9, verdict: "agrees" },
  ];
  expect(subject.judge(membership, a)).toEqual(judged);
  expect(subject.judge(membership, a)).toEqual(judged);
});

test("what a peer says replaces what it said before, and goes with it", () => {
  const subject = new Checkpoints();
  subject.record(asIndex(5), "x");
  subject.report(b, [at(5, "other")]);
  expect(subject.judge(membership, a)).toEqual([{ index: 5, verdict: "disputed" }]);
  subject.report(b, [at(6, "x")]);
  expect(subject.judge(membership, a)).toEqual([{ index: 5, verdict: "open" }]);
  subject.report(b, [at(5, "other")]);
  subject.keepReportsOf([c]);
  expect(subject.judge(membership, a)).toEqual([{ index: 5, verdict: "open" }]);
});

test("another state has nothing to do with the old one", () => {
  const subject = new Checkpoints();
  subject.record(asIndex(5), "x");
  subject.report(b, [at(5, "x")]);
  subject.judge(membership, a);
  subject.forget();
  expect(subject.newest).toEqual([]);
  subject.record(asIndex(3), "x");
  expect(subject.judge(membership, a)).toEqual([{ index: 3, verdict: "open" }]);
});

test("where nothing was applied, and the state is another one, it is judged anew", () => {
  const subject = new Checkpoints();
  subject.record(asIndex(5), "x");
  for (const peer of [b, c]) subject.report(peer, [at(5, "x")]);
  subject.judge(membership, a);
  subject.record(asIndex(5), "x");
  expect(subject.judge(membership, a)).toEqual([]);
  subject.record(asIndex(5), "y");
  expect(subject.judge(membership, a)).toEqual([{ index: 5, verdict: "differs" }]);
});

test("only the newest are kept and told", () => {
  const subject = new Checkpoints();
  for (let index = 1; index <= 200; index++) subject.record(asIndex(index), "x");
  expect(subject.newest).toHaveLength(DIGESTS_MAX);
  expect(subject.newest.at(-1)).toEqual({ index: 200, digest: "x" });
  expect(subject.judge(membership, a)).toHaveLength(64);
});
