// One member of a group as one value: events in, effects out. It joins the consensus (core/raft) with a service's state
// machine, and with everything that lies between: who waits for which entry, who asked before, which life a peer is in,
// what time it is, when a snapshot is due. This file only dispatches.
//
// The host steps every event that has arrived and then one `turnEnded`, which answers with all that is to be done. When
// `hasMore` is true after that, another turn has work to do even if no event arrives.
import { isForOneLife } from "../raft/messages.ts";
import { acceptRequest } from "./client-requests.ts";
import type { ReplicaEffect } from "./effects.ts";
import type { ReplicaEvent } from "./events.ts";
import { receiveReadQuestion } from "./leading/deadlines.ts";
import { handOver, tickLeading } from "./leading/duties.ts";
import { tellCompanion, tickCompanion } from "./leading/companion-desk.ts";
import type { ReplicaOptions } from "./options.ts";
import type { PeerBody, PeerMessage } from "./peer-message.ts";
import { ReplicaState } from "./replica-state.ts";
import { noteReceived } from "./snapshots/received-snapshots.ts";
import { beginRestoring, restoreSlice } from "./snapshots/restoring.ts";
import { statusOf, vitalsOf } from "./status.ts";
import type { ReplicaStatus, ReplicaVitals } from "./status.ts";
import { endTurn } from "./turn.ts";
import { receiveDigests, tickWatch } from "./watching/watching.ts";

const NOTHING: readonly ReplicaEffect[] = [];

export class Replica {
  readonly #state: ReplicaState;

  constructor(options: ReplicaOptions) {
    this.#state = new ReplicaState(options);
    const { snapshot } = options.recovered;
    if (snapshot !== null) beginRestoring(this.#state, snapshot);
  }

  step(event: ReplicaEvent): readonly ReplicaEffect[] {
    const state = this.#state;
    // It may have stopped before its first event: what it said then is still to be told.
    if (state.hasStopped) return state.effects.take();
    try {
      HANDLERS[event.kind](state, event as never);
    } catch (error) {
      return stopForBug(state, error);
    }
    return event.kind === "turnEnded" || state.hasStopped ? state.effects.take() : NOTHING;
  }

  /** Whether a turn without any event would have something to do. */
  hasMore(): boolean {
    return !this.#state.hasStopped && this.#state.raft.hasReady();
  }

  /** Nobody waits for an answer, there is a leader, and nothing is under way here: how many ticks may then come together. */
  quietTicks(): number {
    const { requests, reads, restoring, stoppingSinceMs, watch, raft } = this.#state;
    const isAtRest = requests.size + reads.size === 0 && restoring === null && stoppingSinceMs === null && !watch.scrub.isUnderWay;
    return isAtRest ? raft.quietTicks() : 1;
  }

  /** Of a leader: those whose entries are on their way. Whoever leads no more has writes to refuse, and none that could go together. */
  get writesUnderWay(): number {
    return this.#state.isLeading ? this.#state.requests.size : 0;
  }

  status(): ReplicaStatus {
    return statusOf(this.#state);
  }

  /** For whoever looks after every turn. */
  vitals(): ReplicaVitals {
    return vitalsOf(this.#state);
  }
}

type EventOf<K extends ReplicaEvent["kind"]> = Extract<ReplicaEvent, { readonly kind: K }>;
type Handlers = { readonly [K in ReplicaEvent["kind"]]: (state: ReplicaState, event: EventOf<K>) => void };

const HANDLERS: Handlers = {
  tick,
  turnEnded: endTurn,
  peerMessage: (state, { message }) => {
    receive(state, message);
  },
  diskWritten: (state, { batch }) => {
    state.raft.persisted(batch);
    state.mail.release(batch);
  },
  livesRemembered: (state) => {
    state.isRememberingLives = false;
  },
  diskSpace: (state, { state: space }) => {
    state.isDiskShort = space === "short";
  },
  clientRequest: (state, { request }) => {
    acceptRequest(state, request);
  },
  requestAbandoned: (state, { id }) => {
    state.requests.abandon(id);
    state.reads.abandon(id);
  },
  snapshotSliceWritten: (state, { snapshotId }) => {
    state.snapshots.sliceWritten(snapshotId);
  },
  snapshotSaved: (state, { snapshot }) => {
    if (!state.snapshots.saved(snapshot)) return;
    state.effects.observe({ kind: "snapshotTaken", index: snapshot.base.index });
    const base = state.raft.snapshotSaved(snapshot);
    if (base !== null) state.effects.push({ kind: "trimLog", base });
  },
  snapshotFailed: (state, { snapshotId }) => {
    state.snapshots.failed(snapshotId, state.now.monotonicMs);
  },
  snapshotPieceRead: (state, { piece }) => {
    state.raft.pieceRead(piece);
  },
  snapshotPieceWritten: (state, { piece }) => {
    if (piece.result.kind === "complete") noteReceived(state, piece.result.snapshot);
    state.raft.pieceWritten(piece);
  },
  restoreSlice,
  groupAnswered: (state, { answer }) => {
    tellCompanion(state, answer);
  },
  shutdown: (state) => {
    if (state.stoppingSinceMs !== null) return;
    state.stoppingSinceMs = state.now.monotonicMs;
    state.handingOver.atOnce();
    if (state.isLeading) handOver(state);
  },
};

function tick(state: ReplicaState, { monotonicMs, wallMs }: EventOf<"tick">): void {
  const { now, requests, reads } = state;
  if (state.ticks > 0) state.handingOver.ticked(now.monotonicMs, monotonicMs);
  state.ticks++;
  now.monotonicMs = monotonicMs;
  now.wallMs = wallMs;
  state.raft.tick();
  tickLeading(state);
  tickCompanion(state);
  rememberLives(state);
  state.introductions.ticked(state.status.membership);
  tickWatch(state);
  requests.expire(monotonicMs);
  reads.ticked(monotonicMs);
  if (!state.isGraceOver) return;
  requests.endAll("shutdown");
  reads.refuseAll("shuttingDown", "this member is stopping");
}

/** A group that is idle writes nothing for hours, and must find out an old disk all the same. */
function rememberLives(state: ReplicaState): void {
  const bootsSeen = state.isRememberingLives ? null : state.peers.takeChangedBoots();
  if (bootsSeen === null) return;
  state.isRememberingLives = true;
  state.effects.push({ kind: "rememberLives", bootsSeen });
}

function receive(state: ReplicaState, message: PeerMessage): void {
  const admitted = state.door.admit(message, state.status.leader);
  if (admitted === "refused") return;
  if (admitted === "isCopy") return state.stop("wiped", `${message.from} knows a life of this member that its disk does not remember`);
  if (admitted === "admittedAfterRestart") state.raft.peerRestarted(message.from);
  RECEIVE[message.body.kind](state, message.body as never, message);
}

type BodyOf<K extends PeerBody["kind"]> = Extract<PeerBody, { readonly kind: K }>;
type Receivers = { readonly [K in PeerBody["kind"]]: (state: ReplicaState, body: BodyOf<K>, message: PeerMessage) => void };

const RECEIVE: Receivers = {
  raft: (state, { message }, envelope) => {
    if (isForOneLife(message) && !state.peers.meansUs(envelope)) state.introductions.introduce(message.from);
    else if (message.kind === "readIndex") receiveReadQuestion(state, message);
    else state.raft.receive(message);
  },
  youAreWiped: (state, { yourBoot, why }) => {
    // Meant for this very life: what is said of an earlier one may concern a disk that is gone already.
    if (yourBoot === state.options.identity.boot) state.stop("wiped", `peers say that this disk is not what it was: ${why}`);
  },
  livesSeen: (state, { seen }, message) => {
    for (const life of seen) if (life.member !== state.self && state.peers.hearOf(life)) state.raft.peerRestarted(life.member);
    state.introductions.answer(message);
  },
  youAreRemoved: (state) => {
    // A leader that removes itself learns by its own log, and still has to hand over. Whoever hears from a leader belongs to its
    // group: then it is the sender that was cut off from it, by a recovery that gave up members who live.
    if (state.status.leader === null) state.stop("removed", "peers say that this member was removed from its group");
  },
  stateDigests: (state, body, { from }) => {
    receiveDigests(state, from, body);
  },
};

/** A broken claim: this member may not go on. What it was about to do is not done either. */
function stopForBug(state: ReplicaState, error: unknown): readonly ReplicaEffect[] {
  state.effects.take();
  state.hasStopped = true;
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [{ kind: "stop", reason: "bug", message }];
}
