// Committed entries become state, and whoever waits for one gets its answer. A small entry may take long, so what is left when a turn has
// done enough waits for the next one: peers and the disk must be heard in between.
import type { Entry } from "../raft/entry.ts";
import type { ReplicaState } from "./replica-state.ts";
import { isCheckpoint } from "./watching/checkpoints.ts";

export function applyEntries(state: ReplicaState, entries: readonly Entry[]): void {
  const { applied, requests, desk, snapshots, options, watch } = state;
  const last = entries.at(-1);
  if (last === undefined) return;
  const workBefore = applied.workBytes;
  for (const entry of entries) {
    if (applied.workBytes - workBefore >= options.raftLimits.applyBytesMax) break;
    if (entry.version > options.version) {
      stopBefore(state, entry);
      return;
    }
    const stampBeforeMs = applied.lastStampMs;
    const outcome = applied.apply(entry);
    if (isCheckpoint(stampBeforeMs, applied.lastStampMs)) watch.checkpoints.record(applied.index, applied.stateDigest());
    requests.applied(entry, outcome);
    desk.proposals.applied(entry, outcome);
    snapshots.applied(entry.bytes.length);
    if (entry.kind === "membership") membershipApplied(state);
  }
  state.clock.follow(applied.lastStampMs);
  state.raft.appliedUpTo(applied.index);
  if (applied.index < last.index) state.raft.handOverAgain();
}

/** The membership of the applied entries: nothing of it can be taken back. */
export function membershipApplied(state: ReplicaState): void {
  state.membership = state.raft.membershipAt(state.applied.index);
  state.door.membershipChanged(state.membership);
}

export function startServing(state: ReplicaState): void {
  // Not before a majority has agreed with a state that was found wrong, and rebuilt.
  if (state.watch.divergence !== null) return;
  state.isServing = true;
  state.effects.observe({ kind: "serving", index: state.applied.index });
}

/** To apply it in some other way than the others do would be to part from them for good. */
function stopBefore(state: ReplicaState, { index, version }: Entry): void {
  const known = state.options.version;
  state.stop("versionUnknown", `entry ${String(index)} needs version ${String(version)}; this binary knows up to ${String(known)}`);
}
