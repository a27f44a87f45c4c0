// A member watches its own state: it looks at all that it holds in memory, a little with every tick, and about once a second
// members tell each other the digests that they had at the same indexes. Whoever finds that its own state is not that of its
// group serves nobody from that moment on, and says so. What it does about it is in rebuilding.ts.
import type { MemberId } from "../../base/ids.ts";
import { everyone } from "../../raft/membership.ts";
import { refused } from "../../base/outcome.ts";
import type { Outcome } from "../../base/outcome.ts";
import { handOver } from "../leading/duties.ts";
import type { PeerBody } from "../peer-message.ts";
import type { ReplicaState } from "../replica-state.ts";
import type { Judged } from "./checkpoints.ts";
import { isProvenWrong, isProvenRight, serveAgain } from "./rebuilding.ts";
import type { DivergenceCause } from "./watch.ts";

/** What a state's digest is made of. Raised with every change to that, so that only what is made alike is compared. */
const DIGEST_FORMAT = 1;
const EXCHANGE_MS = 1_000;
/** So long those who have not spoken may take to decide who is right. */
export const DISPUTE_MS_MAX = 5_000;

export function tickWatch(state: ReplicaState): void {
  if (state.restoring !== null) return;
  const { watch, now, applied, snapshots } = state;
  if (watch.divergence === null) {
    const scrubbed = watch.scrub.tick(applied.machine, now.monotonicMs);
    if (scrubbed.kind === "altered") diverge(state, "altered", `altered in memory: ${scrubbed.what}`);
    if (snapshots.takeFoundAltered()) diverge(state, "altered", "altered in memory: something that went into a snapshot");
  }
  const isTime = now.monotonicMs >= watch.nextExchangeMs;
  if (isTime) exchange(state);
  if (isTime || watch.hasHeard) judge(state);
}

export function receiveDigests(
  state: ReplicaState,
  from: MemberId,
  { format, digests }: Extract<PeerBody, { readonly kind: "stateDigests" }>,
): void {
  // Another version may add up other things: that is no divergence.
  if (format !== DIGEST_FORMAT) return;
  state.watch.checkpoints.report(from, digests);
  state.watch.hasHeard = true;
}

/** From now on nobody is served, and whoever waits for this member learns that it won't tell. */
export function diverge(state: ReplicaState, cause: DivergenceCause, why: string): void {
  const { watch, now, applied, requests, reads, desk, snapshots } = state;
  if (watch.divergence !== null) return;
  const { index } = applied;
  watch.divergence = { cause, why, index, stage: "found", sinceMs: now.monotonicMs };
  state.isServing = false;
  requests.endAll("leadershipLost");
  desk.proposals.endAll("leadershipLost");
  reads.refuseAll("starting", MESSAGE);
  snapshots.giveUp();
  state.effects.observe({ kind: "divergenceFound", cause, why, index });
  state.handingOver.atOnce();
  if (state.isLeading) handOver(state);
}

/** Null: nothing speaks against this member's state. */
export function whyNotTrusted({ watch }: ReplicaState): Outcome<never> | null {
  return watch.divergence === null ? null : refused("starting", MESSAGE);
}

const MESSAGE = "this member's state differs from its group's, and is being rebuilt";

function exchange(state: ReplicaState): void {
  const { watch, now, applied, membership, self, mail } = state;
  watch.nextExchangeMs = now.monotonicMs + EXCHANGE_MS;
  watch.checkpoints.record(applied.index, applied.stateDigest());
  const peers = everyone(membership).filter((member) => member !== self);
  watch.checkpoints.keepReportsOf(peers);
  const { newest: digests } = watch.checkpoints;
  for (const peer of peers) mail.sendBody(peer, { kind: "stateDigests", format: DIGEST_FORMAT, digests });
}

function judge(state: ReplicaState): void {
  const { watch, membership, self, now } = state;
  watch.hasHeard = false;
  const judged = watch.checkpoints.judge(membership, self);
  const isDisputed = judged.some(({ verdict }) => verdict === "disputed");
  watch.disputedSinceMs = isDisputed ? (watch.disputedSinceMs ?? now.monotonicMs) : null;
  if (watch.divergence === null) judgeTrusted(state, judged);
  else if (watch.divergence.stage === "rebuilt") judgeRebuilt(state, judged);
}

function judgeTrusted(state: ReplicaState, judged: readonly Judged[]): void {
  const differs = find(judged, "differs");
  if (differs !== null) {
    diverge(state, "minority", `a majority of the group has another state at entry ${String(differs.index)}`);
    return;
  }
  const split = find(judged, "split") ?? undecided(state, judged);
  if (split !== null) diverge(state, "noMajority", `no majority of the group has the same state at entry ${String(split.index)}`);
}

function judgeRebuilt(state: ReplicaState, judged: readonly Judged[]): void {
  const { watch } = state;
  if (isProvenWrong(state, judged)) {
    state.stop(
      "divergence",
      "what this member's disk holds differs from what a majority of its group has; it begins anew as a blank member",
    );
    return;
  }
  if (isProvenRight(state, judged)) {
    serveAgain(state);
    return;
  }
  const split = find(judged, "split") ?? undecided(state, judged);
  if (split === null || watch.hasToldSplit) return;
  watch.hasToldSplit = true;
  state.effects.observe({ kind: "divergenceUndecided", index: split.index });
}

/** Disputed for so long that those who would decide are not going to. */
function undecided({ watch, now }: ReplicaState, judged: readonly Judged[]): Judged | null {
  const { disputedSinceMs } = watch;
  return disputedSinceMs !== null && now.monotonicMs - disputedSinceMs >= DISPUTE_MS_MAX ? find(judged, "disputed") : null;
}

function find(judged: readonly Judged[], wanted: Judged["verdict"]): Judged | null {
  return judged.find(({ verdict }) => verdict === wanted) ?? null;
}
