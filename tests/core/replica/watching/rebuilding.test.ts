import { get, put, shortly } from "../kv-calls.ts";
import type { MemberInWorld } from "../replica-world.ts";
import { flip, groupWith, part, stageOf } from "./altering.ts";

const SNAPSHOTS = { limits: { snapshotEntries: 10, snapshotGrowth: 0 }, raftLimits: { trailingEntries: 2 } };

test("it begins anew from its snapshot and what its log holds behind that", () => {
  const world = groupWith(SNAPSHOTS);
  const [member] = world.followers as [MemberInWorld];
  world.call(world.leader.name, put("later", "right"));
  world.run(200);
  expect(member.disk.snapshots).not.toEqual([]);
  flip(member, "later");
  world.runUntil(() => stageOf(world, member) === "diverged", 5_000);
  world.runUntil(() => stageOf(world, member) === "serving", 5_000);
  expect(world.observed(member.name, "restored")).toHaveLength(1);
  expect(shortly(world.call(member.name, get("later")))).toBe("right");
  expect(new Set(world.digests()).size).toBe(1);
});

test("alone there is nobody to compare with, and it serves again at once", () => {
  const world = groupWith({ size: 1 });
  const { leader } = world;
  flip(leader, "k2");
  world.runUntil(() => stageOf(world, leader) === "diverged", 5_000);
  world.runUntil(() => stageOf(world, leader) === "serving", 5_000);
  expect(shortly(world.call(leader.name, get("k2")))).toBe("right");
});

test("until a majority has agreed with the rebuilt state nobody is served from it; it votes and acknowledges", () => {
  const world = groupWith();
  const [member, other] = world.followers as [MemberInWorld, MemberInWorld];
  world.passes = ({ to, body }) => to !== member.name || body.kind !== "stateDigests";
  flip(member, "k3");
  world.runUntil(() => stageOf(world, member) === "diverged", 5_000);
  world.run(5_000);
  expect(stageOf(world, member)).toBe("diverged");
  world.crash(other.name);
  expect(shortly(world.call(world.leader.name, put("a", "1")))).toBe("v1");
  world.passes = () => true;
  world.runUntil(() => stageOf(world, member) === "serving", 5_000);
});

test("what is altered is never saved: the snapshot is given up, and that is how it is found", () => {
  const world = groupWith({ limits: { snapshotEntries: 20, snapshotGrowth: 0 } });
  const [member] = world.followers as [MemberInWorld];
  const before = member.disk.snapshots.length;
  flip(member, "k3");
  for (let i = 0; i < 30; i++) world.ask(world.leader.name, put("more", String(i)));
  world.settle();
  expect(member.disk.snapshots).toHaveLength(before);
  world.runUntil(() => stageOf(world, member) === "diverged", 200);
});

test("whose disk holds the wrong state as well sets its data aside, when a majority says so", () => {
  const world = groupWith(SNAPSHOTS);
  const [member] = world.followers as [MemberInWorld];
  // No digest tells until the wrong state is in a snapshot.
  world.passes = ({ body }) => body.kind !== "stateDigests";
  part(member);
  for (let i = 0; i < 15; i++) world.call(world.leader.name, put("more", String(i)));
  world.run(200);
  world.passes = () => true;
  world.runUntil(() => member.stopped !== null, 15_000);
  expect(member.stopped).toMatchObject({ kind: "stop", reason: "divergence" });
  for (const { name } of world.members) if (name !== member.name) expect(world.at(name).stopped).toBeNull();
});

test("where even rebuilt members don't agree, nobody throws anything away, and all say that somebody has to decide", () => {
  const world = groupWith({ ...SNAPSHOTS, size: 2 });
  world.passes = ({ body }) => body.kind !== "stateDigests";
  part(world.followers[0] as MemberInWorld);
  for (let i = 0; i < 15; i++) world.call(world.leader.name, put("more", String(i)));
  world.run(200);
  world.passes = () => true;
  world.run(15_000);
  for (const { name, stopped } of world.members) {
    expect(stopped).toBeNull();
    expect(world.observed(name, "divergenceUndecided")).toHaveLength(1);
    expect(shortly(world.call(name, get("k1", "stale")))).toBe("starting");
  }
});
