import { EMPTY_BYTES } from "../../../../core/base/bytes.ts";
import { asMember } from "../../../../core/base/ids.ts";
import { put, shortly } from "../kv-calls.ts";
import { ReplicaWorld, TICK_MS } from "../replica-world.ts";

const place = { ordinal: 0, address: "http://new" };

test("a learner is promoted by itself, and takes the place of the member that was there", () => {
  const world = new ReplicaWorld({ size: 3, spare: 1 });
  const { name } = world.electLeader();
  const victim = world.followers[0]?.name ?? asMember("");
  const { ordinal } = world.running(name).status().raft.membership.places[victim] ?? place;
  world.crash(victim);
  const change = { kind: "addLearner", member: asMember("n4"), place: { ...place, ordinal } } as const;
  expect(shortly(world.call(name, { kind: "changeMembership", change }))).toBe("accepted");
  world.run(1_500);
  const { membership } = world.running(name).status().raft;
  expect(membership.voters).toContain("n4");
  expect(membership.voters).not.toContain(victim);
  expect(membership).toMatchObject({ learners: [], outgoing: [], removed: [victim] });
});

test("a learner that doesn't follow is not promoted", () => {
  const world = new ReplicaWorld({ size: 3, spare: 1 });
  const { name } = world.electLeader();
  world.crash("n4");
  world.call(name, { kind: "changeMembership", change: { kind: "addLearner", member: asMember("n4"), place: { ...place, ordinal: 3 } } });
  world.run(3_000);
  expect(world.running(name).status().raft.membership).toMatchObject({ learners: ["n4"], voters: ["n1", "n2", "n3"] });
});

test("a new leader goes on where the old one was with promoting", () => {
  const world = new ReplicaWorld({ size: 3, spare: 1 });
  const { name } = world.electLeader();
  world.crash("n4");
  world.call(name, { kind: "changeMembership", change: { kind: "addLearner", member: asMember("n4"), place: { ...place, ordinal: 3 } } });
  world.run(500);
  world.restart(name);
  world.start("n4");
  world.run(3_000);
  expect(world.leader.replica?.status().raft.membership.voters).toEqual(["n1", "n2", "n3", "n4"]);
});

test("the version is raised once the last member has been exchanged, and not before", () => {
  const world = new ReplicaWorld({ size: 3 });
  world.electLeader();
  const versions = (): readonly number[] => world.members.map(({ replica }) => replica?.status().groupVersion ?? 0);
  for (const { name } of world.members) {
    world.run(1_000);
    expect(versions()).toEqual([1, 1, 1]);
    world.at(name).version = 2;
    world.restart(name);
  }
  world.run(2_000);
  expect(versions()).toEqual([2, 2, 2]);
  // Once, and by no more than one entry.
  const entries = world.leader.disk.entries.filter(({ kind }) => kind === "version");
  expect(entries.map(({ version }) => version)).toEqual([2]);
});

test("a learner that knows less keeps the version down", () => {
  const world = new ReplicaWorld({ size: 3, spare: 1, version: 1 });
  const { name } = world.electLeader();
  world.call(name, { kind: "changeMembership", change: { kind: "addLearner", member: asMember("n4"), place: { ...place, ordinal: 3 } } });
  for (const member of world.members.slice(0, 3)) {
    member.version = 2;
    world.restart(member.name);
  }
  world.run(2_000);
  expect(world.leader.replica?.status().groupVersion).toBe(1);
  world.at("n4").version = 2;
  world.restart("n4");
  world.run(1_000);
  expect(world.leader.replica?.status().groupVersion).toBe(2);
});

test("a leader whose event loop stalls again and again hands over", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  world.run(500);
  const others = world.followers;
  // Nobody else stands for election meanwhile.
  world.passes = ({ body }) => body.kind !== "raft" || body.message.kind !== "preVote";
  for (let i = 0; i < 3; i++) {
    for (let ticks = 0; ticks < 11; ticks++) {
      world.nowMs += TICK_MS;
      for (const other of others) world.tickOne(other.name);
      world.settle();
    }
    world.tick();
    world.run(100);
  }
  world.run(200);
  expect(world.leader.name).not.toBe(name);
  expect(world.observed(name, "raft").map(({ observation }) => observation)).toContainEqual(
    expect.objectContaining({ kind: "transferStarted", reason: "slowLoop" }) as unknown,
  );
});

test("a machine on which all members stall moves leadership once, not round and round", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  world.run(500);
  for (let i = 0; i < 3; i++) {
    world.tick(350);
    world.run(100);
  }
  world.run(3_000);
  expect(world.leader.name).not.toBe(name);
  const transfers = world.members.flatMap((member) =>
    world.observed(member.name, "raft").filter(({ observation }) => observation.kind === "transferStarted"),
  );
  expect(transfers.length).toBe(1);
});

test("a leader that is short of space hands over, and stays where nobody else can lead", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  world.tell(name, { kind: "diskSpace", state: "short" });
  world.run(500);
  const next = world.leader.name;
  expect(next).not.toBe(name);
  expect(shortly(world.call(next, put("a", "1")))).toBe("v1");
  const alone = new ReplicaWorld({ size: 1 });
  const only = alone.electLeader().name;
  alone.tell(only, { kind: "diskSpace", state: "short" });
  alone.run(2_000);
  expect(alone.leader.name).toBe(only);
});

test("where all are short of space, leadership does not go round and round", () => {
  const world = new ReplicaWorld({ size: 3 });
  world.electLeader();
  for (const { name } of world.members) world.tell(name, { kind: "diskSpace", state: "short" });
  world.run(20_000);
  const transfers = world.members.flatMap(({ name }) =>
    world.observed(name, "raft").filter(({ observation }) => observation.kind === "transferStarted"),
  );
  expect(transfers.length).toBeLessThanOrEqual(8);
});

test("log time is the group's: the leader's own clock, an hour ahead, expires nothing", () => {
  const world = new ReplicaWorld({ size: 3 });
  const { name } = world.electLeader();
  const outcome = world.call(name, { kind: "newClient" });
  const client = outcome.kind === "done" && outcome.value.kind === "client" ? outcome.value.client : "";
  expect(shortly(world.call(name, put("a", "1", { client, serial: 1, acked: 0 })))).toBe("v1");
  const before = world.running(name).status().lastStampMs;
  for (const { name: each } of world.members) {
    world.at(each).wallOffsetMs = 2 * 3_600_000;
    world.run(3_000);
    world.call(world.leader.name, { kind: "transferLeadership", to: asMember(each) });
    world.run(1_000);
    expect(shortly(world.call(world.leader.name, put("a", "2", { client, serial: 1, acked: 0 })))).toBe("v1");
    expect(world.leader.replica?.status().lastStampMs).toBeLessThan(before + 60_000);
    world.at(each).wallOffsetMs = 0;
  }
});

test.each([{ writes: 20 }, { writes: 19 }])(
  "a leader whose snapshot can't be read takes another for its follower, once ($writes writes)",
  ({ writes }) => {
    const limits = { snapshotEntries: 5, snapshotGrowth: 0 };
    const world = new ReplicaWorld({ size: 3, limits, raftLimits: { trailingEntries: 0 } });
    const { name } = world.electLeader();
    const behind = world.followers[0]?.name ?? "";
    world.passes = ({ from, to }) => from !== behind && to !== behind;
    for (let i = 0; i < writes; i++) world.call(name, put(`k${String(i)}`, "x"));
    world.run(200);
    const { disk } = world.leader;
    disk.snapshots = disk.snapshots.map(({ meta }) => ({ meta: { ...meta, id: "damaged" }, bytes: EMPTY_BYTES }));
    world.passes = () => true;
    const taken = world.observed(name, "snapshotTaken").length;
    world.run(2_000);
    expect(world.observed(name, "snapshotTaken").length).toBe(taken + 1);
    expect(world.running(behind).status().appliedIndex).toBe(world.running(name).status().appliedIndex);
    expect(world.leader.name).toBe(name);
  },
);
