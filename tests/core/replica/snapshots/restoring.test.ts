import { utf8 } from "../../../../core/base/bytes.ts";
import { asBoot, asCluster, asGroup, asMember } from "../../../../core/base/ids.ts";
import { Random } from "../../../../core/base/random.ts";
import { KvStateMachine } from "../../../../core/kv/kv-state-machine.ts";
import { OnePartition } from "../../../../core/replica/applied/one-partition.ts";
import { DEFAULT_LIMITS, DEFAULT_TIMING } from "../../../../core/raft/inputs.ts";
import type { SnapshotMeta } from "../../../../core/raft/snapshot-meta.ts";
import { lifeNumber } from "../../../../core/replica/life-number.ts";
import { DEFAULT_REPLICA_LIMITS } from "../../../../core/replica/options.ts";
import { ReplicaState } from "../../../../core/replica/replica-state.ts";
import { beginRestoring } from "../../../../core/replica/snapshots/restoring.ts";
import { get, put, shortly } from "../kv-calls.ts";
import type { MemberInWorld } from "../replica-world.ts";
import { ReplicaWorld } from "../replica-world.ts";

const LIMITS = { snapshotEntries: 10, snapshotGrowth: 0 };

/** A group with snapshots, and one member of it whose restoration waits for the test. */
function restoringMember(): { readonly world: ReplicaWorld; readonly member: MemberInWorld } {
  const world = new ReplicaWorld({ size: 3, limits: LIMITS, raftLimits: { trailingEntries: 2 } });
  const { name } = world.electLeader();
  for (let i = 0; i < 25; i++) world.call(name, put(`k${String(i)}`, "x"));
  world.run(300);
  const member = world.followers[0] as MemberInWorld;
  member.isRestoringPaused = true;
  world.restart(member.name);
  return { world, member };
}

test("until its state is restored a member serves nobody and applies nothing; then it goes on", () => {
  const { world, member } = restoringMember();
  const { name } = member;
  world.run(300);
  const status = world.running(name).status();
  expect(status).toMatchObject({ stage: "restoring", appliedIndex: 20 });
  expect(status.raft.commitIndex).toBeGreaterThan(20);
  for (const operation of [get("k1"), get("k1", "stale"), put("a", "1"), { kind: "newClient" } as const]) {
    expect(shortly(world.call(name, operation))).toBe("starting");
  }
  world.resumeRestoring(name);
  world.settle();
  expect(world.observed(name, "restored")).toEqual([{ kind: "restored", index: 20 }]);
  expect(world.running(name).status()).toMatchObject({ stage: "serving", appliedIndex: world.leader.replica?.status().appliedIndex });
  expect(shortly(world.call(name, get("k24")))).toBe("x");
  expect(new Set(world.digests()).size).toBe(1);
});

test("a member that is restoring votes and acknowledges like any other", () => {
  const { world, member } = restoringMember();
  const other = world.members.find(({ name }) => name !== member.name && name !== world.leader.name) as MemberInWorld;
  world.crash(other.name);
  expect(shortly(world.call(world.leader.name, put("a", "1")))).toBe("v1");
});

test("a leader that is still restoring refuses, and serves when it is done", () => {
  const world = new ReplicaWorld({ size: 1, limits: LIMITS });
  const { name } = world.electLeader();
  for (let i = 0; i < 15; i++) world.call(name, put("a", String(i)));
  world.at(name).isRestoringPaused = true;
  world.restart(name);
  world.electLeader();
  expect(shortly(world.call(name, put("a", "new")))).toBe("starting");
  world.resumeRestoring(name);
  world.settle();
  expect(shortly(world.call(name, get("a")))).toBe("14");
});

test("slices of another snapshot are ignored", () => {
  const { world, member } = restoringMember();
  const { name } = member;
  world.tell(name, { kind: "restoreSlice", snapshotId: "another", bytes: utf8("x"), last: true });
  world.settle();
  expect(member.stopped).toBeNull();
  world.resumeRestoring(name);
  world.settle();
  world.tell(name, { kind: "restoreSlice", snapshotId: member.disk.snapshots.at(-1)?.meta.id ?? "", bytes: utf8("x"), last: true });
  world.settle();
  expect(member.stopped).toBeNull();
  expect(world.observed(name, "restored").length).toBe(1);
});

test.each([
  { name: "bytes that are no snapshot", bytes: utf8("this is something else entirely") },
  { name: "less than everything", bytes: new Uint8Array(0) },
])("a snapshot that can't be restored stops the member: $name", ({ bytes }) => {
  const { world, member } = restoringMember();
  const snapshotId = member.disk.snapshots.at(-1)?.meta.id ?? "";
  world.tell(member.name, { kind: "restoreSlice", snapshotId, bytes, last: true });
  world.settle();
  expect(member.stopped).toMatchObject({ reason: "snapshotDamaged", message: expect.stringContaining(snapshotId) as string });
});

test("a snapshot of a version that this binary doesn't know stops it", () => {
  const world = new ReplicaWorld({ size: 1, version: 3, limits: LIMITS });
  const { name } = world.electLeader();
  world.run(500);
  for (let i = 0; i < 15; i++) world.call(name, put("a", String(i)));
  world.crash(name);
  world.at(name).version = 2;
  world.start(name);
  expect(world.at(name).stopped).toMatchObject({ reason: "versionUnknown", message: expect.stringContaining("needs version 3") as string });
});

test("a member that was away for too long gets a snapshot, and a newer one takes the place of one that is being restored", () => {
  const world = new ReplicaWorld({ size: 3, limits: LIMITS, raftLimits: { trailingEntries: 2, fewMessages: 64 } });
  const leader = world.electLeader();
  const member = world.followers[0] as MemberInWorld;
  const { name } = member;
  member.isRestoringPaused = true;
  const fallBehind = (): void => {
    world.passes = ({ from, to }) => from !== name && to !== name;
    for (let i = 0; i < 30; i++) world.call(leader.name, put("a", "x"));
    world.passes = () => true;
    world.run(1_000);
  };
  fallBehind();
  fallBehind();
  const begun = member.slices.flatMap((slice) => (slice.kind === "restoreSlice" ? [slice.snapshotId] : []));
  expect(new Set(begun).size).toBe(2);
  expect(world.running(name).status().stage).toBe("restoring");
  world.resumeRestoring(name);
  world.run(300);
  expect(world.observed(name, "restored").length).toBe(1);
  expect(world.running(name).status().stage).toBe("serving");
  expect(new Set(world.digests()).size).toBe(1);
});

test("what a deposed leader was still waiting for is unknown once a snapshot takes the place of its log", () => {
  const world = new ReplicaWorld({ size: 3, limits: LIMITS, raftLimits: { trailingEntries: 2 } });
  const old = world.electLeader();
  world.passes = ({ from, to }) => from !== old.name && to !== old.name;
  const id = world.ask(old.name, put("a", "lost"), 60_000);
  world.run(2_000);
  for (let i = 0; i < 30; i++) world.call(world.leader.name, put("a", "x"));
  old.isRestoringPaused = true;
  world.passes = () => true;
  world.run(1_500);
  // At once, not only when it is restored.
  expect(world.running(old.name).status().stage).toBe("restoring");
  expect(shortly(world.answer(old.name, id))).toBe("unknown leadershipLost");
});

test("a snapshot of its own that is under way is given up for one from elsewhere", () => {
  const world = new ReplicaWorld({ size: 3, limits: LIMITS, raftLimits: { trailingEntries: 2 } });
  const leader = world.electLeader();
  const member = world.followers[0] as MemberInWorld;
  member.areSnapshotsStuck = true;
  for (let i = 0; i < 12; i++) world.call(leader.name, put("a", "x"));
  world.run(200);
  expect([...member.openSnapshots.keys()]).toEqual([`10-${member.name}-${lifeNumber(1, 0)}-1`]);
  world.passes = ({ from, to }) => from !== member.name && to !== member.name;
  for (let i = 0; i < 40; i++) world.call(leader.name, put("a", "x"));
  world.passes = () => true;
  world.run(1_500);
  expect(world.observed(member.name, "restored").length).toBeGreaterThan(0);
  expect(member.openSnapshots.has(`10-${member.name}-${lifeNumber(1, 0)}-1`)).toBe(false);
  expect(new Set(world.digests()).size).toBe(1);
});

test("while it lasts the consensus hands nothing over to be applied", () => {
  const world = new ReplicaWorld({ size: 1, limits: LIMITS });
  const { name } = world.electLeader();
  for (let i = 0; i < 15; i++) world.call(name, put("a", String(i)));
  const { disk } = world.at(name);
  const meta = disk.snapshots.at(-1)?.meta as SnapshotMeta;
  const state = new ReplicaState({
    identity: { cluster: asCluster("c"), group: asGroup("g"), self: asMember(name), boot: asBoot(2) },
    earlierLives: [],
    bootsSeen: {},
    recovered: {
      ...disk,
      base: meta.base,
      entries: disk.entries.filter(({ index }) => index > meta.base.index),
      snapshot: meta,
      membership: meta.membership,
    },
    machine: new OnePartition(new KvStateMachine(), DEFAULT_REPLICA_LIMITS),
    random: new Random(1),
    timing: DEFAULT_TIMING,
    raftLimits: DEFAULT_LIMITS,
    limits: DEFAULT_REPLICA_LIMITS,
    version: 1,
  });
  beginRestoring(state, meta);
  for (let ticks = 0; ticks < 60; ticks++) {
    state.raft.tick();
    const { persist, committed } = state.raft.takeReady();
    expect(committed).toEqual([]);
    if (persist !== null) state.raft.persisted(persist.batch);
  }
  expect(state.raft.status().commitIndex).toBeGreaterThan(meta.base.index);
  state.raft.pauseApplying(false);
  expect(state.raft.takeReady().committed.length).toBeGreaterThan(0);
});
