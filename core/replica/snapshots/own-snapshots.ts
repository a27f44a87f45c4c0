// When this member takes a snapshot of its own state, and how far it has come with one. Bytes go to the disk slice by
// slice, one under way at a time, so neither the event loop nor the memory sees the whole.
import { ByteWriter } from "../../base/byte-writer.ts";
import type { LogBase } from "../../raft/entry.ts";
import type { Membership } from "../../raft/membership.ts";
import type { SnapshotMeta } from "../../raft/snapshot-meta.ts";
import type { EffectQueue } from "../effect-queue.ts";
import type { ReplicaIdentity, ReplicaLimits } from "../options.ts";
import type { SnapshotSource } from "../state-machine.ts";

export type OwnSnapshotsOptions = {
  readonly identity: ReplicaIdentity;
  readonly limits: ReplicaLimits;
  readonly effects: EffectQueue;
};

type Growth = { entries: number; bytes: number };

/** What an entry takes in memory besides its bytes: the object, two views and their buffer. A counter's entry has 55 bytes itself. */
const ENTRY_HELD_BYTES = 400;

type Writing = {
  readonly id: string;
  readonly source: SnapshotSource;
  /** One for all slices, which are about equal: it grows with the first. Each is handed on as a copy of just its size. */
  readonly slice: ByteWriter;
  readonly covers: Readonly<Growth>;
};

export type SnapshotOrder = {
  readonly base: LogBase;
  readonly membership: Membership;
  readonly version: number;
  readonly source: SnapshotSource;
};

export class OwnSnapshots {
  readonly #options: OwnSnapshotsOptions;
  #writing: Writing | null = null;
  /** Applied since the last snapshot. */
  readonly #growth: Growth = { entries: 0, bytes: 0 };
  #lastSizeBytes = 0;
  #notBeforeMs = -Infinity;
  /** The newest one can't be read: another is due, however little was applied since. */
  #isReplacing = false;
  #nextReplacementMs = -Infinity;
  #taken = 0;
  #hasFoundAltered = false;

  constructor(options: OwnSnapshotsOptions) {
    this.#options = options;
  }

  applied(entryBytes: number): void {
    this.#growth.entries++;
    this.#growth.bytes += entryBytes;
  }

  get isReplacing(): boolean {
    return this.#isReplacing;
  }

  /** The first time at once; where new files can't be read either, the disk is not kept busy with ever more of them. */
  unreadable(nowMs: number): void {
    this.#isReplacing = true;
    this.#notBeforeMs = Math.max(this.#notBeforeMs, this.#nextReplacementMs);
    this.#nextReplacementMs = Math.max(nowMs, this.#notBeforeMs) + this.#options.limits.snapshotRetryMs;
  }

  isDue(nowMs: number): boolean {
    if (this.#writing !== null || nowMs < this.#notBeforeMs) return false;
    if (this.#isReplacing) return true;
    const { snapshotEntries, snapshotBytes, snapshotGrowth } = this.#options.limits;
    const { entries, bytes } = this.#growth;
    const heldBytes = bytes + entries * ENTRY_HELD_BYTES;
    return (entries >= snapshotEntries || bytes >= snapshotBytes) && heldBytes >= snapshotGrowth * this.#lastSizeBytes;
  }

  begin({ base, membership, version, source }: SnapshotOrder): void {
    const { self, boot } = this.#options.identity;
    // Two members, two lives, and two attempts of one life never give the same name to different bytes.
    const id = `${String(base.index)}-${self}-${String(boot)}-${String(++this.#taken)}`;
    this.#writing = { id, source, slice: new ByteWriter(), covers: { ...this.#growth } };
    this.#options.effects.push({ kind: "snapshotBegin", snapshotId: id, base, membership, version });
    this.#writeNext(this.#writing);
  }

  sliceWritten(snapshotId: string): void {
    if (this.#writing?.id === snapshotId) this.#writeNext(this.#writing);
  }

  /** Whether it is the one under way: the confirmation of one that was given up comes too late. */
  saved({ id, sizeBytes }: SnapshotMeta): boolean {
    if (this.#writing?.id !== id) return false;
    this.#growth.entries -= this.#writing.covers.entries;
    this.#growth.bytes -= this.#writing.covers.bytes;
    this.#lastSizeBytes = sizeBytes;
    this.#writing = null;
    this.#isReplacing = false;
    return true;
  }

  failed(snapshotId: string, nowMs: number): void {
    if (this.#writing?.id !== snapshotId) return;
    this.#writing = null;
    this.#notBeforeMs = nowMs + this.#options.limits.snapshotRetryMs;
  }

  /** Whether one was given up since the last time, because something in it was not what was put into the state. */
  takeFoundAltered(): boolean {
    const found = this.#hasFoundAltered;
    this.#hasFoundAltered = false;
    return found;
  }

  /** The state is not to be kept. */
  giveUp(): void {
    if (this.#writing !== null) this.#options.effects.push({ kind: "snapshotAbort", snapshotId: this.#writing.id });
    this.#writing = null;
  }

  /** A snapshot from elsewhere takes the place of the state. */
  replacedBy({ sizeBytes }: SnapshotMeta): void {
    this.giveUp();
    this.#isReplacing = false;
    this.#growth.entries = 0;
    this.#growth.bytes = 0;
    this.#lastSizeBytes = sizeBytes;
  }

  #writeNext({ id: snapshotId, source, slice }: Writing): void {
    const isMore = source.next(slice, this.#options.limits.snapshotSliceBytes);
    if (source.isSound === false) {
      this.#hasFoundAltered = true;
      this.giveUp();
      return;
    }
    this.#options.effects.push(
      isMore ? { kind: "snapshotSlice", snapshotId, bytes: slice.take() } : { kind: "snapshotCommit", snapshotId },
    );
  }
}
