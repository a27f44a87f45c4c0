import { isEmptied, isTakenBack, namedIn } from "../../../../client/cli/commands/groups.ts";
import type { ClusterFacts } from "../../../../client/cli/status/cluster-facts.ts";
import { viewOf } from "../../../../client/cli/status/cluster-view.ts";
import { facts, member, OWNERS, WHOLE } from "../status/a-cluster.ts";

/** Group 2 is to leave, so the controllers have given its shards to group 1. */
const LEFT = { shards: OWNERS.map(() => "1") };
const leading = (name: string, serving: readonly number[]) =>
  member(name, { status: { ...member(name).status, shards: { serving, pulling: [] } } });
const CONTROLLERS = WHOLE.filter(({ name }) => name.startsWith("controller"));
const SILENT = { status: null, unready: "does not answer" } as const;

test.each<{ name: string; members: ClusterFacts["members"]; changes?: Partial<ClusterFacts>; expected: boolean }>([
  { name: "its shards are served elsewhere", members: [leading("replica-1-0", [0, 1, 2, 3]), leading("replica-2-0", [])], expected: true },
  { name: "it has ended, and its shards are served elsewhere", members: [leading("replica-1-0", [0, 1, 2, 3])], expected: true },
  { name: "nothing was heard of it, and its shards are not served yet", members: [leading("replica-1-0", [0, 1])], expected: false },
  { name: "nobody leads it just now", members: [leading("replica-1-0", [0, 1]), member("replica-2-0", SILENT)], expected: false },
  { name: "it serves on", members: [leading("replica-1-0", [0, 1]), leading("replica-2-0", [2, 3])], expected: false },
  {
    name: "it still keeps the copy",
    members: [leading("replica-1-0", [0, 1, 2, 3]), leading("replica-2-0", [])],
    changes: { migrations: [{ shard: 2, from: "2", to: "1", state: "frozen" }] },
    expected: false,
  },
  { name: "nobody knows who owns what", members: [leading("replica-1-0", [0, 1, 2, 3])], changes: { shards: null }, expected: false },
  {
    name: "its shards belong to nobody",
    members: [leading("replica-1-0", [0, 1])],
    changes: { shards: ["1", "1", null, null] },
    expected: false,
  },
])("a group that leaves can be ended: $name", ({ members, changes = {}, expected }) => {
  expect(isEmptied(viewOf(facts([...CONTROLLERS, ...members], { ...LEFT, ...changes })), ["2"])).toBe(expected);
});

test.each([
  { name: "everything is served by those that own it", serving: [0, 1, 2, 3], owners: ["1", "1", "1", "1"], expected: true },
  { name: "what the gone group alone had is served by nobody", serving: [0, 1], owners: ["1", "1", "2", "2"], expected: true },
  { name: "what two gone groups had is served by nobody", serving: [0, 1], owners: ["1", "1", "3", "2"], expected: true },
  { name: "something is not served yet", serving: [0, 1], owners: ["1", "1", "1", "2"], expected: false },
])("what was to go to a gone group is taken back: $name", ({ serving, owners, expected }) => {
  expect(isTakenBack(viewOf(facts([...CONTROLLERS, leading("replica-1-0", serving)], { shards: owners })), ["2", "3"])).toBe(expected);
});

test("groups that are gone are named together", () => {
  expect(namedIn("2")).toEqual(["2"]);
  expect(namedIn("2,3,2")).toEqual(["2", "3"]);
  expect(() => namedIn("2,")).toThrow("empty name");
});
