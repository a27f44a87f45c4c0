// A snapshot that came whole from a peer, and of which everything turned out to be in this member's log. Nothing is to be
// installed; but it is on the disk, and the store has let an older one go for it. So it takes the place of one of this
// member's own: it is the one to be sent, and the log may forget what it covers. That has to wait until all of it is
// applied here, for until then it is the log that entries are applied from.
import type { SnapshotMeta } from "../../raft/snapshot-meta.ts";
import type { ReplicaState } from "../replica-state.ts";

export function noteReceived(state: ReplicaState, snapshot: SnapshotMeta): void {
  if (state.received === null || snapshot.base.index > state.received.base.index) state.received = snapshot;
}

export function adoptReceived(state: ReplicaState): void {
  const { received, restoring, applied, raft } = state;
  if (received === null || restoring !== null || applied.index < received.base.index) return;
  state.received = null;
  // It was installed, or has been overtaken by one of this member's own.
  if (raft.status().snapshotIndex >= received.base.index) return;
  state.snapshots.replacedBy(received);
  const base = raft.snapshotSaved(received);
  if (base !== null) state.effects.push({ kind: "trimLog", base });
}
