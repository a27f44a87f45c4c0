// The end of a turn: what the consensus has ready is turned into effects, in the order that its contract asks for.
import { asBoot } from "../base/ids.ts";
import type { RaftObservation, Ready } from "../raft/ready.ts";
import { applyEntries, startServing } from "./applying.ts";
import { serveRead } from "./client-requests.ts";
import { tellEndedProposals } from "./leading/companion-desk.ts";
import { answerHeldQuestions, endWhatIsDue, unendedSinceMs } from "./leading/deadlines.ts";
import { startLeading, stopLeading } from "./leading/duties.ts";
import type { ReplicaState } from "./replica-state.ts";
import { adoptReceived } from "./snapshots/received-snapshots.ts";
import { beginRestoring } from "./snapshots/restoring.ts";
import { SnapshotContent } from "./snapshots/snapshot-content.ts";
import { rebuildIfDue } from "./watching/rebuilding.ts";

/** More than one only while there is more to be applied and little was applied so far. */
const READIES_PER_TURN_MAX = 4;

export function endTurn(state: ReplicaState): void {
  state.forgetStatus();
  if (!state.isServing && state.restoring === null) startServing(state);
  askForReads(state);
  endWhatIsDue(state);
  takeReadies(state);
  answerHeldQuestions(state);
  serveReads(state);
  tellEndedProposals(state);
  adoptReceived(state);
  rebuildIfDue(state);
  takeSnapshotIfDue(state);
  stopIfRemoved(state);
  state.forgetStatus();
}

function takeReadies(state: ReplicaState): void {
  const { applied, options } = state;
  const { applyBytesMax, applyEntriesMax } = options.raftLimits;
  const { index: indexBefore, workBytes: workBefore } = applied;
  for (let i = 0; i < READIES_PER_TURN_MAX && state.raft.hasReady() && !state.hasStopped; i++) {
    carryOut(state, state.raft.takeReady());
    if (applied.index - indexBefore >= applyEntriesMax || applied.workBytes - workBefore >= applyBytesMax) return;
  }
}

function carryOut(state: ReplicaState, ready: Ready): void {
  const { effects, mail } = state;
  const { persist } = ready;
  // The disk first: it is at work while messages are still being encoded.
  if (persist !== null) effects.push({ kind: "writeDisk", batch: persist.batch, persist, bootsSeen: state.peers.takeChangedBoots() });
  mail.send(ready.sendNow);
  if (ready.sendAfterPersist !== null) mail.sendOnceDurable(ready.sendAfterPersist);
  for (const request of ready.snapshotRequests) effects.push({ kind: "snapshotTransfer", request });
  if (ready.restore !== null) beginRestoring(state, ready.restore);
  if (state.restoring === null) applyEntries(state, ready.committed);
  else state.restoring.held.push(...ready.committed);
  // After applying: of an entry that was truncated, what was committed in its place says for certain that it is lost.
  for (const observation of ready.observations) observe(state, observation);
  for (const answer of ready.reads) state.reads.answered(answer);
}

type ObservationOf<K extends RaftObservation["kind"]> = Extract<RaftObservation, { readonly kind: K }>;
type Reactions = { readonly [K in RaftObservation["kind"]]?: (state: ReplicaState, observation: ObservationOf<K>) => void };

const REACTIONS: Reactions = {
  roleChanged: (state, { role, leader }) => {
    if (role === "leader") startLeading(state);
    else stopLeading(state);
    state.reads.leaderChanged();
    if (leader !== null) askForReads(state);
  },
  truncated: (state, { from }) => {
    state.requests.truncated(from);
    state.desk.proposals.truncated(from);
  },
  snapshotUnreadable: (state) => {
    state.snapshots.unreadable(state.now.monotonicMs);
  },
  memberWiped: (state, { member, acknowledged, claimed }) => {
    const boot = state.peers.get(member)?.boot ?? asBoot(0);
    state.door.tellWiped(member, boot, `it acknowledged entries up to ${String(acknowledged)} and now has ${String(claimed)}`);
    state.peers.expose(member);
    state.introductions.tellAll(state.status.membership);
  },
};

function observe(state: ReplicaState, observation: RaftObservation): void {
  REACTIONS[observation.kind]?.(state, observation as never);
  state.effects.observe({ kind: "raft", observation });
}

function askForReads(state: ReplicaState): void {
  const context = state.reads.takeQuestion(state.now.monotonicMs);
  if (context !== null) state.raft.read(context);
}

/** A leader keeps all of them: nobody is known to have applied more. */
function serveReads(state: ReplicaState): void {
  const { reads, applied, options } = state;
  for (const read of reads.takeServable(applied.index, unendedSinceMs(state))) serveRead(state, read);
  if (!state.isLeading) reads.refuseFarAhead(applied.index, options.limits.readBacklogMax);
}

function takeSnapshotIfDue(state: ReplicaState): void {
  const { applied, snapshots, membership } = state;
  if (state.restoring !== null || state.hasStopped || state.watch.divergence !== null || !snapshots.isDue(state.now.monotonicMs)) return;
  // The store keeps one snapshot of an index.
  if (applied.index <= state.status.snapshotIndex) return;
  const { base, groupVersion: version } = applied;
  snapshots.begin({ base, membership, version, source: new SnapshotContent(applied) });
}

/** A leader that removes itself first hands over; the consensus sees to that. */
function stopIfRemoved(state: ReplicaState): void {
  if (!state.isLeading && state.membership.removed.includes(state.self)) state.stop("removed", "this member was removed from its group");
}
