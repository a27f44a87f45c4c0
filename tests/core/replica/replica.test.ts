import { EMPTY_BYTES } from "../../../core/base/bytes.ts";
import { asIndex, asMember } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import { DEFAULT_TIMING } from "../../../core/raft/inputs.ts";
import { decodeMembership } from "../../../core/raft/membership.ts";
import { KvStateMachine } from "../../../core/kv/kv-state-machine.ts";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";
import { envelopeOf, isolate } from "./envelopes.ts";
import { append, get, put, shortly } from "./kv-calls.ts";
import { ReplicaWorld } from "./replica-world.ts";

function newClient(world: ReplicaWorld, name: string): string {
  const outcome = world.call(name, { kind: "newClient" });
  if (outcome.kind !== "done" || outcome.value.kind !== "client") throw new Error("no client id");
  expect(outcome.value.expiresAfterMs).toBe(3_600_000);
  return outcome.value.client;
}

test("a write is answered, read everywhere, and survives the loss of the leader", () => {
  const world = new ReplicaWorld({ size: 3 });
  const leader = world.electLeader();
  expect(shortly(world.call(leader.name, put("a", "1")))).toBe("v1");
  for (const { name } of world.members) expect(shortly(world.call(name, get("a")))).toBe("1");
  world.crash(leader.name);
  const next = world.electLeader();
  expect(next.name).not.toBe(leader.name);
  expect(shortly(world.call(next.name, get("a")))).toBe("1");
  expect(shortly(world.call(next.name, put("a", "2")))).toBe("v2");
  world.start(leader.name);
  world.run(500);
  expect(new Set(world.digests()).size).toBe(1);
});

test("a member may rest while there is a leader and nobody waits, and not otherwise", () => {
  const world = new ReplicaWorld({ size: 3 });
  const quiet = (): readonly number[] => world.members.map(({ name }) => world.running(name).quietTicks());
  expect(quiet()).toEqual([1, 1, 1]);
  const leader = world.electLeader();
  world.run(200);
  const { heartbeatTicks, electionTicks } = DEFAULT_TIMING;
  for (const { name } of world.members) {
    const ticks = world.running(name).quietTicks();
    const [least, most] = name === leader.name ? [1, heartbeatTicks] : [electionTicks - heartbeatTicks - 1, 2 * electionTicks];
    expect(ticks).toBeGreaterThanOrEqual(least);
    expect(ticks).toBeLessThanOrEqual(most);
  }
  world.passes = () => false;
  world.ask(leader.name, put("a", "1"));
  world.run(50);
  expect(world.running(leader.name).quietTicks()).toBe(1);
  world.run(1_500);
  expect(quiet()).toEqual([1, 1, 1]);
});

test("a leader that misses somebody does not rest", () => {
  const world = new ReplicaWorld({ size: 3 });
  const leader = world.electLeader();
  const longest = (): number => {
    const quiet = Array.from({ length: 8 }, () => {
      world.run(25);
      return world.running(leader.name).quietTicks();
    });
    return Math.max(...quiet);
  };
  world.run(200);
  expect(longest()).toBeGreaterThan(1);
  const lost = world.members.find(({ name }) => name !== leader.name);
  world.passes = ({ to }) => to !== lost?.name;
  world.run(400);
  expect(longest()).toBe(1);
});

test("a member that may rest for some ticks does nothing before the last of them", () => {
  const world = new ReplicaWorld({ size: 3 });
  const leader = world.electLeader();
  world.run(200);
  world.passes = () => false;
  const name = world.members.map((each) => each.name).find((each) => each !== leader.name) ?? "";
  const before = world.running(name).status().raft.term;
  let rested = 0;
  for (let ticks = world.running(name).quietTicks(); ticks > 1; ticks = world.running(name).quietTicks(), rested++) {
    world.run(25);
    expect(world.running(name).status().raft.role).toBe("follower");
  }
  expect(rested).toBeGreaterThan(5);
  world.run(50);
  expect(world.running(name).status().raft.role).not.toBe("follower");
  expect(world.running(name).status().raft.term).toBeGreaterThanOrEqual(before);
});

test("each of many writes gets its own answer", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  const ids = Array.from({ length: 50 }, () => world.ask(name, append("k", "x")));
  world.settle();
  expect(ids.map((id) => shortly(world.answer(name, id)))).toEqual(ids.map((_, i) => `v${String(i + 1)}`));
});

test("a retry under the same serial is executed once, across a change of leaders and a restart of everybody", () => {
  const world = new ReplicaWorld({ size: 3 });
  const first = world.electLeader();
  const client = newClient(world, world.followers[0]?.name ?? "");
  const session = { client, serial: 1, acked: 0 };
  expect(shortly(world.call(first.name, append("a", "x", session)))).toBe("v1");
  world.crash(first.name);
  const second = world.electLeader();
  expect(shortly(world.call(second.name, append("a", "x", session)))).toBe("v1");
  expect(world.observed(second.name, "duplicateAnswered")).toEqual([{ kind: "duplicateAnswered", client, serial: 1 }]);
  for (const { name } of world.members) world.restart(name);
  const third = world.electLeader();
  expect(shortly(world.call(third.name, append("a", "x", session)))).toBe("v1");
  expect(shortly(world.call(third.name, get("a")))).toBe("x");
});

test("a leader without a majority confirms nothing: writes end unknown, reads are refused", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  world.call(name, put("a", "old"));
  isolate(world, name);
  const write = world.ask(name, put("a", "lost"), 1_000);
  const read = world.ask(name, get("a"), 1_000);
  const stale = world.ask(name, get("a", "stale"), 1_000);
  world.run(500);
  expect(shortly(world.answer(name, stale))).toBe("old");
  expect([world.answer(name, write), world.answer(name, read)]).toEqual([null, null]);
  world.run(600);
  expect(shortly(world.answer(name, write))).toBe("unknown deadline");
  expect(shortly(world.answer(name, read))).toBe("noQuorum");
});

test("what an old leader proposed alone is answered after the heal: never done", () => {
  const world = new ReplicaWorld({ size: 3 });
  const old = world.electLeader();
  isolate(world, old.name);
  const ids = Array.from({ length: 20 }, () => world.ask(old.name, put("a", "lost"), 60_000));
  world.run(2_000);
  expect(ids.filter((id) => world.answer(old.name, id) !== null)).toEqual([]);
  const next = world.leader;
  expect(next).not.toBe(old);
  world.call(next.name, put("a", "new"));
  world.passes = () => true;
  world.run(1_000);
  const answers = new Set(ids.map((id) => shortly(world.answer(old.name, id))));
  expect([...answers].every((answer) => answer === "notLeader" || answer === "unknown leadershipLost")).toBe(true);
  expect(shortly(world.call(old.name, get("a")))).toBe("new");
});

test("an old leader has no writes under way, though some of its own have yet to be answered", () => {
  const world = new ReplicaWorld({ size: 3 });
  const old = world.electLeader();
  isolate(world, old.name);
  world.ask(old.name, put("a", "1"), 60_000);
  world.settle();
  expect(world.running(old.name).writesUnderWay).toBe(1);
  world.run(2_000);
  expect(world.leader).not.toBe(old);
  expect(world.running(old.name).status()).toMatchObject({ pendingWrites: 1 });
  expect(world.running(old.name).writesUnderWay).toBe(0);
});

test("what an old leader proposed is still done if its successor commits it", () => {
  const world = new ReplicaWorld({ size: 3 });
  const old = world.electLeader();
  // Entries get through, but no acknowledgement comes back: the leader can't commit, and in the end gives up.
  const isAnswer = ({ body }: PeerMessage): boolean => body.kind === "raft" && body.message.kind === "appendReply";
  world.passes = (message) => !(message.to === old.name && isAnswer(message));
  const id = world.ask(old.name, put("a", "kept"), 60_000);
  world.settle();
  world.passes = ({ from, to }) => from !== old.name && to !== old.name;
  world.run(2_000);
  expect(world.answer(old.name, id)).toBeNull();
  world.passes = () => true;
  world.run(1_000);
  expect(shortly(world.answer(old.name, id))).toBe("v1");
});

test("a read on a follower that has lost its leader is asked again until one answers", () => {
  const world = new ReplicaWorld({ size: 3 });
  const old = world.electLeader();
  world.call(old.name, put("a", "1"));
  const follower = world.followers[0]?.name ?? "";
  world.crash(old.name);
  const id = world.ask(follower, get("a"), 5_000);
  world.settle();
  world.run(2_500);
  expect(shortly(world.answer(follower, id))).toBe("1");
});

test("nobody is answered who has gone", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  const [write, read] = [world.ask(name, put("a", "1")), world.ask(name, get("a"))] as const;
  for (const id of [write, read]) world.tell(name, { kind: "requestAbandoned", id });
  world.settle();
  world.run(200);
  expect([world.answer(name, write), world.answer(name, read)]).toEqual([null, null]);
  expect(shortly(world.call(name, get("a")))).toBe("1");
});

test("a leader that removes itself first finishes what it has begun, then hands over and stops", () => {
  const world = new ReplicaWorld({ size: 3, raftLimits: { appendEntriesMax: 1 } });
  const leader = world.electLeader();
  let finalIndex = Infinity;
  let isHeldUp = true;
  // What lies behind the entry that ends the change doesn't get through at first.
  world.passes = ({ body }) => {
    const entries = body.kind === "raft" && body.message.kind === "append" ? body.message.entries : [];
    for (const entry of entries) {
      if (entry.kind === "membership" && decodeMembership(entry.body, entry.index)?.outgoing.length === 0) finalIndex = entry.index;
    }
    return !isHeldUp || entries.every(({ index }) => index <= finalIndex);
  };
  const ids = [world.ask(leader.name, { kind: "changeMembership", change: { kind: "removeMember", member: leader.name } })];
  for (let turns = 0; turns < 8; turns++) {
    ids.push(world.ask(leader.name, put("a", String(turns))));
    for (const { name } of world.members) world.tickOne(name);
  }
  world.settle();
  expect(shortly(world.answer(leader.name, ids[0] ?? 0))).toBe("accepted");
  expect(world.running(leader.name).status().appliedIndex).toBe(finalIndex);
  expect(world.running(leader.name).status().pendingWrites).toBeGreaterThan(0);
  isHeldUp = false;
  world.run(1_500);
  expect(leader.stopped).toMatchObject({ reason: "removed" });
  expect(ids.filter((id) => world.answer(leader.name, id) === null)).toEqual([]);
  const next = world.electLeader();
  expect(shortly(world.call(next.name, put("b", "1")))).toBe("v1");
  expect(next.replica?.status().raft.membership.voters.length).toBe(2);
  // Nobody had to miss the old leader first.
  const elections = world.observed(next.name, "raft").filter(({ observation }) => observation.kind === "electionStarted");
  expect(elections.at(-1)).toMatchObject({ observation: { reason: "transfer" } });
});

test("shutdown: a leader hands over first, takes nothing new, and may go when nobody waits any more", () => {
  const world = new ReplicaWorld({ size: 3 });
  const leader = world.electLeader();
  const before = world.ask(leader.name, put("a", "1"));
  world.tell(leader.name, { kind: "shutdown" });
  const after = world.ask(leader.name, put("a", "2"));
  world.settle();
  world.run(200);
  expect(shortly(world.answer(leader.name, before))).toBe("v1");
  expect(shortly(world.answer(leader.name, after))).toBe("transferring");
  expect(world.running(leader.name).status()).toMatchObject({ stage: "stopping", mayExit: true });
  // As long as it is still there it says who takes writes now, and that it is no place for reads.
  expect(shortly(world.call(leader.name, put("a", "3")))).toBe("notLeader");
  expect(shortly(world.call(leader.name, get("a")))).toBe("shuttingDown");
  expect(world.leader.name).not.toBe(leader.name);
});

test("shutdown: what can't be finished in time ends unknown, reads are refused", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  isolate(world, name);
  const [write, read] = [world.ask(name, put("a", "1"), 60_000), world.ask(name, get("a"), 60_000)] as const;
  world.settle();
  world.tell(name, { kind: "shutdown" });
  world.run(1_900);
  expect(world.answer(name, write)).toBeNull();
  expect(world.running(name).status().mayExit).toBe(false);
  world.run(300);
  expect(shortly(world.answer(name, write))).toBe("unknown shutdown");
  expect(shortly(world.answer(name, read))).toBe("shuttingDown");
  expect(world.running(name).status().mayExit).toBe(true);
});

test("shutdown: a read on a follower, for which the old leader was asked, is not kept waiting", () => {
  const world = new ReplicaWorld({ size: 3 });
  const leader = world.electLeader();
  expect(shortly(world.call(leader.name, put("a", "1")))).toBe("v1");
  const [reader = ""] = world.followers.map(({ name }) => name);
  world.tell(leader.name, { kind: "shutdown" });
  const id = world.ask(reader, get("a"), 5_000);
  world.run(200);
  expect(world.leader.name).not.toBe(leader.name);
  expect(shortly(world.answer(reader, id))).toBe("1");
});

test("a broken claim stops the member at once and says where", () => {
  class Broken extends KvStateMachine {
    override apply(): Uint8Array {
      throw new Error("this service has a bug");
    }
  }
  const world = new ReplicaWorld({ size: 1, machine: () => new Broken() });
  const { name } = world.electLeader();
  const replica = world.running(name);
  const request = { id: 1, deadlineMs: world.nowMs + 1_000, operation: put("a", "1") };
  replica.step({ kind: "clientRequest", request });
  const [write] = replica.step({ kind: "turnEnded" });
  if (write?.kind !== "writeDisk") throw new Error("nothing was written");
  replica.step({ kind: "diskWritten", batch: write.batch });
  // What it would have said in this turn is not said any more.
  replica.step({ kind: "clientRequest", request: { ...request, id: 2, operation: get("a", "stale") } });
  expect(replica.step({ kind: "turnEnded" })).toEqual([
    { kind: "stop", reason: "bug", message: expect.stringContaining("this service has a bug") as string },
  ]);
  expect(replica.step({ kind: "turnEnded" })).toEqual([]);
  expect(replica.hasMore()).toBe(false);
  expect(replica.status().stage).toBe("stopped");
});

test("nonsense from peers is dropped and counted", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  const other = world.followers[0]?.name ?? "";
  const messages = [
    envelopeOf(world, other, { to: name, body: { kind: "raft", message: null as never } }),
    envelopeOf(world, other, { to: name, body: { kind: "surprise" } as never }),
    { ...envelopeOf(world, other, { to: name, body: { kind: "youAreRemoved" } }), cluster: "other" as never },
  ];
  for (const message of messages) world.tell(name, { kind: "peerMessage", message });
  world.settle();
  expect(world.observed(name, "envelopeRefused").map(({ why }) => why)).toEqual(["malformed", "malformed", "cluster"]);
  expect(shortly(world.call(name, put("a", "1")))).toBe("v1");
});

test.each([{ applyBytesMax: 300 }, { applyEntriesMax: 5 }])(
  "a long backlog is applied in pieces, and the replica says that there is more (%j)",
  (raftLimits) => {
    const world = new ReplicaWorld({ size: 1, raftLimits });
    const { name } = world.electLeader();
    for (let i = 0; i < 200; i++) world.ask(name, put("a", String(i)));
    world.settle();
    world.restart(name);
    world.tickOne(name);
    for (let i = 0; i < 100 && !world.running(name).hasMore(); i++) world.tickOne(name);
    const replica = world.running(name);
    expect(replica.hasMore()).toBe(true);
    expect(replica.status().appliedIndex).toBeLessThan(100);
    world.settle();
    expect(replica.hasMore()).toBe(false);
    expect(replica.status().appliedIndex).toBeGreaterThan(200);
  },
);

test.each([1, 2, 3])("crashes, cuts and retries: every serial takes effect once, and all members agree (seed %i)", (seed) => {
  const random = new Random(seed);
  const limits = { snapshotEntries: 30, snapshotGrowth: 0, snapshotSliceBytes: 100 };
  const world = new ReplicaWorld({ size: 3, seed, limits, raftLimits: { trailingEntries: 5, appendEntriesMax: 4 } });
  world.electLeader();
  const client = newClient(world, world.leader.name);
  let serial = 0;
  const done: string[] = [];
  for (let round = 0; round < 60; round++) {
    const name = random.pick(world.members).name;
    if (random.chance(0.2) && world.at(name).replica !== null) world.crash(name);
    if (world.members.filter(({ replica }) => replica === null).length > 1)
      for (const each of world.members) if (each.replica === null) world.start(each.name);
    const lossRate = random.pick([0, 0, 0.1, 0.3]);
    world.passes = () => !random.chance(lossRate);
    const text = `${String(++serial)};`;
    for (let attempt = 0; attempt < 40; attempt++) {
      const running = world.members.filter(({ replica }) => replica?.status().raft.role === "leader");
      const target = running.length > 0 ? random.pick(running).name : null;
      if (target === null) {
        world.run(100);
        continue;
      }
      const id = world.ask(target, append("log", text, { client, serial, acked: Math.max(0, serial - 3) }), 300);
      world.run(random.between(1, 400));
      const answer = world.answer(target, id);
      if (answer?.kind !== "done") continue;
      done.push(text);
      break;
    }
  }
  world.passes = () => true;
  for (const each of world.members) if (each.replica === null) world.start(each.name);
  world.run(3_000);
  const { leader } = world;
  const value = shortly(world.call(leader.name, get("log")));
  const parts = value
    .split(";")
    .filter((part) => part !== "")
    .map((part) => `${part};`);
  expect(new Set(parts).size).toBe(parts.length);
  expect(done.filter((text) => !parts.includes(text))).toEqual([]);
  expect(done.length).toBeGreaterThan(30);
  expect(new Set(world.digests()).size).toBe(1);
  expect(world.members.flatMap(({ stopped }) => (stopped === null ? [] : [stopped]))).toEqual([]);
});

test("an event that concerns nothing any more is ignored", () => {
  const world = new ReplicaWorld({ size: 1 });
  const { name } = world.electLeader();
  const snapshotId = "9-nobody-1-1";
  world.tell(name, { kind: "snapshotSliceWritten", snapshotId });
  world.tell(name, { kind: "snapshotFailed", snapshotId, reason: "" });
  world.tell(name, { kind: "restoreSlice", snapshotId, bytes: EMPTY_BYTES, last: true });
  world.tell(name, { kind: "requestAbandoned", id: 99 });
  world.tell(name, { kind: "snapshotPieceRead", piece: { to: asMember("x"), snapshotId, offset: 0, bytes: null } });
  world.settle();
  expect(world.at(name).stopped).toBeNull();
  expect(world.running(name).status().raft.commitIndex).toBeGreaterThanOrEqual(asIndex(1));
});
