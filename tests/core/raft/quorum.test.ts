import { asIndex, asMember } from "../../../core/base/ids.ts";
import type { MemberId } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import { NO_MEMBERS } from "../../../core/raft/membership.ts";
import type { Membership } from "../../../core/raft/membership.ts";
import { isQuorum, quorumIndex, voteResult } from "../../../core/raft/quorum.ts";

const members = (text: string): MemberId[] => (text === "" ? [] : text.split("").map(asMember));
const group = (voters: string, outgoing = ""): Membership => ({ ...NO_MEMBERS, voters: members(voters), outgoing: members(outgoing) });

test.each([
  { name: "nobody votes", voters: "", outgoing: "", match: {}, commit: 0 },
  { name: "no acknowledgements", voters: "abc", outgoing: "", match: {}, commit: 0 },
  { name: "a minority is not enough", voters: "abc", outgoing: "", match: { a: 9 }, commit: 0 },
  { name: "a majority commits the lower of its indexes", voters: "abc", outgoing: "", match: { a: 9, b: 7 }, commit: 7 },
  { name: "five voters need three", voters: "abcde", outgoing: "", match: { a: 9, b: 8, c: 5, d: 1 }, commit: 5 },
  { name: "four voters need three", voters: "abcd", outgoing: "", match: { a: 9, b: 9 }, commit: 0 },
  { name: "members outside don't count", voters: "abc", outgoing: "", match: { a: 9, x: 9, y: 9 }, commit: 0 },
  { name: "a majority of the union is not one of both", voters: "abd", outgoing: "abc", match: { c: 9, d: 9, a: 9 }, commit: 9 },
  { name: "the slower half decides", voters: "ade", outgoing: "abc", match: { a: 9, d: 9, e: 9 }, commit: 0 },
])("commit index: $name", ({ voters, outgoing, match, commit }) => {
  expect(quorumIndex(group(voters, outgoing), (member) => asIndex((match as Record<string, number>)[member] ?? 0))).toBe(commit);
});

test.each([
  { name: "open while it could go either way", votes: "a+", result: "open" },
  { name: "won by a majority", votes: "a+b+", result: "won" },
  { name: "lost when a majority can't be reached any more", votes: "a+b-c-", result: "lost" },
  { name: "a refusal alone decides nothing", votes: "a+b-", result: "open" },
])("vote of three: $name", ({ votes, result }) => {
  const given = new Map([...votes.matchAll(/(\w)([+-])/g)].map(([, member, sign]) => [asMember(member ?? ""), sign === "+"]));
  expect(voteResult(group("abc"), given)).toBe(result);
});

test("a joint vote needs both majorities", () => {
  const yes = (names: string) => new Map(members(names).map((member) => [member, true]));
  expect(voteResult(group("cde", "abc"), yes("ab"))).toBe("open");
  expect(voteResult(group("cde", "abc"), yes("abc"))).toBe("open");
  expect(voteResult(group("cde", "abc"), yes("acd"))).toBe("won");
  expect(isQuorum(group("cde", "abc"), (member) => "de".includes(member))).toBe(false);
});

/** The definition, taken literally: the highest index that a majority has reached. */
function naiveIndex(voters: readonly MemberId[], match: ReadonlyMap<MemberId, number>): number {
  let best = 0;
  for (let index = 1; index <= 10; index++)
    if (voters.filter((voter) => (match.get(voter) ?? 0) >= index).length * 2 > voters.length) best = index;
  return best;
}

test("agrees with the definition on random groups, joint ones included", () => {
  const random = new Random(11);
  for (let i = 0; i < 5_000; i++) {
    const pool = random.shuffled(members("abcdefgh"));
    const voters = pool.slice(0, random.between(1, 5));
    const outgoing = random.chance(0.5) ? random.shuffled(pool).slice(0, random.between(1, 5)) : [];
    const match = new Map(pool.map((member) => [member, random.between(0, 10)]));
    const expected = outgoing.length === 0 ? naiveIndex(voters, match) : Math.min(naiveIndex(voters, match), naiveIndex(outgoing, match));
    expect(quorumIndex({ ...NO_MEMBERS, voters, outgoing }, (member) => asIndex(match.get(member) ?? 0))).toBe(expected);
  }
});
