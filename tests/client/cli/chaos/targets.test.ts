import { findTarget, unlessTooYoung } from "../../../../client/cli/chaos/targets.ts";
import type { Round } from "../../../../client/cli/chaos/schedule.ts";
import type { ClusterView, GroupView } from "../../../../client/cli/status/cluster-view.ts";

const member = (name: string, role: string) => ({ name, role, isWell: role !== "down" }) as GroupView["members"][number];
const group = (service: string, name: string, roles: readonly string[]): GroupView => {
  const members = roles.map((role, i) => member(`${name}-${i}`, role));
  return { service, group: name, members, leader: members.find(({ role }) => role === "leader")?.name ?? null } as unknown as GroupView;
};
const view = (...groups: readonly GroupView[]): ClusterView => ({ groups }) as unknown as ClusterView;
const round = (role: Round["role"], fault: Round["fault"] = "kill", choice = { group: 0, member: 0.99 }): Round =>
  ({ number: 0, calmMs: 0, holdMs: 0, fault, role, choice }) as Round;

const WELL = group("replica", "1", ["follower", "leader", "follower"]);
const ONE_DOWN = group("replica", "1", ["down", "leader", "follower"]);

test.each([
  { name: "the leader", role: "leader" as const, expected: "1-1" },
  { name: "a follower, by choice", role: "follower" as const, expected: "1-2" },
])("$name is found", ({ role, expected }) => {
  expect(findTarget(view(WELL), round(role), false)).toMatchObject({ kind: "found", names: [expected] });
});

test("the group is chosen by the round", () => {
  const other = group("replica", "2", ["leader", "follower", "follower"]);
  expect(findTarget(view(WELL, other), round("leader", "kill", { group: 0.6, member: 0 }), false)).toMatchObject({ names: ["2-0"] });
});

test.each([
  { name: "one of three is down already", groups: [ONE_DOWN], role: "leader" as const },
  { name: "a group of one", groups: [group("replica", "1", ["leader"])], role: "leader" as const },
  { name: "nobody leads", groups: [group("replica", "1", ["follower", "follower", "follower"])], role: "leader" as const },
  { name: "there is no such service", groups: [WELL], role: "worker" as const },
  { name: "the only coordinator", groups: [group("coordinator", "coordinators", ["active"])], role: "coordinator" as const },
])("nobody is struck: $name", ({ groups, role }) => {
  expect(findTarget(view(...groups), round(role), false)).toMatchObject({ kind: "none" });
});

test("a majority is struck where that was asked for", () => {
  expect(findTarget(view(ONE_DOWN), round("leader"), true)).toMatchObject({ kind: "found" });
});

test("a disk is never emptied while another member is down, whatever was asked for, as its group would lose what only both had", () => {
  expect(findTarget(view(ONE_DOWN), round("leader", "wipe"), true)).toMatchObject({ kind: "none" });
});

test.each([[["leader"]], [["leader", "follower"]]])("of %j no disk is ever emptied: what only it has would be lost", (roles) => {
  const small = view(group("shard-controller", "controllers", roles));
  expect(findTarget(small, round("controllerLeader", "wipe"), true)).toMatchObject({ kind: "none", isForGood: true });
  expect(findTarget(small, round("controllerLeader", "kill"), true)).toMatchObject({ kind: "found" });
});

const FIVE = group("replica", "1", ["follower", "leader", "follower", "follower", "follower"]);

test.each([
  { role: "random" as const, expected: ["1-4"] },
  { role: "minority" as const, expected: ["1-4", "1-0"] },
  { role: "majority" as const, expected: ["1-4", "1-0", "1-1"] },
  { role: "fixed:4" as const, expected: ["1-4", "1-0", "1-1", "1-2"] },
  { role: "percent:40" as const, expected: ["1-4", "1-0"] },
  { role: "ordinal:3" as const, expected: ["1-3"] },
])("of five, $role is $expected", ({ role, expected }) => {
  expect(findTarget(view(FIVE), round(role), true)).toMatchObject({ kind: "found", names: expected });
});

test.each(["majority", "fixed:3", "percent:60"] as const)("%s of five is more than may be struck where quorum is to be kept", (role) => {
  expect(findTarget(view(FIVE), round(role), false)).toMatchObject({ kind: "none" });
});

test("a number that no member has is nobody", () => {
  expect(findTarget(view(FIVE), round("ordinal:7"), true)).toMatchObject({ kind: "none" });
});

test.each([
  { fault: "kill" as const, young: "1-0", spared: false },
  { fault: "kill" as const, young: "1-1", spared: true },
  { fault: "powerLoss" as const, young: "1-0", spared: true },
  { fault: "powerLoss" as const, young: "2-0", spared: false },
  { fault: "killLeaders" as const, young: "2-0", spared: true },
  { fault: "killLeaders" as const, young: "2-1", spared: false },
])("where $young is too young, $fault of the leader 1-1 is left out: $spared", ({ fault, young, spared }) => {
  const groups = view(WELL, group("replica", "2", ["leader", "follower", "follower"]));
  const target = unlessTooYoung(findTarget(groups, round("leader", fault), true), groups, { fault, isTooYoung: (name) => name === young });
  if (spared) expect(target).toEqual({ kind: "none", why: `${young} has not run for long enough` });
  else expect(target).toMatchObject({ kind: "found", names: ["1-1"] });
});

test("where nobody is found, nobody is too young", () => {
  const target = findTarget(view(), round("leader"), true);
  expect(unlessTooYoung(target, view(), { fault: "kill", isTooYoung: () => true })).toBe(target);
});
