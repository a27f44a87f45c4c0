// A small in-memory group for the tests of core/raft and for the scenario files: every member is a real Raft, the disk
// confirms when told to, and messages lie in a list until they are delivered or dropped. No time: the simulator has that.
// No bytes on a disk either, unless each member is given one that has (`diskOf`). The service on top is a list of texts.
import { asIndex, asMember, asServiceIndex, asTerm } from "../../../core/base/ids.ts";
import type { MemberId } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import { textOf, utf8 } from "../../../core/base/bytes.ts";
import { crc32c } from "../../../core/base/checksum.ts";
import { LOG_ORIGIN } from "../../../core/raft/entry.ts";
import type { Entry, LogBase } from "../../../core/raft/entry.ts";
import { DEFAULT_LIMITS, DEFAULT_TIMING } from "../../../core/raft/inputs.ts";
import type { PieceWritten, RaftLimits } from "../../../core/raft/inputs.ts";
import { foundingMembership } from "../../../core/raft/membership.ts";
import type { Membership } from "../../../core/raft/membership.ts";
import type { Message, MessageOf } from "../../../core/raft/messages.ts";
import { Raft } from "../../../core/raft/raft.ts";
import type { HardState, Persist, RaftObservation, ReadAnswer, Ready, SnapshotRequest } from "../../../core/raft/ready.ts";
import type { SnapshotMeta } from "../../../core/raft/snapshot-meta.ts";

export type StoredSnapshot = { readonly meta: SnapshotMeta; readonly bytes: Uint8Array };

export type Disk = { hardState: HardState; entries: Entry[]; snapshots: StoredSnapshot[] };

/** A disk of bytes under a member: what it confirms is durable, and what it holds is what the next life finds. */
export interface DiskOfBytes {
  /** Null: what is there can't be used, and the member does not start. */
  open(): Disk | null;
  /** All of them together; those that are not durable are never told. */
  write(persists: readonly Persist[], durable: (persist: Persist) => void): void;
  /** Answers with what the snapshot is called from now on. */
  saveSnapshot(snapshot: StoredSnapshot): SnapshotMeta;
  trim(base: LogBase): void;
  /** Null: it can't be read. */
  readSnapshot(id: string, range: { readonly offset: number; readonly length: number }): Uint8Array | null;
  receive(chunk: MessageOf<"snapshotChunk">): ReceivedPiece;
  wipe(): void;
}

/** `whole`: what all pieces are together, with the last of them. */
export type ReceivedPiece = { readonly result: PieceWritten["result"]; readonly whole: Uint8Array | null };

export type MemberUnderTest = {
  readonly self: MemberId;
  raft: Raft;
  /** Only this survives a crash; of a disk of bytes, what its member has had confirmed. */
  disk: Disk;
  readonly bytes: DiskOfBytes | null;
  diskPaused: boolean;
  waitingWrites: Persist[];
  heldMessages: { readonly batch: number; readonly messages: readonly Message[] }[];
  incoming: { readonly id: string; readonly pieces: Uint8Array[] } | null;
  texts: string[];
  /** The last entry that `texts` contains. */
  appliedBase: LogBase;
  applied: Entry[];
  reads: ReadAnswer[];
  observations: RaftObservation[];
};

export type ClusterOptions = {
  readonly size: number;
  readonly spare?: number;
  readonly seed?: number;
  readonly limits?: Partial<RaftLimits>;
  readonly diskOf?: (member: MemberId) => DiskOfBytes;
};

const BLANK: Disk = { hardState: { term: asTerm(0), vote: null }, entries: [], snapshots: [] };

export class TestCluster {
  readonly members = new Map<MemberId, MemberUnderTest>();
  readonly network: Message[] = [];
  /** Told of everything that happens at a member, in order. */
  watch: (member: MemberUnderTest, ready: Ready) => void = () => undefined;
  readonly #founding: Membership;
  readonly #limits: RaftLimits;
  readonly #seed: number;
  readonly #diskOf: (member: MemberId) => DiskOfBytes | null;

  constructor(options: ClusterOptions) {
    const names = Array.from({ length: options.size + (options.spare ?? 0) }, (_, i) => asMember(`n${String(i + 1)}`));
    const founders = names.slice(0, options.size);
    this.#founding = foundingMembership(founders.map((member, ordinal) => ({ member, place: { ordinal, address: member } })));
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#seed = options.seed ?? 1;
    this.#diskOf = options.diskOf ?? ((): null => null);
    for (const name of names) this.#begin(name, BLANK);
  }

  at(name: string): MemberUnderTest {
    const member = this.members.get(asMember(name));
    if (member === undefined) throw new Error(`there is no member ${name}`);
    return member;
  }

  raft(name: string): Raft {
    return this.at(name).raft;
  }

  texts(name: string): readonly string[] {
    return this.at(name).texts;
  }

  tick(name: string): void {
    this.raft(name).tick();
    this.work(name);
  }

  /** Everybody's clock advances, and everything is delivered after each tick. */
  tickAll(times: number): void {
    for (let i = 0; i < times; i++) {
      for (const name of this.members.keys()) this.tick(name);
      this.deliverAll();
    }
  }

  /** Ticks one member until it stands for election; nothing is delivered. */
  campaign(name: string): void {
    const { term } = this.raft(name).status();
    for (let i = 0; i < 100; i++) {
      const status = this.raft(name).status();
      if (status.role !== "follower" || status.term > term) return;
      this.tick(name);
    }
  }

  elect(name: string): void {
    for (let i = 0; i < 4 && this.raft(name).status().role !== "leader"; i++) {
      this.campaign(name);
      this.tick(name);
      this.deliverAll();
    }
    if (this.raft(name).status().role !== "leader") throw new Error(`${name} was not elected`);
  }

  propose(name: string, text: string): ReturnType<Raft["propose"]> {
    const result = this.raft(name).propose({ kind: "command", version: 1, body: utf8(text) });
    this.work(name);
    return result;
  }

  /** Delivers what is under way now, not what that leads to. Who is down hears nothing. */
  deliver(choose: (message: Message) => boolean = () => true): readonly Message[] {
    const chosen = this.network.filter(choose);
    for (const message of chosen) this.network.splice(this.network.indexOf(message), 1);
    for (const message of chosen) {
      if (!this.members.has(message.to)) continue;
      this.raft(message.to).receive(message);
      this.work(message.to);
    }
    return chosen;
  }

  /** Until nothing that may be delivered is under way any more. */
  deliverAll(choose: (message: Message) => boolean = () => true): void {
    for (let i = 0; i < 1_000; i++) if (this.deliver(choose).length === 0) return;
    throw new Error("the members never come to rest");
  }

  drop(choose: (message: Message) => boolean = () => true): number {
    const chosen = this.network.filter(choose);
    for (const message of chosen) this.network.splice(this.network.indexOf(message), 1);
    return chosen.length;
  }

  /** Takes everything that is ready at a member, writes its disk unless that is paused, and sends. */
  work(name: string): void {
    this.#work(this.at(name));
  }

  /** The oldest writes that wait are done, one by one; the disk stays as it is otherwise. */
  writeBatches(name: string, count: number): void {
    const member = this.at(name);
    this.#write(member, count);
    this.#work(member);
  }

  resumeDisk(name: string): void {
    const member = this.at(name);
    member.diskPaused = false;
    this.#write(member);
    this.#work(member);
  }

  /** What was not written is lost; the next life begins from the disk. */
  crash(name: string): void {
    const member = this.at(name);
    this.#begin(member.self, member.disk);
  }

  /** Its process is gone; on a disk of bytes it may be started again. */
  end(name: string): void {
    this.members.delete(asMember(name));
  }

  /** From what its disk of bytes holds. */
  start(name: string): void {
    this.#begin(asMember(name), BLANK);
  }

  /** The member comes back under its old id with nothing. */
  wipe(name: string): void {
    this.#diskOf(asMember(name))?.wipe();
    this.#begin(asMember(name), BLANK);
  }

  snapshot(name: string): SnapshotMeta {
    const member = this.at(name);
    const bytes = utf8(JSON.stringify(member.texts));
    const membership = member.raft.membershipAt(member.appliedBase.index);
    const id = `${name}-${String(member.appliedBase.index)}`;
    const taken: SnapshotMeta = { id, base: member.appliedBase, membership, version: 1, sizeBytes: bytes.length, checksum: crc32c(bytes) };
    const meta = member.bytes?.saveSnapshot({ meta: taken, bytes }) ?? taken;
    member.disk.snapshots.push({ meta, bytes });
    const base = member.raft.snapshotSaved(meta);
    if (base !== null) member.disk.entries = member.disk.entries.filter((entry) => entry.index > base.index);
    if (base !== null) member.bytes?.trim(base);
    this.work(name);
    return meta;
  }

  #begin(self: MemberId, remembered: Disk): void {
    const bytes = this.#diskOf(self);
    const disk = bytes === null ? remembered : bytes.open();
    if (disk === null) this.members.delete(self);
    else this.members.set(self, this.#boot(self, disk, bytes));
  }

  #boot(self: MemberId, disk: Disk, bytes: DiskOfBytes | null): MemberUnderTest {
    const newest = disk.snapshots.at(-1);
    const base = newest?.meta.base ?? LOG_ORIGIN;
    const entries = disk.entries.filter((entry) => entry.index > base.index);
    const recovered = {
      hardState: disk.hardState,
      base,
      entries,
      snapshot: newest?.meta ?? null,
      membership: newest?.meta.membership ?? this.#founding,
    };
    const raft = new Raft({ self, random: new Random(this.#seed).child(self), timing: DEFAULT_TIMING, limits: this.#limits }, recovered);
    const member: MemberUnderTest = {
      self,
      raft,
      disk: { ...disk, entries: [...disk.entries], snapshots: [...disk.snapshots] },
      bytes,
      diskPaused: false,
      waitingWrites: [],
      heldMessages: [],
      incoming: null,
      texts: [],
      appliedBase: LOG_ORIGIN,
      applied: [],
      reads: [],
      observations: [],
    };
    if (newest !== undefined) restore(member, newest);
    return member;
  }

  /** A failing disk ends the process in the middle of this. */
  #work(member: MemberUnderTest): void {
    while (this.members.get(member.self) === member) {
      const ready = member.raft.takeReady();
      this.watch(member, ready);
      this.#execute(member, ready);
      if (!member.raft.hasReady()) return;
    }
  }

  #execute(member: MemberUnderTest, ready: Ready): void {
    this.network.push(...ready.sendNow);
    if (ready.sendAfterPersist !== null) member.heldMessages.push(ready.sendAfterPersist);
    if (ready.persist !== null) member.waitingWrites.push(ready.persist);
    member.reads.push(...ready.reads);
    member.observations.push(...ready.observations);
    if (ready.restore !== null) this.#restore(member, ready.restore);
    apply(member, ready.committed);
    for (const request of ready.snapshotRequests) SNAPSHOT_REQUESTS[request.kind](member, request as never);
    if (!member.diskPaused) this.#write(member);
  }

  #restore(member: MemberUnderTest, meta: SnapshotMeta): void {
    const stored = member.disk.snapshots.find((snapshot) => snapshot.meta.id === meta.id);
    if (stored === undefined) throw new Error(`${member.self} has no snapshot ${meta.id}`);
    restore(member, stored);
  }

  #write(member: MemberUnderTest, count = Infinity): void {
    const persists = member.waitingWrites.splice(0, count);
    if (member.bytes === null) for (const persist of persists) this.#written(member, persist);
    else member.bytes.write(persists, (persist) => this.#written(member, persist));
  }

  #written(member: MemberUnderTest, persist: Persist): void {
    const { disk } = member;
    if (persist.restartAfter !== null) disk.entries = [];
    const from = persist.truncateFrom;
    disk.entries = [...(from === null ? disk.entries : disk.entries.filter((entry) => entry.index < from)), ...persist.entries];
    disk.hardState = persist.hardState ?? disk.hardState;
    member.raft.persisted(persist.batch);
    const released = member.heldMessages.filter(({ batch }) => batch <= persist.batch);
    member.heldMessages = member.heldMessages.filter(({ batch }) => batch > persist.batch);
    for (const { messages } of released) this.network.push(...messages);
  }
}

type SnapshotRequests = {
  readonly [K in SnapshotRequest["kind"]]: (member: MemberUnderTest, request: Extract<SnapshotRequest, { readonly kind: K }>) => void;
};

const SNAPSHOT_REQUESTS: SnapshotRequests = {
  read: (member, { to, snapshotId, offset, lengthMax }) => {
    const stored = member.disk.snapshots.find(({ meta }) => meta.id === snapshotId);
    const range = { offset, length: lengthMax };
    const bytes =
      member.bytes === null ? (stored?.bytes.subarray(offset, offset + lengthMax) ?? null) : member.bytes.readSnapshot(snapshotId, range);
    member.raft.pieceRead({ to, snapshotId, offset, bytes });
  },
  release: () => undefined,
  receive: (member, { chunk }) => {
    const { from, snapshot } = chunk;
    const { result, whole } = member.bytes?.receive(chunk) ?? receivePiece(member, chunk);
    if (whole !== null) member.disk.snapshots.push({ meta: snapshot, bytes: whole });
    member.raft.pieceWritten({ from, snapshotId: snapshot.id, result });
  },
};

function receivePiece(member: MemberUnderTest, { snapshot, offset, bytes }: MessageOf<"snapshotChunk">): ReceivedPiece {
  if (member.incoming?.id !== snapshot.id) member.incoming = { id: snapshot.id, pieces: [] };
  const { pieces } = member.incoming;
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (offset === length) pieces.push(bytes);
  const whole = new Uint8Array(pieces.flatMap((piece) => [...piece]));
  if (whole.length < snapshot.sizeBytes) return { result: { kind: "wanted", offset: whole.length }, whole: null };
  member.incoming = null;
  if (crc32c(whole) !== snapshot.checksum) return { result: { kind: "damaged" }, whole: null };
  return { result: { kind: "complete", snapshot }, whole };
}

function restore(member: MemberUnderTest, { meta, bytes }: StoredSnapshot): void {
  member.texts = JSON.parse(textOf(bytes)) as string[];
  member.appliedBase = meta.base;
  member.raft.appliedUpTo(meta.base.index);
  member.raft.pauseApplying(false);
}

function apply(member: MemberUnderTest, committed: readonly Entry[]): void {
  for (const entry of committed) {
    if (entry.index !== member.appliedBase.index + 1)
      throw new Error(`${member.self} applies ${String(entry.index)} after ${String(member.appliedBase.index)}`);
    if (entry.kind === "command") member.texts.push(textOf(entry.body));
    member.appliedBase = { index: asIndex(entry.index), term: asTerm(entry.term), serviceIndex: asServiceIndex(entry.serviceIndex) };
    member.applied.push(entry);
  }
  const last = committed.at(-1);
  if (last !== undefined) member.raft.appliedUpTo(last.index);
}
