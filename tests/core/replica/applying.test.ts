import { utf8 } from "../../../core/base/bytes.ts";
import { asMember } from "../../../core/base/ids.ts";
import { encodeCommand, NO_GUARDS } from "../../../core/kv/commands.ts";
import { append, get, put, shortly, write } from "./kv-calls.ts";
import { ReplicaWorld } from "./replica-world.ts";

test("an entry of a version that this binary doesn't know stops it before it is applied", () => {
  const world = new ReplicaWorld({ size: 3, version: 2 });
  const { name } = world.electLeader();
  world.run(500);
  expect(world.running(name).status().groupVersion).toBe(2);
  const old = world.followers[0]?.name ?? "";
  world.crash(old);
  world.at(old).version = 1;
  world.start(old);
  world.run(1_000);
  const { stopped, machine } = world.at(old);
  expect(stopped).toMatchObject({ reason: "versionUnknown", message: expect.stringMatching(/needs version 2; .* up to 1/) as string });
  expect(machine.digest()).toBe("00000000-0-0");
  expect(shortly(world.call(world.electLeader().name, put("a", "1")))).toBe("v1");
});

test("what comes before such an entry is still applied, and it alone is not", () => {
  const world = new ReplicaWorld({ size: 1, version: 2 });
  const { name } = world.electLeader();
  world.call(name, put("before", "1"));
  world.run(500);
  world.call(name, put("after", "1"));
  world.crash(name);
  world.at(name).version = 1;
  world.start(name);
  const replica = world.running(name);
  world.run(1_000);
  expect(world.at(name).stopped?.reason).toBe("versionUnknown");
  expect(replica.status()).toMatchObject({ stage: "stopped", groupVersion: 1 });
  expect(world.at(name).machine.digest()).toMatch(/-1-1$/);
});

test("a membership counts for the door once it is applied", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  const victim = world.followers[1]?.name ?? asMember("");
  const change = { kind: "removeMember", member: victim } as const;
  expect(shortly(world.call(name, { kind: "changeMembership", change }))).toBe("accepted");
  world.run(1_000);
  expect(world.running(name).status().raft.membership).toMatchObject({ removed: [victim], outgoing: [] });
  expect(world.at(victim).stopped?.reason).toBe("removed");
});

test("everything that is committed is applied on every member, once", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  for (let i = 0; i < 30; i++) world.call(name, put(`k${String(i)}`, "x"));
  world.run(300);
  const statuses = world.members.map((member) => world.running(member.name).status());
  for (const { appliedIndex, appliedServiceIndex, raft } of statuses) {
    expect(appliedIndex).toBe(raft.commitIndex);
    expect(appliedServiceIndex).toBe(30);
  }
  expect(new Set(world.digests()).size).toBe(1);
  expect(shortly(world.call(name, get("k29")))).toBe("x");
});

test("small entries that make much anew are applied in pieces, and each of them once", () => {
  const [bytes, ranges] = [1_000, 100];
  const world = new ReplicaWorld({ size: 1, raftLimits: { applyBytesMax: 2 * bytes } });
  const { name } = world.electLeader();
  const range = write(encodeCommand({ kind: "setRange", key: utf8("a"), guards: NO_GUARDS, offset: 0, value: utf8("y") }), null);
  world.ask(name, put("a", "x".repeat(bytes)));
  for (let i = 0; i < ranges; i++) world.ask(name, range);
  world.settle();
  world.restart(name);
  for (let i = 0; i < 100 && !world.running(name).hasMore(); i++) world.tickOne(name);
  const replica = world.running(name);
  expect(replica.hasMore()).toBe(true);
  expect(replica.status().appliedIndex).toBeLessThan(10);
  world.settle();
  expect(replica.status().appliedIndex).toBeGreaterThan(ranges);
  expect(shortly(world.call(name, append("a", "z")))).toBe(`v${String(ranges + 2)}`);
  expect(shortly(world.call(name, get("a")))).toBe(`y${"x".repeat(bytes - 1)}z`);
});
