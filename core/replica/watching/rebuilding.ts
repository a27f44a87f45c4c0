// How a member whose state is wrong comes back. Its log was never in doubt, so it begins anew from its own disk: the last
// snapshot, and the entries behind it. It votes and acknowledges all the while, and serves nobody until a majority has
// agreed with what came of it. If that differs, too, its disk is wrong: it sets its data aside and joins as a blank member.
// So no member ever throws away its data because of what it alone believes.
import { present } from "../../base/assert.ts";
import { membershipApplied, startServing } from "../applying.ts";
import type { ReplicaState } from "../replica-state.ts";
import { ContentRestoration } from "../snapshots/snapshot-content.ts";
import { beginRestoring } from "../snapshots/restoring.ts";
import type { Judged } from "./checkpoints.ts";

/** How long a leader tries to find a successor before it rebuilds itself in office, where it serves nobody. */
const HAND_OVER_MS = 1_000;
/** Digests that peers sent before they were rebuilt themselves have been replaced by then. */
const PROOF_MS = 3_000;

/** At the end of a turn, when everything that came in it was taken. */
export function rebuildIfDue(state: ReplicaState): void {
  const { watch, now, isLeading, restoring } = state;
  const { divergence } = watch;
  if (divergence?.stage !== "found" || state.hasStopped) return;
  if (restoring === null && isLeading && now.monotonicMs - divergence.sinceMs < HAND_OVER_MS) return;
  watch.divergence = { ...divergence, stage: "rebuilt", sinceMs: now.monotonicMs };
  // A snapshot that came from the leader takes the place of the state already.
  if (restoring === null) beginAnew(state);
}

function beginAnew(state: ReplicaState): void {
  const snapshot = state.raft.applyAnew();
  if (snapshot === null) restoreBeginning(state);
  else beginRestoring(state, snapshot);
}

/** No snapshot was ever taken: the log is all there is. */
function restoreBeginning(state: ReplicaState): void {
  const { applied, options, watch } = state;
  const { bytes, base } = present(state.beginning, "without a snapshot, the log reaches back to the beginning");
  const content = new ContentRestoration(options.machine);
  content.write(bytes);
  watch.forgetState();
  applied.replace(present(content.finish(base), "the beginning can be restored"));
  membershipApplied(state);
}

/** Agreed with where it was found wrong, or behind that; what it had in front of that is no proof. */
export function isProvenRight({ watch }: ReplicaState, judged: readonly Judged[]): boolean {
  const from = watch.divergence?.index ?? 0;
  const last = judged.findLast(({ verdict }) => verdict !== "open");
  return last?.verdict === "agrees" && last.index >= from;
}

export function isProvenWrong({ watch, now }: ReplicaState, judged: readonly Judged[]): boolean {
  if (watch.divergence === null || now.monotonicMs - watch.divergence.sinceMs < PROOF_MS) return false;
  return judged.findLast(({ verdict }) => verdict !== "open")?.verdict === "differs";
}

export function serveAgain(state: ReplicaState): void {
  const { watch, applied, effects } = state;
  watch.divergence = null;
  watch.hasToldSplit = false;
  effects.observe({ kind: "divergenceEnded", index: applied.index });
  startServing(state);
}
