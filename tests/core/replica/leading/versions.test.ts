import { asBoot, asCluster, asGroup, asMember } from "../../../../core/base/ids.ts";
import type { Membership } from "../../../../core/raft/membership.ts";
import { NO_MEMBERS } from "../../../../core/raft/membership.ts";
import { VersionAgreement } from "../../../../core/replica/leading/versions.ts";
import { PeerTable } from "../../../../core/replica/peers/peer-table.ts";

const NOW = { monotonicMs: 0, wallMs: 0 };
const members = (...names: readonly string[]): Membership["voters"] => names.map(asMember);
const three: Membership = { ...NO_MEMBERS, voters: members("me", "a", "b") };

function announced(versions: Readonly<Record<string, number>>, own = 3, unasked = own): VersionAgreement {
  const peers = new PeerTable({}, { boot: asBoot(1), earlierLives: [] });
  const [cluster, group, to, boot] = [asCluster("c"), asGroup("g"), asMember("me"), asBoot(1)];
  for (const [name, version] of Object.entries(versions))
    peers.hear({ cluster, group, from: asMember(name), to, boot, wallMs: 0, version }, NOW);
  return new VersionAgreement({ member: asMember("me"), version: own, unasked }, peers);
}

test.each([
  { name: "everybody knows more", versions: { a: 3, b: 3 }, membership: three, group: 1, raised: 3 },
  { name: "as far as the one who knows least", versions: { a: 2, b: 9 }, membership: three, group: 1, raised: 2 },
  { name: "not beyond what this binary knows", versions: { a: 9, b: 9 }, membership: three, group: 1, raised: 3 },
  { name: "somebody knows no more than the group has", versions: { a: 3, b: 1 }, membership: three, group: 1, raised: null },
  { name: "somebody was not heard", versions: { a: 3 }, membership: three, group: 1, raised: null },
  { name: "a learner counts", versions: { a: 3, b: 3, c: 1 }, membership: { ...three, learners: members("c") }, group: 1, raised: null },
  {
    name: "one that is leaving counts",
    versions: { a: 3, b: 3, c: 1 },
    membership: { ...three, outgoing: members("c") },
    group: 1,
    raised: null,
  },
  { name: "strangers don't", versions: { a: 3, b: 3, x: 1 }, membership: three, group: 1, raised: 3 },
  { name: "the group has it already", versions: { a: 3, b: 3 }, membership: three, group: 3, raised: null },
])("$name", ({ versions, membership, group, raised }) => {
  expect(announced(versions).toPropose(membership, group)).toBe(raised);
});

test("a version is proposed once in a term", () => {
  const agreement = announced({ a: 3, b: 3 });
  agreement.proposed(3);
  expect(agreement.toPropose(three, 1)).toBeNull();
  agreement.startLeading();
  expect(agreement.toPropose(three, 1)).toBe(3);
});

test("a version that has to be asked for is raised when it is, as far as everybody knows it, and in that term only", () => {
  const agreement = announced({ a: 3, b: 2 }, 3, 1);
  expect(agreement.toPropose(three, 1)).toBeNull();
  agreement.ask(3);
  expect(agreement.toPropose(three, 1)).toBe(2);
  expect(agreement.whoIsBehind(three, 3)).toEqual(["b"]);
  expect(agreement.whoIsBehind(three, 2)).toEqual([]);
  agreement.startLeading();
  expect(agreement.toPropose(three, 1)).toBeNull();
});

test("whoever was not heard is not known to know it", () => {
  expect(announced({ a: 3 }, 3, 1).whoIsBehind(three, 3)).toEqual(["b"]);
});
