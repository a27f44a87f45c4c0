import { textOf } from "../../../core/base/bytes.ts";
import type { ReplicaEffect } from "../../../core/replica/effects.ts";
import { get, put, shortly } from "./kv-calls.ts";
import { ReplicaWorld } from "./replica-world.ts";

/** One turn of one member, done by hand. */
function turnOf(world: ReplicaWorld, name: string): readonly ReplicaEffect[] {
  const replica = world.running(name);
  for (const event of world.at(name).mailbox.splice(0)) replica.step(event);
  return replica.step({ kind: "turnEnded" });
}

test("the disk is put to work before messages are sent, and a leader's own entries don't wait for it", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  world.run(200);
  world.ask(name, put("a", "1"));
  const effects = turnOf(world, name);
  expect(effects.map(({ kind }) => kind)).toEqual(["writeDisk", "sendPeer", "sendPeer"]);
  expect(effects[1]).toMatchObject({ message: { body: { message: { kind: "append", entries: [{ kind: "command" }] } } } });
});

test("all writes of a turn become one disk write and one message to each peer", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  world.run(200);
  for (let i = 0; i < 50; i++) world.ask(name, put(`k${String(i)}`, String(i)));
  const effects = turnOf(world, name);
  expect(effects.map(({ kind }) => kind)).toEqual(["writeDisk", "sendPeer", "sendPeer"]);
  const [write] = effects;
  const bodies = write?.kind === "writeDisk" ? write.persist.entries.map(({ body }) => textOf(body)) : [];
  // Each is its own, though all were put together in the same memory.
  expect(new Set(bodies).size).toBe(50);
});

test("what speaks of a vote or an acknowledgement waits for the disk", () => {
  const world = new ReplicaWorld({ size: 3 });
  for (const member of world.members) member.isDiskPaused = true;
  const sent: string[] = [];
  world.passes = ({ body }) => {
    if (body.kind === "raft") sent.push(body.message.kind);
    return true;
  };
  world.run(2_000);
  expect(new Set(sent)).toEqual(new Set(["preVote", "preVoteReply"]));
  for (const { name } of world.members) world.resumeDisk(name);
  world.run(1_000);
  expect(sent).toContain("vote");
  expect(sent).toContain("voteReply");
});

test("nothing is applied or answered before it is durable here", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  world.at(name).isDiskPaused = true;
  const id = world.ask(name, put("a", "1"));
  world.settle();
  expect(world.running(name).status().raft.commitIndex).toBeGreaterThan(world.running(name).status().appliedIndex);
  expect(world.answer(name, id)).toBeNull();
  world.resumeDisk(name);
  world.settle();
  expect(shortly(world.answer(name, id))).toBe("v1");
});

test("a read that found no leader is asked once one is known, and does not wait for a tick", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name: leader } = world.electLeader();
  world.call(leader, put("a", "1"));
  world.run(500);
  const [name = ""] = world.followers.map((follower) => follower.name);
  world.restart(name);
  const read = world.ask(name, get("a"));
  world.settle();
  expect(world.answer(name, read)).toBeNull();
  for (let i = 0; i < 4; i++) world.tickOne(leader);
  world.settle();
  expect(world.answer(name, read)).toMatchObject({ kind: "done" });
});

describe("a member that comes back with much to apply", () => {
  const LIMITS = { limits: { readBacklogMax: 10 }, raftLimits: { applyEntriesMax: 2 } };
  const WRITES = 60;

  function written(size: number): ReplicaWorld {
    const world = new ReplicaWorld({ size, ...LIMITS });
    const { name } = world.electLeader();
    for (let i = 1; i <= WRITES; i++) world.ask(name, put("a", String(i)));
    world.run(500);
    return world;
  }

  test("keeps no reader until it has, for another member has it already", () => {
    const world = written(3);
    const [name = ""] = world.followers.map((follower) => follower.name);
    world.restart(name);
    expect(shortly(world.call(name, get("a")))).toBe("starting");
    world.run(500);
    expect(shortly(world.call(name, get("a")))).toBe(String(WRITES));
  });

  test("keeps them where it comes to lead: nobody is known to have more", () => {
    const world = written(1);
    const [{ name = "" } = {}] = world.members;
    world.restart(name);
    expect(shortly(world.call(name, get("a")))).toBe(String(WRITES));
  });
});

test("a snapshot is taken when it is due, and the log is trimmed behind it, on every member", () => {
  const limits = { snapshotEntries: 10, snapshotGrowth: 0, snapshotSliceBytes: 20 };
  const world = new ReplicaWorld({ size: 3, limits, raftLimits: { trailingEntries: 2 } });
  const { name } = world.electLeader();
  for (let i = 0; i < 35; i++) world.call(name, put(`k${String(i % 5)}`, "x"));
  world.run(300);
  for (const member of world.members) {
    expect(world.observed(member.name, "snapshotTaken").map(({ index }) => index)).toEqual([10, 20, 30]);
    expect(member.disk.entries[0]?.index).toBe(29);
    expect(member.disk.snapshots.at(-1)?.meta).toMatchObject({
      base: { index: 30 },
      version: 1,
      membership: { voters: ["n1", "n2", "n3"] },
    });
  }
  for (const member of world.members) world.restart(member.name);
  const next = world.electLeader();
  expect(shortly(world.call(next.name, put("k0", "y")))).toBe("v8");
});

test("a member that has nothing to say gives no effects", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  world.run(500);
  expect(world.running(name).step({ kind: "turnEnded" })).toEqual([]);
});
