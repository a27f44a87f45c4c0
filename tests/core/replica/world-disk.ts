// The disk of a member in a ReplicaWorld: in memory, with the latest snapshots.
import type { BootNumber } from "../../../core/base/ids.ts";
import type { Entry, LogBase } from "../../../core/raft/entry.ts";
import type { HardState } from "../../../core/raft/ready.ts";
import type { SnapshotMeta } from "../../../core/raft/snapshot-meta.ts";

type StoredSnapshot = { readonly meta: SnapshotMeta; readonly bytes: Uint8Array };

export type Disk = {
  hardState: HardState;
  base: LogBase;
  entries: Entry[];
  /** The latest last. */
  snapshots: readonly StoredSnapshot[];
  bootsSeen: Readonly<Record<string, BootNumber>>;
  boot: number;
  lives: readonly BootNumber[];
};

const SNAPSHOTS_KEPT = 3;

export function store(disk: Disk, snapshot: StoredSnapshot): void {
  const others = disk.snapshots.filter(({ meta }) => meta.id !== snapshot.meta.id);
  disk.snapshots = [...others, snapshot].sort((a, b) => a.meta.base.index - b.meta.base.index).slice(-SNAPSHOTS_KEPT);
}

export const bytesIn = (disk: Disk, id: string): Uint8Array | undefined => disk.snapshots.find(({ meta }) => meta.id === id)?.bytes;
