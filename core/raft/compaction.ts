// How far the log may be forgotten once a snapshot covers it. A tail stays behind, by count and by size, so that a
// follower that is only a little late needs no snapshot.
import { asIndex } from "../base/ids.ts";
import type { LogIndex } from "../base/ids.ts";
import type { SnapshotMeta } from "./snapshot-meta.ts";
import type { RaftState } from "./state.ts";

export function compactionTarget(state: RaftState, snapshot: SnapshotMeta): LogIndex {
  const { trailingEntries, trailingBytes } = state.options.limits;
  const newest = Math.min(snapshot.base.index, state.log.durableIndex);
  let target = newest;
  let bytes = 0;
  while (target > state.log.base.index && newest - target < trailingEntries) {
    bytes += state.log.entryAt(asIndex(target))?.bytes.length ?? 0;
    if (bytes > trailingBytes) break;
    target--;
  }
  return asIndex(target);
}
