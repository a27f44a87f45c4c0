// A member of the group in one life: the real replica over the real log and snapshot store, fed through a mailbox, with
// everything that it does reported to the invariants.
import type { LogIndex } from "../../../core/base/ids.ts";
import type { RaftStatus } from "../../../core/raft/inputs.ts";
import type { Membership } from "../../../core/raft/membership.ts";
import type { ReplicaEffect, StopReason } from "../../../core/replica/effects.ts";
import type { ClientRequest, ReplicaEvent, RequestId } from "../../../core/replica/events.ts";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";
import { Replica } from "../../../core/replica/replica.ts";
import type { ReplicaVitals } from "../../../core/replica/status.ts";
import { Mover } from "../../../core/shards/mover/mover.ts";
import { ownConfiguration } from "../../../core/shards/own-configuration.ts";
import { ShardedStateMachine } from "../../../core/shards/sharded-state-machine.ts";
import { shardOf, SHARDS } from "../../../core/shards/slots.ts";
import { decodeMessage, encodeMessage } from "../../../runtime/peers/message-codec.ts";
import { bootsMetadata, bootsWrite } from "../../../runtime/replica/boots-seen.ts";
import { SnapshotDesk } from "../../../runtime/replica/snapshot-desk.ts";
import { SpaceWatch } from "../../../runtime/replica/space-watch.ts";
import type { MemberView, QueueLength } from "../invariants/invariant.ts";
import { describeEvent, EFFECT_NUMBERS, EVENT_NUMBERS, OUTCOME_NUMBERS } from "./event-numbers.ts";
import type { Ending } from "./life.ts";
import { Mailbox } from "./mailbox.ts";
import type { MemberPorts, OpenedMember } from "./member-opening.ts";
import { admitted } from "./admitted.ts";
import { countMessage, countObservation, countReply } from "./observations.ts";
import { ObservedMachine } from "./observed-machine.ts";
import { OpenRequests } from "./open-requests.ts";
import type { Answer, ProcessRequest } from "./process.ts";
import { Violation } from "./violation.ts";

type EffectOf<K extends ReplicaEffect["kind"]> = Extract<ReplicaEffect, { readonly kind: K }>;
type Acts = { readonly [K in ReplicaEffect["kind"]]: (effect: EffectOf<K>) => void };

const TICKS_BETWEEN_LOOKS = 8;
const SEGMENTS_IN_RESERVE = 3;
/** How long the end of a process that was asked to stop is waited for. */
const SHUT_DOWN_TICKS_MAX = 120;
/** Of the store to a write, with what it costs to remember. */
const ANSWER_BYTES_MAX = 256;

export class Member {
  readonly #ports: MemberPorts;
  readonly #opened: OpenedMember;
  readonly #view: MemberView;
  readonly #replica: Replica;
  readonly #desk: SnapshotDesk;
  readonly #mailbox: Mailbox;
  readonly #store: ShardedStateMachine;
  readonly #requests = new OpenRequests();
  readonly #space: SpaceWatch;
  #status: ReplicaVitals | null = null;
  #restoringIndex: LogIndex | null = null;
  #stopping: { readonly ended: () => void; ticksLeft: number } | null = null;
  readonly #transfersBegun = new Set<string>();
  #received: PeerMessage[] = [];
  #ticksOfTurn = { before: 0, behind: 0 };
  #ticks = 0;
  #hasAppended = false;
  #hasTouchedSnapshot = false;

  constructor(ports: MemberPorts, opened: OpenedMember) {
    const { world, process, identity } = ports;
    this.#ports = ports;
    this.#opened = opened;
    this.#view = { member: identity.self, place: process.place, ledger: world.ledgerOf(identity.self) };
    world.watch.recovered(this.#view, opened.recovered);
    this.#view.ledger.recovered(opened.recovered);
    this.#store = new ShardedStateMachine({ group: identity.group, limits: world.plan.replicaLimits });
    this.#replica = this.#createReplica();
    this.#mailbox = this.#createMailbox();
    const deliver = (event: ReplicaEvent): void => this.#mailbox.deliver(event);
    const { log, store } = opened;
    const sliceBytes = world.plan.replicaLimits.snapshotSliceBytes;
    this.#desk = new SnapshotDesk({ store, deliver, onFailure: ports.onFailure, sliceBytes });
    const reserveBytes = SEGMENTS_IN_RESERVE * world.plan.disk.log.segmentBytes;
    const lastSnapshotBytes = (): number => store.newest?.sizeBytes ?? 0;
    this.#space = new SpaceWatch({ directory: ports.directory, log, reserveBytes, lastSnapshotBytes, deliver });
  }

  get status(): RaftStatus | null {
    return this.#status?.raft ?? null;
  }

  get foundLastIndex(): number {
    const { base, entries } = this.#opened.recovered;
    return base.index + entries.length;
  }

  get stage(): ReplicaVitals["stage"] | null {
    return this.#status?.stage ?? null;
  }

  /** That its event loop came to. */
  get ticks(): number {
    return this.#ticks;
  }

  /** The very bytes, not a copy; null: there is no such key. */
  valueInMemory(key: Uint8Array): Uint8Array | null {
    const found = this.#store.state.shard(shardOf(key)).content?.kv.query({ kind: "get", key }, { stampMs: 0 });
    return found?.kind === "found" ? found.value : null;
  }

  get appliedIndex(): number {
    return this.#status?.appliedIndex ?? 0;
  }

  /** Those that may be in force. */
  get memberships(): readonly Membership[] {
    const { memberships } = this.#view.ledger;
    const committed = this.status?.commitIndex ?? 0;
    const inForce = memberships.findLastIndex(({ index }) => index <= committed);
    return memberships.slice(Math.max(0, inForce));
  }

  start(): void {
    this.#mailbox.start();
    this.#tellStanding();
  }

  /** The process is gone; whoever waited for it learns that by a broken connection. */
  end(): void {
    this.#requests.abandonAll(this.#ports.world);
  }

  shutDown(ended: () => void): void {
    this.#stopping = { ended, ticksLeft: SHUT_DOWN_TICKS_MAX };
    this.#mailbox.deliver({ kind: "shutdown" });
  }

  receive(bytes: Uint8Array): void {
    const decoded = decodeMessage(bytes);
    if (decoded.kind === "message") this.#mailbox.offer({ kind: "peerMessage", message: decoded.message }, "message");
  }

  request({ operation, deadlineMs, abandonAfterMs }: ProcessRequest, answer: Answer): void {
    const { world, process } = this.#ports;
    const id = this.#requests.add(answer);
    const request = { id, operation, deadlineMs: process.clock.monotonicMs + deadlineMs };
    if (this.#mailbox.offer({ kind: "clientRequest", request }, "request")) {
      if (abandonAfterMs !== undefined) this.#abandonLater(id, abandonAfterMs);
      return;
    }
    world.effects["request refused: mailbox full"]++;
    this.#requests.refuse(id);
  }

  /** The client goes away before it is answered. */
  #abandonLater(id: RequestId, afterMs: number): void {
    const { world, loop } = this.#ports;
    loop.runAfter(afterMs * 1_000, () => {
      if (!this.#requests.abandon(id)) return;
      world.effects["request abandoned"]++;
      this.#mailbox.deliver({ kind: "requestAbandoned", id });
    });
  }

  /** The next life is that of a blank member of this place. */
  beginAnew(): void {
    this.#stop("removed", "peers say that this id will never belong again");
  }

  compareDigest(): void {
    const { stateDigest } = this.#replica.status();
    this.#ports.world.watch.sameState.compareDigest(this.#view, stateDigest);
  }

  #createReplica(): Replica {
    const { world, process, identity, random, directory } = this.#ports;
    const { recovered, bootsSeen } = this.#opened;
    const { timing, raftLimits, replicaLimits: limits } = world.plan;
    const { group } = identity;
    const machine = new ObservedMachine(this.#store, {
      applied: (applied) => world.watch.applied(this.#view, applied),
      restored: () => world.watch.restored(this.#view, this.#restoringIndex ?? 0),
    });
    return new Replica({
      identity,
      earlierLives: directory.earlierLives,
      bootsSeen,
      recovered,
      machine,
      companion: new Mover({ machine: this.#store, own: ownConfiguration(group, [{ peer: "p:1", http: "http://p", redis: null }]) }),
      random: random.child("replica"),
      timing,
      raftLimits,
      limits,
      version: process.version,
    });
  }

  #createMailbox(): Mailbox {
    const { world, process, loop, random } = this.#ports;
    return new Mailbox({
      loop,
      clock: process.clock,
      profile: world.plan.host,
      random: random.child("mailbox"),
      step: (event) => this.#step(event),
      hasMore: () => this.#replica.hasMore(),
      quietTicks: () => this.#replica.quietTicks(),
      execute: (effect) => this.#acts[effect.kind](effect as never),
      onStepped: (effects) => this.#stepped(effects),
      onTurnEnded: () => this.#turnEnded(),
      onTick: () => this.#ticked(),
    });
  }

  #step(event: ReplicaEvent): readonly ReplicaEffect[] {
    const { world, process } = this.#ports;
    world.steps++;
    world.trace.note(EVENT_NUMBERS[event.kind], process.place, world.nowUs);
    if (world.trace.isWritten) describeEvent(world, process.name, event);
    if (event.kind === "tick") this.#ticksOfTurn[this.#received.length === 0 ? "before" : "behind"]++;
    if (event.kind === "peerMessage") this.#received.push(event.message);
    if (event.kind === "clientRequest") this.#noteRead(event.request);
    if (event.kind === "snapshotSaved") this.#view.ledger.snapshotSaved(event.snapshot.base.index);
    if (event.kind === "snapshotPieceWritten" && event.piece.result.kind === "complete") {
      this.#view.ledger.snapshotSaved(event.piece.result.snapshot.base.index);
    }
    return this.#replica.step(event);
  }

  #noteRead({ id, operation }: ClientRequest): void {
    if (operation.kind === "read" && operation.consistency === "linearizable") this.#ports.world.watch.readAsked(this.#view, id);
  }

  /** What was turned away at the door was never heard. */
  #stepped(effects: readonly ReplicaEffect[]): void {
    const { watch } = this.#ports.world;
    const { before, behind } = this.#ticksOfTurn;
    for (let i = 0; i < before; i++) watch.ticked(this.#view);
    for (const message of admitted(this.#received, effects)) watch.received(this.#view, message);
    for (let i = 0; i < behind; i++) watch.ticked(this.#view);
    this.#received = [];
    this.#ticksOfTurn = { before: 0, behind: 0 };
  }

  #ticked(): void {
    if (++this.#ticks % TICKS_BETWEEN_LOOKS === 0) this.#space.look();
    const stopping = this.#stopping;
    if (stopping !== null && --stopping.ticksLeft <= 0) stopping.ended();
  }

  #turnEnded(): void {
    const { world, process } = this.#ports;
    const before = this.#status;
    const status = this.#replica.vitals();
    this.#status = status;
    world.watch.turnEnded(this.#view, { raft: status.raft, appliedIndex: status.appliedIndex, queues: this.#queues(status) });
    const { role, term } = status.raft;
    if (role === "leader") world.noteLeader(term);
    if (before !== null && status.groupVersion > before.groupVersion) world.effects["group version raised"]++;
    this.#tellHooks(process.isLeader);
    if (this.#stopping !== null && status.mayExit) this.#stopping.ended();
  }

  /** As runtime/replica/member.ts does: when something is observed, and not whenever something has changed. */
  #tellStanding(): void {
    const { membership, leader } = this.#replica.vitals().raft;
    this.#ports.onStanding({ membership, leader });
  }

  #tellHooks(isLeader: boolean): void {
    const { world, process } = this.#ports;
    if (this.#hasAppended && isLeader) world.hooks.appended.tell(process);
    if (this.#hasTouchedSnapshot) world.hooks.snapshotStep.tell(process);
    this.#hasAppended = false;
    this.#hasTouchedSnapshot = false;
  }

  #queues({ sessions, answerBytes, pendingReads, pendingWrites, raft }: ReplicaVitals): readonly QueueLength[] {
    const { host, replicaLimits, raftLimits } = this.#ports.world.plan;
    // Entries of the group's own are not refused: the first of a term, and the two of a change of the membership.
    const uncommitted = raft.termStarted ? raft.lastIndex - raft.commitIndex : 0;
    return [
      { name: "sessions of all shards", length: sessions, max: replicaLimits.sessionsMax * SHARDS },
      { name: "bytes of remembered answers", length: answerBytes, max: (replicaLimits.answerBytesMax + ANSWER_BYTES_MAX) * SHARDS },
      { name: "waiting reads", length: pendingReads, max: replicaLimits.pendingReadsMax },
      // A change of the membership waits among them, and there is one at a time.
      { name: "waiting writes", length: pendingWrites, max: replicaLimits.pendingWritesMax + 1 },
      { name: "events in the mailbox", length: this.#mailbox.length, max: host.messagesMax + MAILBOX_OWN_EVENTS_MAX },
      { name: "uncommitted entries of a leader", length: uncommitted, max: raftLimits.uncommittedEntriesMax + 3 },
      { name: "entries in front of a snapshot", length: raft.snapshotIndex - raft.baseIndex, max: raftLimits.trailingEntries },
    ];
  }

  readonly #acts: Acts = {
    writeDisk: ({ batch, persist, bootsSeen }) => {
      const { world } = this.#ports;
      world.watch.wrote(this.#view, this.#view.ledger.wrote(persist));
      const { index, chain } = this.#view.ledger.memory.last;
      world.trace.note(EFFECT_NUMBERS.logWritten, index, chain);
      if (persist.entries.some(({ kind }) => kind === "command")) this.#hasAppended = true;
      if (persist.restartAfter !== null) this.#hasTouchedSnapshot = true;
      const { restartAfter, hardState, truncateFrom, entries } = persist;
      const metadata = bootsSeen === null ? null : bootsMetadata(bootsSeen);
      this.#opened.log.append({ restartAfter, hardState, truncateFrom, entries, metadata }, () => {
        this.#view.ledger.confirmed(batch);
        this.#mailbox.deliver({ kind: "diskWritten", batch });
      });
    },
    rememberLives: ({ bootsSeen }) => {
      this.#opened.log.append(bootsWrite(bootsSeen), () => this.#mailbox.deliver({ kind: "livesRemembered" }));
    },
    sendPeer: ({ message }) => {
      const { world, process } = this.#ports;
      world.watch.sent(this.#view, message);
      countMessage(world.effects, message);
      this.#noteSnapshotPiece(message);
      const to = world.placeOf(message.to);
      if (to === null || to === process.place) return;
      const bytes = encodeMessage(message);
      world.trace.bytes(EFFECT_NUMBERS.messageSent, bytes);
      world.network.send({ from: process.place, to }, bytes);
    },
    reply: ({ request, outcome }) => {
      const { effects, trace, watch } = this.#ports.world;
      countReply(effects, outcome);
      const answer = outcome.kind === "done" && outcome.value.kind === "result" ? outcome.value : null;
      if (answer === null) trace.note(EFFECT_NUMBERS.answered, OUTCOME_NUMBERS[outcome.kind], request);
      else trace.bytes(EFFECT_NUMBERS.answered, answer.result);
      watch.readAnswered(this.#view, request, answer?.index ?? null);
      this.#requests.answer(request, outcome);
    },
    trimLog: ({ base }) => this.#opened.log.trim(base, () => undefined),
    snapshotBegin: (effect) => this.#touchSnapshot(() => this.#desk.begin(effect)),
    snapshotSlice: (effect) => this.#touchSnapshot(() => this.#desk.slice(effect)),
    snapshotCommit: (effect) => this.#touchSnapshot(() => this.#desk.commit(effect)),
    snapshotAbort: (effect) => this.#touchSnapshot(() => this.#desk.abort(effect)),
    snapshotTransfer: (effect) => this.#touchSnapshot(() => this.#desk.transfer(effect)),
    restoreBegin: (effect) => {
      this.#restoringIndex = effect.snapshot.base.index;
      this.#touchSnapshot(() => this.#desk.restore(effect));
    },
    observe: ({ observation }) => {
      const { world } = this.#ports;
      countObservation(world.effects, observation);
      if (observation.kind === "raft" || observation.kind === "restored") this.#tellStanding();
      if (observation.kind === "divergenceFound") world.watch.rebuilding(this.#view);
      if (observation.kind === "restored" || observation.kind === "snapshotTaken") this.compareDigest();
      if (world.trace.isWritten) world.trace.line(world.nowUs, `${this.#ports.process.name} -- ${JSON.stringify(observation)}`);
    },
    ask: () => undefined,
    stop: ({ reason, message }) => this.#stop(reason, message),
  };

  #noteSnapshotPiece({ to, body }: PeerMessage): void {
    if (body.kind !== "raft" || body.message.kind !== "snapshotChunk" || body.message.offset > 0) return;
    const transfer = `${to} ${body.message.snapshot.id}`;
    if (this.#transfersBegun.has(transfer)) this.#ports.world.effects["snapshot transfer began again"]++;
    this.#transfersBegun.add(transfer);
  }

  #touchSnapshot(act: () => void): void {
    this.#hasTouchedSnapshot = true;
    act();
  }

  #stop(reason: StopReason, message: string): void {
    const { world, process, onStop } = this.#ports;
    if (reason === "bug") throw new Violation("bug", "no claim in the program is broken", `${process.name}: ${message}`);
    if (world.trace.isWritten) world.trace.line(world.nowUs, `${process.name} stops (${reason}): ${message}`);
    this.#mailbox.end();
    if (reason === "wiped" || reason === "removed" || reason === "divergence") this.#setAside(() => onStop("failed", message));
    else onStop(ENDINGS[reason], message);
  }

  /** The next life begins as a blank member of this place. */
  #setAside(done: () => void): void {
    const { directory, onFailure } = this.#ports;
    const { log, store } = this.#opened;
    directory.markAside((marked) => {
      if (marked !== null) return onFailure(marked);
      log.close(() => store.close(() => directory.setAside((problem) => (problem === null ? done() : onFailure(problem)))));
    });
  }
}

const ENDINGS: { readonly [R in Exclude<StopReason, "bug" | "wiped" | "removed" | "divergence">]: Ending } = {
  versionUnknown: "outdated",
  snapshotDamaged: "damaged",
};

/** Confirmations are never refused; there are no more of them than effects that ask for one. */
const MAILBOX_OWN_EVENTS_MAX = 2_000;
