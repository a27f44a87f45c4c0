// A small group of real replicas for the tests of core/replica: disks in memory that confirm at once (or when told to),
// messages that wait in mailboxes, and a clock that only the test moves. No faults happen by themselves; the simulator
// has those.
import { concatBytes, utf8 } from "../../../core/base/bytes.ts";
import { crc32c } from "../../../core/base/checksum.ts";
import { asCluster, asGroup, asMember, asTerm } from "../../../core/base/ids.ts";
import type { MemberId } from "../../../core/base/ids.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { Random } from "../../../core/base/random.ts";
import { KvStateMachine } from "../../../core/kv/kv-state-machine.ts";
import { LOG_ORIGIN } from "../../../core/raft/entry.ts";
import { DEFAULT_LIMITS, DEFAULT_TIMING } from "../../../core/raft/inputs.ts";
import type { RaftLimits, RecoveredGroup } from "../../../core/raft/inputs.ts";
import { foundingMembership } from "../../../core/raft/membership.ts";
import type { Membership } from "../../../core/raft/membership.ts";
import type { SnapshotRequest } from "../../../core/raft/ready.ts";
import type { Companion } from "../../../core/replica/companion.ts";
import { OnePartition } from "../../../core/replica/applied/one-partition.ts";
import type { ReplicaEffect, ReplicaObservation, Reply } from "../../../core/replica/effects.ts";
import type { ClientOperation, ReplicaEvent } from "../../../core/replica/events.ts";
import { lifeNumber } from "../../../core/replica/life-number.ts";
import type { ReplicaLimits } from "../../../core/replica/options.ts";
import { DEFAULT_REPLICA_LIMITS } from "../../../core/replica/options.ts";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";
import { Replica } from "../../../core/replica/replica.ts";
import type { StateMachine } from "../../../core/replica/state-machine.ts";

import { bytesIn, store } from "./world-disk.ts";
import type { Disk } from "./world-disk.ts";

export const TICK_MS = 25;
const START_MS = 1_800_000_000_000;

type OpenSnapshot = { readonly begin: Extract<ReplicaEffect, { readonly kind: "snapshotBegin" }>; readonly slices: Uint8Array[] };

export type MemberInWorld = {
  readonly name: MemberId;
  disk: Disk;
  /** Null while the process is down. */
  replica: Replica | null;
  machine: StateMachine | OnePartition;
  mailbox: ReplicaEvent[];
  isDiskPaused: boolean;
  confirmations: ReplicaEvent[];
  isRestoringPaused: boolean;
  slices: ReplicaEvent[];
  openSnapshots: Map<string, OpenSnapshot>;
  /** Slices of its own snapshots are never confirmed. */
  areSnapshotsStuck: boolean;
  incoming: { readonly id: string; readonly pieces: Uint8Array[] } | null;
  version: number;
  wallOffsetMs: number;
  mark: number; // of its starts from now on
  replies: Map<number, Outcome<Reply>>;
  observations: ReplicaObservation[];
  stopped: Extract<ReplicaEffect, { readonly kind: "stop" }> | null;
  /** Everything that it asked for in its last turn. */
  effects: readonly ReplicaEffect[];
};

export type WorldOptions = {
  readonly size: number;
  /** Members that are running and belong to nobody yet. */
  readonly spare?: number;
  readonly seed?: number;
  readonly limits?: Partial<ReplicaLimits>;
  readonly raftLimits?: Partial<RaftLimits>;
  readonly version?: number;
  readonly unaskedVersion?: number;
  readonly machine?: () => StateMachine | OnePartition;
  readonly companion?: (name: string) => Companion;
};

const blankDisk = (): Disk => ({
  hardState: { term: asTerm(0), vote: null },
  base: LOG_ORIGIN,
  entries: [],
  snapshots: [],
  bootsSeen: {},
  boot: 0,
  lives: [],
});

export class ReplicaWorld {
  readonly members: readonly MemberInWorld[];
  nowMs = 1_000;
  /** Which messages get through. */
  passes: (message: PeerMessage) => boolean = () => true;
  readonly #options: WorldOptions;
  readonly #founding: Membership;
  #requests = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    const names = Array.from({ length: options.size + (options.spare ?? 0) }, (_, i) => asMember(`n${String(i + 1)}`));
    const places = names.slice(0, options.size).map((member, ordinal) => ({ member, place: { ordinal, address: `http://${member}` } }));
    this.#founding = foundingMembership(places);
    this.members = names.map((name) => ({
      name,
      disk: blankDisk(),
      replica: null,
      machine: new KvStateMachine(),
      mailbox: [],
      isDiskPaused: false,
      confirmations: [],
      isRestoringPaused: false,
      slices: [],
      openSnapshots: new Map(),
      areSnapshotsStuck: false,
      incoming: null,
      version: options.version ?? 1,
      wallOffsetMs: 0,
      mark: 0,
      replies: new Map(),
      observations: [],
      stopped: null,
      effects: [],
    }));
    for (const { name } of this.members) this.start(name);
  }

  at(name: string): MemberInWorld {
    const member = this.members.find((candidate) => candidate.name === name);
    if (member === undefined) throw new Error(`there is no member ${name}`);
    return member;
  }

  running(name: string): Replica {
    const { replica } = this.at(name);
    if (replica === null) throw new Error(`${name} is down`);
    return replica;
  }

  get leader(): MemberInWorld {
    const leaders = this.members.filter(({ replica }) => replica?.status().raft.role === "leader");
    const latest = leaders.sort((a, b) => (b.replica?.status().raft.term ?? 0) - (a.replica?.status().raft.term ?? 0))[0];
    if (latest === undefined) throw new Error("nobody leads");
    return latest;
  }

  get followers(): readonly MemberInWorld[] {
    const { leader } = this;
    return this.members.filter((member) => member !== leader && member.replica !== null);
  }

  start(name: string): void {
    const member = this.at(name);
    const { disk } = member;
    disk.boot += 1;
    const boot = lifeNumber(disk.boot, member.mark);
    disk.lives = [...disk.lives, boot];
    member.machine = this.#options.machine?.() ?? new KvStateMachine();
    member.stopped = null;
    const companion = this.#options.companion?.(name);
    const { unaskedVersion = member.version } = this.#options;
    const limits = { ...DEFAULT_REPLICA_LIMITS, ...this.#options.limits };
    member.replica = new Replica({
      identity: { cluster: asCluster("c"), group: asGroup("g"), self: member.name, boot },
      earlierLives: disk.lives.slice(0, -1),
      bootsSeen: disk.bootsSeen,
      recovered: this.#recovered(disk),
      machine: member.machine instanceof OnePartition ? member.machine : new OnePartition(member.machine, limits),
      ...(companion === undefined ? {} : { companion }),
      random: new Random(this.#options.seed ?? 1).child(`${name}-${String(disk.boot)}`),
      timing: DEFAULT_TIMING,
      raftLimits: { ...DEFAULT_LIMITS, ...this.#options.raftLimits },
      limits,
      version: member.version,
      unaskedVersion,
    });
    this.#turn(member);
  }

  crash(name: string): void {
    const member = this.at(name);
    member.replica = null;
    member.mailbox = [];
    member.confirmations = [];
    member.slices = [];
    member.openSnapshots.clear();
    member.incoming = null;
  }

  restart(name: string): void {
    this.crash(name);
    this.start(name);
  }

  wipe(name: string): void {
    this.crash(name);
    const { boot } = this.at(name).disk;
    this.at(name).disk = { ...blankDisk(), boot };
  }

  /** Lets time pass, tick by tick, and delivers everything that passes. */
  run(ms: number): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs;) this.tick();
  }

  tick(elapsedMs = TICK_MS): void {
    this.nowMs += elapsedMs;
    for (const member of this.members) this.tickOne(member.name);
    this.settle();
  }

  tickOne(name: string): void {
    const member = this.at(name);
    const wallMs = START_MS + this.nowMs + member.wallOffsetMs;
    member.mailbox.push({ kind: "tick", monotonicMs: this.nowMs, wallMs });
    this.#turn(member);
  }

  /** Until nobody has anything to read. */
  settle(): void {
    for (let i = 0; i < 10_000; i++) {
      const busy = this.members.filter(({ mailbox, replica }) => replica !== null && (mailbox.length > 0 || replica.hasMore()));
      if (busy.length === 0) return;
      for (const member of busy) this.#turn(member);
    }
    throw new Error("the members never come to rest");
  }

  runUntil(holds: () => boolean, msMax = 20_000): void {
    for (const endMs = this.nowMs + msMax; this.nowMs < endMs; this.tick()) if (holds()) return;
    throw new Error("it did not happen in time");
  }

  electLeader(): MemberInWorld {
    this.runUntil(() => this.members.some(({ replica }) => replica?.status().raft.termStarted === true));
    return this.leader;
  }

  /** Hands a request in; its answer will be in the member's `replies`. */
  ask(name: string, operation: ClientOperation, deadlineInMs = 5_000): number {
    const id = ++this.#requests;
    this.at(name).mailbox.push({ kind: "clientRequest", request: { id, deadlineMs: this.nowMs + deadlineInMs, operation } });
    return id;
  }

  tell(name: string, event: ReplicaEvent): void {
    this.at(name).mailbox.push(event);
  }

  answer(name: string, id: number): Outcome<Reply> | null {
    return this.at(name).replies.get(id) ?? null;
  }

  /** Hands a request in and waits for its answer. */
  call(name: string, operation: ClientOperation, deadlineInMs = 5_000): Outcome<Reply> {
    const id = this.ask(name, operation, deadlineInMs);
    this.settle();
    this.runUntil(() => this.answer(name, id) !== null, deadlineInMs + 1_000);
    return this.answer(name, id) as Outcome<Reply>;
  }

  resumeDisk(name: string): void {
    const member = this.at(name);
    member.isDiskPaused = false;
    member.mailbox.push(...member.confirmations);
    member.confirmations = [];
  }

  resumeRestoring(name: string): void {
    const member = this.at(name);
    member.isRestoringPaused = false;
    member.mailbox.push(...member.slices);
    member.slices = [];
  }

  observed<K extends ReplicaObservation["kind"]>(name: string, kind: K): readonly Extract<ReplicaObservation, { readonly kind: K }>[] {
    return this.at(name).observations.filter((o): o is Extract<ReplicaObservation, { readonly kind: K }> => o.kind === kind);
  }

  digests(): readonly string[] {
    return this.members.flatMap(({ replica }) => (replica === null ? [] : [replica.status().stateDigest.digest]));
  }

  #recovered({ hardState, base, entries, snapshots }: Disk): RecoveredGroup {
    const latest = snapshots.at(-1)?.meta;
    if (latest === undefined) return { hardState, base, entries, snapshot: null, membership: this.#founding };
    // A log that doesn't have the snapshot's last entry is not what follows it.
    const { index, term } = latest.base;
    const follows = entries.some((entry) => entry.index === index && entry.term === term) || (base.index === index && base.term === term);
    const behind = follows ? entries.filter((entry) => entry.index > index) : [];
    return { hardState, base: latest.base, entries: behind, snapshot: latest, membership: latest.membership };
  }

  #turn(member: MemberInWorld): void {
    const { replica } = member;
    if (replica === null) {
      member.mailbox = [];
      return;
    }
    const events = member.mailbox;
    member.mailbox = [];
    const effects: ReplicaEffect[] = [];
    for (const event of [...events, { kind: "turnEnded" } as const]) effects.push(...replica.step(event));
    member.effects = effects;
    for (const effect of effects) if (member.stopped === null) EXECUTE[effect.kind](this, member, effect as never);
    if (member.stopped !== null) this.crash(member.name);
  }
}

type EffectOf<K extends ReplicaEffect["kind"]> = Extract<ReplicaEffect, { readonly kind: K }>;
type Executors = { readonly [K in ReplicaEffect["kind"]]: (world: ReplicaWorld, member: MemberInWorld, effect: EffectOf<K>) => void };

const EXECUTE: Executors = {
  writeDisk: (_world, { disk, isDiskPaused, confirmations, mailbox }, { batch, persist, bootsSeen }) => {
    if (persist.restartAfter !== null) Object.assign(disk, { base: persist.restartAfter.base, entries: [] });
    const { truncateFrom } = persist;
    if (truncateFrom !== null) disk.entries = disk.entries.filter(({ index }) => index < truncateFrom);
    disk.entries.push(...persist.entries);
    disk.hardState = persist.hardState ?? disk.hardState;
    disk.bootsSeen = bootsSeen ?? disk.bootsSeen;
    (isDiskPaused ? confirmations : mailbox).push({ kind: "diskWritten", batch });
  },
  rememberLives: (_world, { disk, isDiskPaused, confirmations, mailbox }, { bootsSeen }) => {
    disk.bootsSeen = bootsSeen;
    (isDiskPaused ? confirmations : mailbox).push({ kind: "livesRemembered" });
  },
  sendPeer: (world, _member, { message }) => {
    if (world.passes(message)) world.at(message.to).mailbox.push({ kind: "peerMessage", message });
  },
  reply: (_world, { replies }, { request, outcome }) => {
    if (replies.has(request)) throw new Error(`request ${String(request)} was answered twice`);
    replies.set(request, outcome);
  },
  trimLog: (_world, { disk }, { base }) => {
    disk.base = base;
    disk.entries = disk.entries.filter(({ index }) => index > base.index);
  },
  snapshotBegin: (_world, { openSnapshots }, begin) => {
    openSnapshots.set(begin.snapshotId, { begin, slices: [] });
  },
  snapshotSlice: (_world, { openSnapshots, mailbox, areSnapshotsStuck }, { snapshotId, bytes }) => {
    openSnapshots.get(snapshotId)?.slices.push(bytes);
    if (!areSnapshotsStuck) mailbox.push({ kind: "snapshotSliceWritten", snapshotId });
  },
  snapshotCommit: (_world, { openSnapshots, mailbox, disk }, { snapshotId }) => {
    const open = openSnapshots.get(snapshotId);
    if (open === undefined) throw new Error(`${snapshotId} was never begun`);
    openSnapshots.delete(snapshotId);
    const bytes = concatBytes(open.slices);
    const { base, membership, version } = open.begin;
    const meta = { id: snapshotId, base, membership, version, sizeBytes: bytes.length, checksum: crc32c(bytes) };
    store(disk, { meta, bytes });
    mailbox.push({ kind: "snapshotSaved", snapshot: meta });
  },
  snapshotAbort: (_world, { openSnapshots }, { snapshotId }) => {
    openSnapshots.delete(snapshotId);
  },
  snapshotTransfer: (_world, member, { request }) => {
    transfer(member, request);
  },
  restoreBegin: (_world, { disk, mailbox, isRestoringPaused, slices }, { snapshot }) => {
    const bytes = bytesIn(disk, snapshot.id) ?? utf8("nothing");
    const middle = bytes.length >>> 1;
    for (const [slice, last] of [[bytes.subarray(0, middle), false] as const, [bytes.subarray(middle), true] as const]) {
      (isRestoringPaused ? slices : mailbox).push({ kind: "restoreSlice", snapshotId: snapshot.id, bytes: slice, last });
    }
  },
  ask: () => undefined,
  observe: (_world, { observations }, { observation }) => {
    observations.push(observation);
  },
  stop: (_world, member, effect) => {
    member.stopped = effect;
  },
};

function transfer(member: MemberInWorld, request: SnapshotRequest): void {
  const { disk, mailbox } = member;
  if (request.kind === "release") return;
  if (request.kind === "read") {
    const { to, snapshotId, offset, lengthMax } = request;
    const bytes = bytesIn(disk, snapshotId)?.slice(offset, offset + lengthMax) ?? null;
    mailbox.push({ kind: "snapshotPieceRead", piece: { to, snapshotId, offset, bytes } });
    return;
  }
  const { snapshot, offset, bytes, from } = request.chunk;
  if (offset === 0) member.incoming = { id: snapshot.id, pieces: [] };
  const pieces = member.incoming?.id === snapshot.id ? member.incoming.pieces : [];
  if (offset === concatBytes(pieces).length) pieces.push(bytes);
  const whole = concatBytes(pieces);
  const isComplete = whole.length === snapshot.sizeBytes && crc32c(whole) === snapshot.checksum;
  if (isComplete) store(disk, { meta: snapshot, bytes: whole });
  const result = isComplete ? ({ kind: "complete", snapshot } as const) : ({ kind: "wanted", offset: whole.length } as const);
  mailbox.push({ kind: "snapshotPieceWritten", piece: { from, snapshotId: snapshot.id, result } });
}
