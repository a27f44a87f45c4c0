import { asIndex } from "../../../../core/base/ids.ts";
import { DISPUTE_MS_MAX } from "../../../../core/replica/watching/watching.ts";
import { get, put, shortly } from "../kv-calls.ts";
import type { MemberInWorld } from "../replica-world.ts";
import { flip, groupWith, part, stageOf } from "./altering.ts";

test("a value that is altered in memory is found, and nobody is served from there on", () => {
  const world = groupWith();
  const [member, other] = world.followers as [MemberInWorld, MemberInWorld];
  flip(member, "k3");
  world.runUntil(() => stageOf(world, member) === "diverged", 10_000);
  expect(world.observed(member.name, "divergenceFound")).toMatchObject([{ cause: "altered" }]);
  for (const operation of [get("k3"), get("k3", "stale"), { kind: "newClient" } as const]) {
    expect(shortly(world.call(member.name, operation))).toBe("starting");
  }
  world.runUntil(() => stageOf(world, member) === "serving", 5_000);
  expect(shortly(world.call(member.name, get("k3")))).toBe("right");
  expect(world.observed(member.name, "divergenceEnded")).toHaveLength(1);
  expect(world.observed(other.name, "divergenceFound")).toEqual([]);
});

test("a leader gives up its office first", () => {
  const world = groupWith();
  const { leader } = world;
  flip(leader, "k3");
  world.runUntil(() => stageOf(world, leader) === "diverged", 10_000);
  world.runUntil(() => world.leader.name !== leader.name, 2_000);
  world.runUntil(() => stageOf(world, leader) === "serving", 5_000);
  expect(shortly(world.call(leader.name, get("k3")))).toBe("right");
  expect(shortly(world.call(world.leader.name, put("k3", "new")))).toBe("v2");
});

test("a state that fits together, and is not the majority's, is found by its digest", () => {
  const world = groupWith();
  const [member] = world.followers as [MemberInWorld];
  part(member);
  world.runUntil(() => world.observed(member.name, "divergenceFound").length > 0, 5_000);
  expect(world.observed(member.name, "divergenceFound")).toMatchObject([{ cause: "minority" }]);
  world.runUntil(() => stageOf(world, member) === "serving", 5_000);
  expect(shortly(world.call(member.name, get("k1")))).toBe("right");
  for (const { name } of world.members) if (name !== member.name) expect(world.observed(name, "divergenceFound")).toEqual([]);
});

test("it is found under load, too, where no two members are ever at the same last entry", () => {
  const world = groupWith();
  const [member] = world.followers as [MemberInWorld];
  part(member);
  for (let i = 0; i < 200 && world.observed(member.name, "divergenceFound").length === 0; i++) {
    world.ask(world.leader.name, put("busy", String(i)));
    world.tick();
  }
  expect(world.observed(member.name, "divergenceFound")).toMatchObject([{ cause: "minority" }]);
});

test("where no majority agrees, all of them say so, and serve again only when one does", () => {
  const world = groupWith();
  world.members.forEach((member, i) => part(member, `wrong ${String(i)}`));
  // What they said before was right, and is not asked for again: only from the next entry on do all three differ.
  expect(shortly(world.call(world.leader.name, put("later", "x")))).toBe("v1");
  world.runUntil(() => world.members.every((member) => stageOf(world, member) === "diverged"), 5_000);
  for (const { name } of world.members) expect(world.observed(name, "divergenceFound")).toMatchObject([{ cause: "noMajority" }]);
  world.runUntil(() => world.members.every((member) => stageOf(world, member) === "serving"), 8_000);
  expect(shortly(world.call(world.leader.name, get("k1")))).toBe("right");
});

test("two that contradict each other wait a while for the third, and then trust neither", () => {
  const world = groupWith();
  const [silent, member] = world.followers as [MemberInWorld, MemberInWorld];
  world.crash(silent.name);
  part(member);
  expect(shortly(world.call(world.leader.name, put("later", "x")))).toBe("v1");
  world.run(DISPUTE_MS_MAX - 500);
  expect(world.observed(member.name, "divergenceFound")).toEqual([]);
  world.runUntil(() => world.observed(member.name, "divergenceFound").length > 0, 3_000);
  expect(world.observed(member.name, "divergenceFound")).toMatchObject([{ cause: "noMajority" }]);
  world.runUntil(() => stageOf(world, member) === "serving", 8_000);
  expect(shortly(world.call(member.name, get("k1")))).toBe("right");
});

test("digests of another format are not compared", () => {
  const world = groupWith();
  const [member] = world.followers as [MemberInWorld];
  world.passes = ({ to, body }) => to !== member.name || body.kind !== "stateDigests";
  const { appliedIndex: index } = world.running(member.name).status();
  for (const from of world.members.filter(({ name }) => name !== member.name)) {
    const sent = from.effects.find((effect) => effect.kind === "sendPeer");
    if (sent?.kind !== "sendPeer") continue;
    const body = { kind: "stateDigests", format: 2, digests: [{ index: asIndex(index), digest: "other" }] } as const;
    world.tell(member.name, { kind: "peerMessage", message: { ...sent.message, from: from.name, to: member.name, body } });
  }
  world.run(2_000);
  expect(world.observed(member.name, "divergenceFound")).toEqual([]);
});

test("members that do the same never find anything", () => {
  const world = groupWith({ limits: { snapshotEntries: 10, snapshotGrowth: 0 }, raftLimits: { trailingEntries: 2 } });
  for (let i = 0; i < 100; i++) {
    world.ask(world.leader.name, put(`k${String(i)}`, String(i)));
    world.run(50);
    if (i === 50) world.restart((world.followers[0] as MemberInWorld).name);
  }
  for (const { name } of world.members) expect(world.observed(name, "divergenceFound")).toEqual([]);
});
