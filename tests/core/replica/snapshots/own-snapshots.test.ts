import { utf8 } from "../../../../core/base/bytes.ts";
import { asBoot, asCluster, asGroup, asMember } from "../../../../core/base/ids.ts";
import { LOG_ORIGIN } from "../../../../core/raft/entry.ts";
import { NO_MEMBERS } from "../../../../core/raft/membership.ts";
import type { SnapshotMeta } from "../../../../core/raft/snapshot-meta.ts";
import { EffectQueue } from "../../../../core/replica/effect-queue.ts";
import { DEFAULT_REPLICA_LIMITS } from "../../../../core/replica/options.ts";
import type { ReplicaLimits } from "../../../../core/replica/options.ts";
import { OwnSnapshots } from "../../../../core/replica/snapshots/own-snapshots.ts";
import type { SnapshotSource } from "../../../../core/replica/state-machine.ts";

const identity = { cluster: asCluster("c"), group: asGroup("g"), self: asMember("me"), boot: asBoot(3) };

/** Each text a slice. */
function sourceOf(texts: readonly string[]): SnapshotSource {
  let at = 0;
  return {
    next: (slice) => {
      const text = texts[at++];
      if (text !== undefined) slice.raw(utf8(text));
      return text !== undefined;
    },
  };
}

class Taking {
  readonly effects = new EffectQueue();
  readonly snapshots: OwnSnapshots;

  constructor(limits: Partial<ReplicaLimits> = {}) {
    const all = { ...DEFAULT_REPLICA_LIMITS, snapshotEntries: 10, snapshotBytes: 1_000, ...limits };
    this.snapshots = new OwnSnapshots({ identity, limits: all, effects: this.effects });
  }

  apply(count: number, bytes: number): void {
    for (let i = 0; i < count; i++) this.snapshots.applied(bytes);
  }

  /** Its bytes are "1", "2", ... up to `slices`. */
  begin(slices = 1): string {
    const texts = Array.from({ length: slices }, (_, i) => String(i + 1));
    this.snapshots.begin({ base: LOG_ORIGIN, membership: NO_MEMBERS, version: 1, source: sourceOf(texts) });
    const [begin] = this.effects.take();
    if (begin?.kind !== "snapshotBegin") throw new Error("not begun");
    return begin.snapshotId;
  }

  kinds(): readonly string[] {
    return this.effects.take().map(({ kind }) => kind);
  }
}

function metaOf(id: string, sizeBytes = 5): SnapshotMeta {
  return { id, base: LOG_ORIGIN, membership: NO_MEMBERS, version: 1, sizeBytes, checksum: 0 };
}

test("due by count or by size", () => {
  const byCount = new Taking();
  byCount.apply(9, 1);
  expect(byCount.snapshots.isDue(0)).toBe(false);
  byCount.apply(1, 1);
  expect(byCount.snapshots.isDue(0)).toBe(true);
  const bySize = new Taking();
  bySize.apply(1, 999);
  expect(bySize.snapshots.isDue(0)).toBe(false);
  bySize.apply(1, 1);
  expect(bySize.snapshots.isDue(0)).toBe(true);
});

test("slice by slice, one under way at a time, then made durable", () => {
  const taking = new Taking();
  taking.snapshots.begin({ base: LOG_ORIGIN, membership: NO_MEMBERS, version: 2, source: sourceOf(["a", "b"]) });
  const id = "0-me-3-1";
  expect(taking.effects.take()).toEqual([
    { kind: "snapshotBegin", snapshotId: id, base: LOG_ORIGIN, membership: NO_MEMBERS, version: 2 },
    { kind: "snapshotSlice", snapshotId: id, bytes: utf8("a") },
  ]);
  taking.snapshots.sliceWritten("another");
  expect(taking.kinds()).toEqual([]);
  taking.snapshots.sliceWritten(id);
  expect(taking.effects.take()).toEqual([{ kind: "snapshotSlice", snapshotId: id, bytes: utf8("b") }]);
  taking.snapshots.sliceWritten(id);
  expect(taking.kinds()).toEqual(["snapshotCommit"]);
  expect(taking.snapshots.saved(metaOf(id))).toBe(true);
  expect(taking.snapshots.saved(metaOf(id))).toBe(false);
});

test("no second one while one is under way, and what is applied meanwhile counts for the next", () => {
  const taking = new Taking();
  taking.apply(10, 1);
  const id = taking.begin();
  taking.apply(10, 1);
  expect(taking.snapshots.isDue(0)).toBe(false);
  taking.snapshots.saved(metaOf(id, 0));
  expect(taking.snapshots.isDue(0)).toBe(true);
  expect(taking.begin()).not.toBe(id);
});

test("a large state is not written again for a few changes", () => {
  const taking = new Taking({ snapshotGrowth: 0.5 });
  taking.apply(10, 100);
  taking.snapshots.saved(metaOf(taking.begin(), 50_000));
  taking.apply(49, 100);
  expect(taking.snapshots.isDue(0)).toBe(false);
  taking.apply(1, 100);
  expect(taking.snapshots.isDue(0)).toBe(true);
});

test("a log of small entries never fills the memory of a member, however large the state is", () => {
  const heldBytesOfEach = 455;
  for (const stateBytes of [0, 10_000_000, 200_000_000]) {
    const taking = new Taking({
      snapshotEntries: DEFAULT_REPLICA_LIMITS.snapshotEntries,
      snapshotBytes: DEFAULT_REPLICA_LIMITS.snapshotBytes,
    });
    taking.snapshots.saved(metaOf(taking.begin(), stateBytes));
    let entries = 0;
    for (; !taking.snapshots.isDue(0); entries++) taking.snapshots.applied(55);
    // A quarter of the 256 MiB that a member has by default, or as much as the state allows itself.
    expect(entries * heldBytesOfEach).toBeLessThan(Math.max(67_108_864, stateBytes));
  }
});

test("after a failure it is tried again, later", () => {
  const taking = new Taking({ snapshotRetryMs: 500 });
  taking.apply(10, 1);
  const id = taking.begin();
  taking.snapshots.failed("another", 100);
  expect(taking.snapshots.saved(metaOf("another"))).toBe(false);
  taking.snapshots.failed(id, 100);
  expect(taking.snapshots.isDue(599)).toBe(false);
  expect(taking.snapshots.isDue(600)).toBe(true);
  expect(taking.snapshots.saved(metaOf(id))).toBe(false);
});

test("given up when a snapshot from elsewhere takes the place of the state", () => {
  const taking = new Taking();
  taking.apply(10, 1);
  const id = taking.begin(3);
  taking.effects.take();
  taking.snapshots.replacedBy(metaOf("theirs", 9));
  expect(taking.effects.take()).toEqual([{ kind: "snapshotAbort", snapshotId: id }]);
  taking.snapshots.sliceWritten(id);
  expect(taking.kinds()).toEqual([]);
  expect(taking.snapshots.saved(metaOf(id))).toBe(false);
  expect(taking.snapshots.isDue(0)).toBe(false);
  taking.snapshots.replacedBy(metaOf("theirs", 9));
  expect(taking.kinds()).toEqual([]);
});

test("one that can't be read is replaced at once, and the next of these no sooner than after a pause", () => {
  const taking = new Taking({ snapshotRetryMs: 500 });
  taking.snapshots.unreadable(100);
  expect(taking.snapshots).toMatchObject({ isReplacing: true });
  expect(taking.snapshots.isDue(100)).toBe(true);
  taking.snapshots.saved(metaOf(taking.begin()));
  expect(taking.snapshots).toMatchObject({ isReplacing: false });
  expect(taking.snapshots.isDue(100)).toBe(false);
  taking.snapshots.unreadable(110);
  expect(taking.snapshots.isDue(599)).toBe(false);
  expect(taking.snapshots.isDue(600)).toBe(true);
  taking.snapshots.saved(metaOf(taking.begin()));
  taking.snapshots.unreadable(700);
  expect(taking.snapshots.isDue(1_099)).toBe(false);
  expect(taking.snapshots.isDue(1_100)).toBe(true);
});

test("of a replacement that could not be written another is due after the pause", () => {
  const taking = new Taking({ snapshotRetryMs: 500 });
  taking.snapshots.unreadable(0);
  taking.snapshots.failed(taking.begin(), 100);
  expect(taking.snapshots.isDue(599)).toBe(false);
  expect(taking.snapshots.isDue(600)).toBe(true);
});
