import { asMember } from "../../../core/base/ids.ts";
import type { MembershipChange } from "../../../core/raft/membership.ts";
import { TestCluster } from "./cluster.ts";

const n4 = asMember("n4");
const ADD: MembershipChange = { kind: "addLearner", member: n4, place: { ordinal: 2, address: "n4" } };

function change(cluster: TestCluster, name: string, wanted: MembershipChange) {
  const result = cluster.raft(name).changeMembership(wanted);
  cluster.work(name);
  return result;
}

test("one change at a time, and only by a leader", () => {
  const cluster = new TestCluster({ size: 3, spare: 1 });
  cluster.elect("n1");
  expect(change(cluster, "n2", ADD)).toMatchObject({ kind: "refused", reason: "notLeader" });
  expect(change(cluster, "n1", ADD).kind).toBe("proposed");
  expect(change(cluster, "n1", { kind: "removeMember", member: asMember("n3") })).toMatchObject({ kind: "refused", reason: "changing" });
});

test("a membership is in force when it is in the log, and out of force when it is truncated", () => {
  const cluster = new TestCluster({ size: 3, spare: 1 });
  cluster.elect("n1");
  change(cluster, "n1", ADD);
  expect(cluster.raft("n1").status().membership.learners).toEqual([n4]);
  cluster.drop();
  for (let i = 0; i < 12; i++) for (const name of ["n2", "n3"]) cluster.tick(name);
  cluster.drop();
  cluster.campaign("n2");
  cluster.deliverAll();
  cluster.tickAll(5);
  expect(cluster.raft("n1").status().membership.learners).toEqual([]);
});

test("the next leader ends a joint phase that it finds", () => {
  const cluster = new TestCluster({ size: 3, spare: 1 });
  cluster.elect("n1");
  change(cluster, "n1", ADD);
  cluster.deliverAll();
  change(cluster, "n1", { kind: "promote", member: n4 });
  cluster.deliver(({ kind }) => kind === "append");
  cluster.drop(); // everybody has the joint membership, and n1 hears of it no more
  for (let i = 0; i < 12; i++) for (const name of ["n2", "n3", "n4"]) cluster.tick(name);
  cluster.drop();
  cluster.campaign("n2");
  cluster.deliverAll(({ to, from }) => to !== "n1" && from !== "n1");
  expect(cluster.raft("n2").status().membership).toMatchObject({ voters: ["n1", "n2", "n4"], outgoing: [], removed: ["n3"] });
});

test("a leader that is voted out leads until that is committed, then hands over", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  change(cluster, "n1", { kind: "removeMember", member: asMember("n1") });
  expect(cluster.raft("n1").status().role).toBe("leader");
  cluster.deliverAll();
  cluster.tickAll(5);
  const leaders = [...cluster.members.values()].filter(({ raft }) => raft.status().role === "leader");
  expect(leaders.map(({ self }) => self)).not.toContain("n1");
  expect(leaders).toHaveLength(1);
  expect(leaders[0]?.raft.status().membership).toMatchObject({ voters: ["n2", "n3"], removed: ["n1"] });
});

test("a removed leader that finds no successor is silent in the end", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  change(cluster, "n1", { kind: "removeMember", member: asMember("n1") });
  cluster.deliverAll(({ kind }) => kind !== "campaignNow");
  cluster.drop();
  for (let i = 0; i < 40; i++) {
    cluster.tick("n1");
    cluster.drop();
  }
  expect(cluster.raft("n1").status().role).toBe("follower");
  expect(cluster.at("n1").observations).toContainEqual(expect.objectContaining({ kind: "steppedDown" }));
});

test("a learner that is behind is not promoted", () => {
  const cluster = new TestCluster({ size: 3, spare: 1 });
  cluster.elect("n1");
  change(cluster, "n1", ADD);
  cluster.deliverAll(({ to }) => to !== "n4");
  expect(change(cluster, "n1", { kind: "promote", member: n4 })).toMatchObject({ kind: "refused", reason: "notCaughtUp" });
  cluster.deliverAll();
  expect(change(cluster, "n1", { kind: "promote", member: n4 }).kind).toBe("proposed");
});

test("F36: a change that would leave the group without a majority that is there is refused, and one that helps is not", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  for (let i = 0; i < 30; i++) {
    for (const name of ["n1", "n2"]) cluster.tick(name);
    cluster.deliverAll(({ to }) => to !== "n3");
    cluster.drop();
  }
  const remove = (name: string) => change(cluster, "n1", { kind: "removeMember", member: asMember(name) });
  expect(remove("n2")).toMatchObject({ kind: "refused", reason: "noQuorum" });
  expect(remove("n1")).toMatchObject({ kind: "refused", reason: "noQuorum" });
  expect(cluster.raft("n1").status().membership).toMatchObject({ voters: ["n1", "n2", "n3"], outgoing: [] });
  expect(remove("n3").kind).toBe("proposed");
});

test("whoever takes a membership into its log says so: its host has to know where the others are", () => {
  const cluster = new TestCluster({ size: 3, spare: 1 });
  cluster.elect("n1");
  change(cluster, "n1", ADD);
  cluster.deliverAll();
  for (const name of ["n1", "n2", "n3", "n4"]) {
    expect(cluster.at(name).observations).toContainEqual({ kind: "membershipChanged", index: 2, joint: false });
  }
});
