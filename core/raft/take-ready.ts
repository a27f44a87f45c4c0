// Puts together what the host must do next. Called once per turn, so whatever was asked for during a turn leaves together.
import { asIndex } from "../base/ids.ts";
import type { BatchId } from "../base/ids.ts";
import type { Entry } from "./entry.ts";
import { answerConfirmedReads } from "./read-index.ts";
import type { Persist, Ready } from "./ready.ts";
import { replicate } from "./replication.ts";
import { emptyOutbox } from "./state.ts";
import type { Outbox, RaftState } from "./state.ts";

/** Whether anything was told to this member since the last time, or there is still something to be applied. */
export function hasReady(state: RaftState): boolean {
  return state.hasNews || mayApply(state);
}

export function takeReady(state: RaftState): Ready {
  state.hasNews = false;
  if (state.role.kind === "leader") {
    replicate(state, state.role);
    answerConfirmedReads(state, state.role);
  }
  const { outbox } = state;
  state.outbox = emptyOutbox();
  const persist = takePersist(state, outbox);
  const { messages, restore, reads, snapshotRequests, observations } = outbox;
  // A message speaks for this member's term and vote. While those are still on their way to the disk, it waits for them.
  const waitFor = state.hardStateUnderWay;
  const sendAfterPersist = waitFor === null || messages.length === 0 ? null : { batch: waitFor, messages };
  const sendNow = waitFor === null ? messages : [];
  return { persist, sendNow, sendAfterPersist, restore, committed: takeCommitted(state), reads, snapshotRequests, observations };
}

function takePersist(state: RaftState, { restartAfter }: Outbox): Persist | null {
  const hardState = state.hardStateChanged ? state.hardState : null;
  if (hardState === null && restartAfter === null && !state.log.hasUnhanded) return null;
  const batch = state.takeBatch();
  const changes = state.log.handOver(batch);
  if (hardState !== null) rememberHardState(state, batch);
  return { batch, hardState, restartAfter, truncateFrom: changes?.truncateFrom ?? null, entries: changes?.entries ?? [] };
}

function rememberHardState(state: RaftState, batch: BatchId): void {
  state.hardStateChanged = false;
  state.hardStateUnderWay = batch;
}

/** Only what is on this member's own disk is applied: a restart then never finds its state ahead of its log. */
function takeCommitted(state: RaftState): readonly Entry[] {
  if (!mayApply(state)) return [];
  const last = asIndex(Math.min(state.commitIndex, state.log.durableIndex));
  const { applyEntriesMax: entriesMax, applyBytesMax: bytesMax } = state.options.limits;
  const entries = state.log.slice(asIndex(state.handedToApply + 1), { entriesMax, bytesMax, last });
  state.handedToApply = asIndex(state.handedToApply + entries.length);
  return entries;
}

function mayApply(state: RaftState): boolean {
  return !state.applyingPaused && state.handedToApply < Math.min(state.commitIndex, state.log.durableIndex);
}
