// What a replica says of itself, for people, metrics and the services around it.
import type { LogIndex, MemberId, ServiceIndex } from "../base/ids.ts";
import { everyone } from "../raft/membership.ts";
import type { RaftStatus } from "../raft/inputs.ts";
import type { ReplicaState } from "./replica-state.ts";
import type { ScrubProgress } from "./watching/scrub-rounds.ts";
import type { Divergence } from "./watching/watch.ts";

/** Little enough to be asked for after every turn. */
export type ReplicaVitals = {
  readonly raft: RaftStatus;
  /** `restoring`: its state is being read from a snapshot; nothing is served. */
  readonly stage: "restoring" | "serving" | "diverged" | "stopping" | "stopped";
  /** `diverged`: its state was found to differ from its group's. It serves nobody, and is rebuilt; null while nothing is known against it. */
  readonly divergence: Divergence | null;
  /** How the looking at all that is in memory goes on. */
  readonly scrub: ScrubProgress;
  readonly appliedIndex: LogIndex;
  readonly appliedServiceIndex: ServiceIndex;
  readonly sessions: number;
  /** What their remembered answers take. */
  readonly answerBytes: number;
  readonly pendingWrites: number;
  readonly pendingReads: number;
  /** The group's version, and the highest that this member knows. */
  readonly groupVersion: number;
  readonly knownVersion: number;
  /** Members that are not known to know as much as this one. What a leader says is as good as it gets: it has heard all that live. */
  readonly behindVersion: readonly MemberId[];
  /** Log time as of the last applied command. */
  readonly lastStampMs: number;
  readonly isDiskShort: boolean;
  /** Other members that were heard of late. Whoever knows a leader need not have heard anybody else; whoever looks for one asks all. */
  readonly heard: readonly MemberId[];
  /** After `shutdown`: nobody waits for this member any more, so that it may go. */
  readonly mayExit: boolean;
};

export type ReplicaStatus = ReplicaVitals & {
  /** Members at the same index have the same digest. Whatever was changed since it was last asked for is hashed for it. */
  readonly stateDigest: { readonly index: LogIndex; readonly digest: string };
};

export function statusOf(state: ReplicaState): ReplicaStatus {
  const { applied } = state;
  return { ...vitalsOf(state), stateDigest: { index: applied.index, digest: applied.stateDigest() } };
}

export function vitalsOf(state: ReplicaState): ReplicaVitals {
  const { applied, requests, reads } = state;
  return {
    raft: state.raft.status(),
    stage: stageOf(state),
    divergence: state.watch.divergence,
    scrub: state.watch.scrub.progress,
    appliedIndex: applied.index,
    appliedServiceIndex: applied.base.serviceIndex,
    sessions: applied.machine.sessionCount,
    answerBytes: applied.machine.answerBytes,
    pendingWrites: requests.size,
    pendingReads: reads.size,
    groupVersion: applied.groupVersion,
    knownVersion: state.options.version,
    behindVersion: state.versions.whoIsBehind(state.membership, state.options.version),
    lastStampMs: applied.lastStampMs,
    isDiskShort: state.isDiskShort,
    heard: everyone(state.membership).filter((member) => hasHeard(state, member)),
    mayExit: state.stoppingSinceMs !== null && (state.isGraceOver || !state.isLeading) && requests.size + reads.size === 0,
  };
}

const HEARD_MS = 1_000;

function hasHeard({ peers, now }: ReplicaState, member: MemberId): boolean {
  const heardAtMs = peers.get(member)?.clock?.heardAtMs;
  return heardAtMs !== undefined && now.monotonicMs - heardAtMs <= HEARD_MS;
}

function stageOf({ hasStopped, stoppingSinceMs, isServing, watch }: ReplicaState): ReplicaVitals["stage"] {
  if (hasStopped) return "stopped";
  if (stoppingSinceMs !== null) return "stopping";
  if (watch.divergence !== null) return "diverged";
  return isServing ? "serving" : "restoring";
}
