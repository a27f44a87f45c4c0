import type { SnapshotMeta } from "../../../../core/raft/snapshot-meta.ts";
import { get, put, shortly } from "../kv-calls.ts";
import type { MemberInWorld } from "../replica-world.ts";
import { ReplicaWorld } from "../replica-world.ts";

const LIMITS = { snapshotEntries: 10, snapshotGrowth: 0 };

/** A leader with a snapshot up to entry 20, and a follower that is still busy with its first one; the other follows nobody. */
function world(): {
  readonly world: ReplicaWorld;
  readonly leader: MemberInWorld;
  readonly member: MemberInWorld;
  readonly other: MemberInWorld;
} {
  const world = new ReplicaWorld({ size: 3, limits: LIMITS, raftLimits: { trailingEntries: 2, fewMessages: 64 } });
  const leader = world.electLeader();
  const [member, other] = world.followers as [MemberInWorld, MemberInWorld];
  member.areSnapshotsStuck = true;
  world.crash(other.name);
  for (let i = 0; i < 15; i++) world.call(leader.name, put(`k${String(i)}`, "x"));
  world.run(200);
  return { world, leader, member, other };
}

/** As the snapshot store would: the older one is let go. */
function receive(world: ReplicaWorld, { from, to }: { readonly from: MemberInWorld; readonly to: MemberInWorld }): SnapshotMeta {
  const stored = from.disk.snapshots.at(-1);
  if (stored === undefined) throw new Error("there is no snapshot to be received");
  to.disk.snapshots = [stored];
  const { meta } = stored;
  world.tell(to.name, {
    kind: "snapshotPieceWritten",
    piece: { from: from.name, snapshotId: meta.id, result: { kind: "complete", snapshot: meta } },
  });
  world.settle();
  return meta;
}

const raftOf = (world: ReplicaWorld, { name }: MemberInWorld) => world.running(name).status().raft;

test("a snapshot of what was applied already takes the place of an own one: the log ends at it, and it is what others get", () => {
  const { world: group, leader, member, other } = world();
  expect(raftOf(group, member)).toMatchObject({ snapshotIndex: 0, baseIndex: 0 });
  const { base } = receive(group, { from: leader, to: member });
  expect(raftOf(group, member)).toMatchObject({ snapshotIndex: base.index, baseIndex: base.index - 2 });
  expect(member.disk.base.index).toBe(base.index - 2);
  expect(member.openSnapshots.size).toBe(0); // the own one, which would have been older
  group.crash(leader.name);
  group.start(other.name);
  group.runUntil(() => group.running(member.name).status().raft.role === "leader");
  group.run(1_000);
  expect(group.observed(other.name, "restored")).toEqual([{ kind: "restored", index: base.index }]);
  expect(shortly(group.call(other.name, get("k14")))).toBe("x");
});

test("one of what is in the log and not applied yet has to wait for that", () => {
  const { world: group, leader, member, other } = world();
  group.start(other.name);
  group.run(200);
  member.isDiskPaused = true;
  for (let i = 0; i < 15; i++) group.call(leader.name, put(`m${String(i)}`, "x"));
  const before = raftOf(group, member);
  const { base } = receive(group, { from: leader, to: member });
  expect(base.index).toBeGreaterThan(before.durableIndex);
  expect(raftOf(group, member)).toMatchObject({ snapshotIndex: 0, baseIndex: 0, lastIndex: before.lastIndex });
  group.resumeDisk(member.name);
  group.run(200);
  expect(raftOf(group, member)).toMatchObject({ snapshotIndex: base.index, baseIndex: base.index - 2 });
  expect(new Set(group.digests()).size).toBe(1);
});

test("one that is older than the member's own changes nothing", () => {
  const { world: group, leader, member } = world();
  const older = leader.disk.snapshots.at(-1);
  member.areSnapshotsStuck = false;
  group.restart(member.name);
  for (let i = 0; i < 25; i++) group.call(leader.name, put(`m${String(i)}`, "x"));
  group.run(200);
  const { snapshotIndex } = raftOf(group, member);
  expect(snapshotIndex).toBeGreaterThan(older?.meta.base.index ?? 0);
  if (older !== undefined) leader.disk.snapshots = [older];
  const kept = member.disk.snapshots;
  receive(group, { from: leader, to: member });
  member.disk.snapshots = kept;
  expect(raftOf(group, member).snapshotIndex).toBe(snapshotIndex);
});
