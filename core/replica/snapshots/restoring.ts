// A snapshot takes the place of the state: at start, or because the leader's log does not reach back far enough. Its bytes
// come slice by slice; until the last of them this member applies nothing and serves nobody.
import type { SnapshotMeta } from "../../raft/snapshot-meta.ts";
import { applyEntries, membershipApplied, startServing } from "../applying.ts";
import type { ReplicaEvent } from "../events.ts";
import type { ReplicaState, Restoring } from "../replica-state.ts";
import { ContentRestoration } from "./snapshot-content.ts";

/** A newer snapshot takes the place of one that is still being restored. */
export function beginRestoring(state: ReplicaState, snapshot: SnapshotMeta): void {
  const { machine, version } = state.options;
  if (snapshot.version > version) {
    const known = String(version);
    state.stop("versionUnknown", `snapshot ${snapshot.id} needs version ${String(snapshot.version)}; this binary knows up to ${known}`);
    return;
  }
  state.isServing = false;
  state.watch.forgetState();
  state.restoring = { snapshot, content: new ContentRestoration(machine), held: [] };
  state.raft.pauseApplying(true);
  state.snapshots.replacedBy(snapshot);
  // Nobody will ever say what became of the entries that are skipped.
  state.requests.endAll("leadershipLost");
  state.desk.proposals.endAll("leadershipLost");
  state.effects.push({ kind: "restoreBegin", snapshot });
}

export function restoreSlice(state: ReplicaState, slice: Extract<ReplicaEvent, { readonly kind: "restoreSlice" }>): void {
  const { restoring } = state;
  if (restoring?.snapshot.id !== slice.snapshotId) return;
  if (!restoring.content.write(slice.bytes)) stopDamaged(state, restoring);
  else if (slice.last) finish(state, restoring);
}

function finish(state: ReplicaState, restoring: Restoring): void {
  const { snapshot, content, held } = restoring;
  const restored = content.finish(snapshot.base);
  if (restored?.groupVersion !== snapshot.version) {
    stopDamaged(state, restoring);
    return;
  }
  state.restoring = null;
  state.applied.replace(restored);
  state.clock.follow(restored.lastStampMs);
  membershipApplied(state);
  state.raft.appliedUpTo(snapshot.base.index);
  state.raft.pauseApplying(false);
  state.effects.observe({ kind: "restored", index: snapshot.base.index });
  applyEntries(state, held);
  startServing(state);
}

function stopDamaged(state: ReplicaState, { snapshot }: Restoring): void {
  state.stop("snapshotDamaged", `snapshot ${snapshot.id} can't be restored: its bytes are not what was saved`);
}
