import { asIndex, asMember } from "../../../core/base/ids.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import {
  begin,
  decodeMembership,
  encodeMembership,
  everyone,
  finish,
  foundingMembership,
  relocated,
  REMOVED_IDS_MAX,
} from "../../../core/raft/membership.ts";
import type { Membership, MembershipChange } from "../../../core/raft/membership.ts";

const place = (ordinal: number) => ({ ordinal, address: `address-${String(ordinal)}` });
const [a, b, c, d] = ["a", "b", "c", "d"].map(asMember) as [
  ReturnType<typeof asMember>,
  ReturnType<typeof asMember>,
  ReturnType<typeof asMember>,
  ReturnType<typeof asMember>,
];
const three = foundingMembership([a, b, c].map((member, ordinal) => ({ member, place: place(ordinal) })));

function after(membership: Membership, ...changes: readonly MembershipChange[]): Membership {
  return changes.reduce((current, change) => {
    const next = begin(current, change);
    if (typeof next === "string") throw new Error(next);
    return next.outgoing.length > 0 ? finish(next) : next;
  }, membership);
}

test("places are where they are said to be, and who is not said to be anywhere stays", () => {
  const moved = relocated(three, [{ ordinal: 1, address: "elsewhere" }, place(0), place(7)]);
  expect(moved).toEqual({ ...three, places: { a: place(0), b: { ordinal: 1, address: "elsewhere" }, c: place(2) } });
});

test("a newcomer learns first, and replaces the voter of its place in one joint step", () => {
  const learning = after(three, { kind: "addLearner", member: d, place: place(2) });
  expect(learning).toMatchObject({ voters: [a, b, c], learners: [d], removed: [] });
  const joint = begin(learning, { kind: "promote", member: d });
  expect(joint).toMatchObject({ voters: [a, b, d], outgoing: [a, b, c], learners: [] });
  expect(finish(joint as Membership)).toMatchObject({ voters: [a, b, d], outgoing: [], removed: [c], places: { d: place(2) } });
});

test("a newcomer at a free place adds a voter", () => {
  const four = after(three, { kind: "addLearner", member: d, place: place(3) }, { kind: "promote", member: d });
  expect(four).toMatchObject({ voters: [a, b, c, d], removed: [] });
});

test("a second newcomer of a place takes the place of the first one, which is gone for good", () => {
  const twice = after(
    three,
    { kind: "addLearner", member: d, place: place(2) },
    { kind: "addLearner", member: asMember("e"), place: place(2) },
  );
  expect(twice).toMatchObject({ learners: ["e"], removed: [d] });
  expect(twice.places).not.toHaveProperty("d");
});

test("a place that is closed takes nobody in, lets its member go, and can be opened", () => {
  const four = after(three, { kind: "addLearner", member: d, place: place(3) }, { kind: "promote", member: d });
  const closed = after(four, { kind: "closePlaces", from: 3 }, { kind: "removeMember", member: d });
  expect(closed).toMatchObject({ voters: [a, b, c], removed: [d], closedFrom: 3 });
  const e = { kind: "addLearner", member: asMember("e"), place: place(3) } as const;
  expect(begin(closed, e)).toBe("placeClosed");
  expect(begin(closed, { ...e, place: place(2) })).toMatchObject({ learners: ["e"] });
  expect(after(closed, { kind: "closePlaces", from: null }, e)).toMatchObject({ learners: ["e"] });
  expect(begin(after(three, e, { kind: "closePlaces", from: 3 }), { kind: "promote", member: asMember("e") })).toBe("placeClosed");
  expect(decodeMembership(encodeMembership(closed), asIndex(7))).toEqual({ ...closed, index: 7 });
});

test.each([
  { name: "a member twice", change: { kind: "addLearner", member: a, place: place(0) }, refusal: "alreadyMember" },
  { name: "a removed id", change: { kind: "addLearner", member: asMember("gone"), place: place(5) }, refusal: "removedBefore" },
  { name: "promoting nobody", change: { kind: "promote", member: d }, refusal: "notLearner" },
  { name: "promoting a voter", change: { kind: "promote", member: a }, refusal: "notLearner" },
  { name: "removing nobody", change: { kind: "removeMember", member: d }, refusal: "notMember" },
] as const)("refused: $name", ({ change, refusal }) => {
  expect(begin({ ...three, removed: [asMember("gone")] }, change)).toBe(refusal);
});

test("the last voter stays, and a joint phase has to end before the next change", () => {
  const one = after(three, { kind: "removeMember", member: a }, { kind: "removeMember", member: b });
  expect(begin(one, { kind: "removeMember", member: c })).toBe("lastVoter");
  const joint = begin(three, { kind: "removeMember", member: a }) as Membership;
  expect(begin(joint, { kind: "removeMember", member: b })).toBe("alreadyChanging");
  expect(everyone(joint)).toEqual([b, c, a]);
});

test("the list of removed ids is bounded, and forgets the oldest", () => {
  const full = { ...three, removed: Array.from({ length: REMOVED_IDS_MAX }, (_, i) => asMember(`old-${String(i)}`)) };
  const { removed } = after(full, { kind: "removeMember", member: a });
  expect(removed).toHaveLength(REMOVED_IDS_MAX);
  expect(removed.at(-1)).toBe(a);
  expect(removed).not.toContain("old-0");
});

test("what is encoded is decoded under the index of its entry; nonsense is not believed", () => {
  expect(decodeMembership(encodeMembership(three), asIndex(7))).toEqual({ ...three, index: 7 });
  for (const text of ["", "{", "null", "[]", '{"voters":1}', '"x"']) expect(decodeMembership(utf8(text), asIndex(1))).toBeNull();
});
