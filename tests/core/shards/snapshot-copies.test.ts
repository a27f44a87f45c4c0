// How often each byte is copied while a member writes its state down: once into the memory of its checksum, which is always the
// same, and twice on its way. Copies go to memory that was made for them, and some dozen megabytes of that make the garbage
// collector look at all that the member has.
import { asBoot, asCluster, asGroup, asMember } from "../../../core/base/ids.ts";
import { LOG_ORIGIN } from "../../../core/raft/entry.ts";
import { NO_MEMBERS } from "../../../core/raft/membership.ts";
import { EffectQueue } from "../../../core/replica/effect-queue.ts";
import { DEFAULT_REPLICA_LIMITS } from "../../../core/replica/options.ts";
import { OwnSnapshots } from "../../../core/replica/snapshots/own-snapshots.ts";
import { SnapshotContent } from "../../../core/replica/snapshots/snapshot-content.ts";
import { ownConfiguration } from "../../../core/shards/own-configuration.ts";
import { copiedBytes } from "../copied-bytes.ts";
import { ShardedGroup } from "./sharded-group.ts";

const identity = { cluster: asCluster("c"), group: asGroup("1"), self: asMember("me"), boot: asBoot(1) };

function filled(valueBytes: number): ShardedGroup {
  const group = new ShardedGroup("1");
  group.adopt(ownConfiguration(identity.group, [{ peer: "p:1", http: "http://p", redis: null }]));
  const value = "x".repeat(valueBytes);
  for (let i = 0; i < 5_000_000 / valueBytes; i++) group.put(`key-${String(i)}`, value);
  return group;
}

/** As a replica does: the next slice once the disk has the one before. */
function slicesWritten({ applied }: ShardedGroup): readonly Uint8Array[] {
  const effects = new EffectQueue();
  const snapshots = new OwnSnapshots({ identity, limits: DEFAULT_REPLICA_LIMITS, effects });
  snapshots.begin({ base: LOG_ORIGIN, membership: NO_MEMBERS, version: 1, source: new SnapshotContent(applied) });
  const slices: Uint8Array[] = [];
  for (;;) {
    const last = effects.take().at(-1);
    if (last?.kind !== "snapshotSlice") return slices;
    slices.push(last.bytes);
    snapshots.sliceWritten(last.snapshotId);
  }
}

test.each([1_000, 100_000])(
  "values of %i bytes are copied into a slice and out of it, and looked at by their checksum, and a slice holds no more than its bytes",
  (valueBytes) => {
    const group = filled(valueBytes);
    let slices: readonly Uint8Array[] = [];
    const copied = copiedBytes(() => (slices = slicesWritten(group)));
    const bytes = slices.reduce((sum, { length }) => sum + length, 0);
    expect(bytes).toBeGreaterThan(5_000_000);
    expect(copied).toBeGreaterThan(2.9 * bytes);
    expect(copied).toBeLessThan(3.5 * bytes);
    for (const slice of slices) expect(slice.buffer.byteLength).toBe(slice.length);
  },
);
