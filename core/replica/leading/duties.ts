// What a leader does for its group besides consensus: it keeps log time, promotes learners, raises the version, and gives
// its office away when another would do better.
import { EMPTY_BYTES } from "../../base/bytes.ts";
import type { ReplicaState } from "../replica-state.ts";

/** Every tenth of a second is often enough for all but the clock. */
const TICKS_PER_ROUND = 4;

export function startLeading(state: ReplicaState): void {
  state.isLeading = true;
  state.clock.startLeading(state.membership.voters);
  state.versions.startLeading();
  state.promotion.startLeading();
  state.handingOver.startLeading(state.now.monotonicMs);
}

export function stopLeading(state: ReplicaState): void {
  state.isLeading = false;
  state.clock.stopLeading();
  state.due.forget();
}

export function tickLeading(state: ReplicaState): void {
  if (!state.isLeading) return;
  state.clock.advance(state.membership.voters);
  handOver(state);
  if (state.ticks % TICKS_PER_ROUND !== 0) return;
  raiseVersion(state);
  promoteLearner(state);
  makeRoomForSnapshot(state);
}

export function handOver(state: ReplicaState): void {
  const { isDiskShort, stoppingSinceMs, now, handingOver, watch } = state;
  const condition = { isStopping: stoppingSinceMs !== null, isDiverged: watch.divergence !== null, isDiskShort };
  const reason = handingOver.reasonNow(now.monotonicMs, condition);
  if (reason !== null) state.raft.transferLeadership({ to: null, reason });
}

function raiseVersion(state: ReplicaState): void {
  const version = state.versions.toPropose(state.status.membership, state.applied.groupVersion);
  if (version === null) return;
  const result = state.raft.propose({ kind: "version", version, body: EMPTY_BYTES });
  if (result.kind === "proposed") state.versions.proposed(version);
}

function promoteLearner(state: ReplicaState): void {
  const member = state.promotion.candidate(state.status, state.now.monotonicMs);
  // Refused while another change is under way; asked again in the next round.
  if (member !== null) state.raft.changeMembership({ kind: "promote", member });
}

/** A snapshot that takes the place of an unreadable one needs a later index. Where nobody writes, the group's version is said once more. */
function makeRoomForSnapshot({ snapshots, status, applied, raft }: ReplicaState): void {
  if (!snapshots.isReplacing || status.lastIndex > status.snapshotIndex) return;
  raft.propose({ kind: "version", version: applied.groupVersion, body: EMPTY_BYTES });
}
