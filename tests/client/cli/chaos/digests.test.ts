import { Digests } from "../../../../client/cli/chaos/digests.ts";
import type { ClusterFacts, MemberFacts } from "../../../../client/cli/status/cluster-facts.ts";

type At = readonly [index: number, digest: string] | null;

/** One look at the members of a group, each at its index, or silent. */
const look = (...held: readonly At[]): ClusterFacts => lookAt("replica", "1", held);

function lookAt(service: string, group: string, held: readonly At[]): ClusterFacts {
  const members = held.map((at, ordinal): Partial<MemberFacts> => {
    const status = at === null ? null : { stateDigest: { index: at[0], digest: at[1] } };
    return { name: `${service}-${group}-${ordinal}`, service, group, status };
  });
  return { members } as unknown as ClusterFacts;
}

function seenIn(...looks: readonly ClusterFacts[]): Pick<Digests, "differing" | "uncompared"> {
  const digests = new Digests();
  for (const each of looks) digests.note(each);
  return digests;
}

test.each([
  { name: "at one index", looks: [look([5, "p"], [5, "p"], [5, "p"])], differing: 0, isCompared: true },
  { name: "two of them differ", looks: [look([5, "p"], [5, "q"], [4, "p"])], differing: 1, isCompared: false },
  { name: "each at its own index", looks: [look([5, "p"], [6, "q"], [7, "r"])], differing: 0, isCompared: false },
  { name: "one does not answer", looks: [look([5, "p"], [5, "p"], null)], differing: 0, isCompared: false },
  {
    name: "at one index in different looks",
    looks: [look([5, "p"], [5, "p"], [4, "o"]), look([6, "q"], [6, "q"], [5, "p"])],
    differing: 0,
    isCompared: true,
  },
  {
    name: "they differ in different looks",
    looks: [look([5, "p"], [5, "p"], [4, "o"]), look([6, "q"], [6, "q"], [5, "x"])],
    differing: 1,
    isCompared: true,
  },
  { name: "one that is alone", looks: [look([5, "p"])], differing: 0, isCompared: true },
])("members of a group: $name", ({ looks, differing, isCompared }) => {
  const seen = seenIn(...looks);
  expect(seen.differing).toHaveLength(differing);
  expect(seen.uncompared).toEqual(isCompared ? [] : ["group 1"]);
});

test("groups are compared each on its own, the controllers too, and who holds nothing is not asked", () => {
  const earlier: At = [5, "p"];
  const later: At = [6, "q"];
  const first = lookAt("replica", "1", [earlier, earlier]);
  const controllers = lookAt("shard-controller", "controllers", [earlier, later]);
  const workers = lookAt("worker", "workers", [null, null]);
  const seen = seenIn({ ...first, members: [...first.members, ...controllers.members, ...workers.members] });
  expect([seen.differing, seen.uncompared]).toEqual([[], ["the controllers"]]);
});
