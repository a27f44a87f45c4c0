// What a replica asks about snapshot files, done with the real store of one life. Every answer comes back as an event.
import type { MemberId } from "../../../core/base/ids.ts";
import type { PieceRead } from "../../../core/raft/inputs.ts";
import type { SnapshotRequest } from "../../../core/raft/ready.ts";
import type { SnapshotMeta } from "../../../core/raft/snapshot-meta.ts";
import type { ReplicaEffect } from "../../../core/replica/effects.ts";
import type { ReplicaEvent } from "../../../core/replica/events.ts";
import type { DiskProblem } from "../../../runtime/disk/disk-problem.ts";
import type { OwnSnapshot, SnapshotStore } from "../../../runtime/disk/snapshot-store.ts";

type EffectOf<K extends ReplicaEffect["kind"]> = Extract<ReplicaEffect, { readonly kind: K }>;
type RequestOf<K extends SnapshotRequest["kind"]> = Extract<SnapshotRequest, { readonly kind: K }>;

export type DeskPorts = {
  readonly store: SnapshotStore;
  readonly deliver: (event: ReplicaEvent) => void;
  /** The disk can't be relied on any more. */
  readonly onFailure: (problem: DiskProblem) => void;
  readonly sliceBytes: number;
};

type Own = { readonly id: string; snapshot: OwnSnapshot | null; readonly waiting: ((snapshot: OwnSnapshot) => void)[] };

export class SnapshotDesk {
  readonly #ports: DeskPorts;
  #own: Own | null = null;
  /** The restoration that is going on; a later one takes its place. */
  #restoring: string | null = null;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  begin({ snapshotId, base, membership, version }: EffectOf<"snapshotBegin">): void {
    const own: Own = { id: snapshotId, snapshot: null, waiting: [] };
    this.#own = own;
    this.#ports.store.begin({ id: snapshotId, base, membership, version }, (problem, snapshot) => {
      if (problem !== null) {
        this.#failed(own, problem);
        return;
      }
      own.snapshot = snapshot;
      for (const proceed of own.waiting.splice(0)) proceed(snapshot);
    });
  }

  slice({ snapshotId, bytes }: EffectOf<"snapshotSlice">): void {
    this.#with(snapshotId, (own, snapshot) => {
      snapshot.append(bytes, (problem) => {
        if (problem === null) this.#ports.deliver({ kind: "snapshotSliceWritten", snapshotId });
        else this.#failed(own, problem);
      });
    });
  }

  commit({ snapshotId }: EffectOf<"snapshotCommit">): void {
    this.#with(snapshotId, (own, snapshot) => {
      snapshot.commit((problem, meta) => {
        if (problem === null) this.#ports.deliver({ kind: "snapshotSaved", snapshot: meta });
        else this.#failed(own, problem);
      });
    });
  }

  abort({ snapshotId }: EffectOf<"snapshotAbort">): void {
    this.#with(snapshotId, (own, snapshot) => {
      if (this.#own === own) this.#own = null;
      snapshot.abort(() => undefined);
    });
  }

  transfer({ request }: EffectOf<"snapshotTransfer">): void {
    this.#requests[request.kind](request as never);
  }

  readonly #requests: { readonly [K in SnapshotRequest["kind"]]: (request: RequestOf<K>) => void } = {
    read: ({ to, snapshotId, offset, lengthMax }) => {
      const { store, deliver } = this.#ports;
      const answer = (bytes: PieceRead["bytes"]): void => deliver({ kind: "snapshotPieceRead", piece: { to, snapshotId, offset, bytes } });
      if (!store.pin(snapshotId, to)) {
        answer(null);
        return;
      }
      store.read(snapshotId, { offset, length: lengthMax }, (problem, bytes) => {
        if (problem?.kind === "failed") this.#ports.onFailure(problem);
        else answer(problem === null ? bytes : null);
      });
    },
    release: ({ to, snapshotId }) => this.#ports.store.unpin(snapshotId, to),
    receive: ({ chunk }) => {
      const { from, snapshot, offset, bytes } = chunk;
      this.#ports.store.receive({ from, snapshot, offset, bytes }, (problem, result) => {
        if (problem === null) this.#ports.deliver({ kind: "snapshotPieceWritten", piece: { from, snapshotId: snapshot.id, result } });
        else if (problem.kind !== "full") this.#ports.onFailure(problem);
      });
    },
  };

  restore({ snapshot }: EffectOf<"restoreBegin">): void {
    this.#restoring = snapshot.id;
    this.#ports.store.pin(snapshot.id, SELF);
    this.#restoreFrom(snapshot, 0);
  }

  #restoreFrom(snapshot: SnapshotMeta, offset: number): void {
    const { store, sliceBytes } = this.#ports;
    store.read(snapshot.id, { offset, length: sliceBytes }, (problem, bytes) => {
      if (this.#restoring !== snapshot.id) {
        store.unpin(snapshot.id, SELF);
        return;
      }
      if (problem !== null) {
        this.#ports.onFailure(problem);
        return;
      }
      const slice = bytes ?? new Uint8Array(0);
      const isLast = bytes === null || offset + slice.length >= snapshot.sizeBytes;
      this.#ports.deliver({ kind: "restoreSlice", snapshotId: snapshot.id, bytes: slice, last: isLast });
      if (isLast) store.unpin(snapshot.id, SELF);
      else this.#restoreFrom(snapshot, offset + slice.length);
    });
  }

  #with(snapshotId: string, act: (own: Own, snapshot: OwnSnapshot) => void): void {
    const own = this.#own;
    if (own?.id !== snapshotId) return;
    if (own.snapshot !== null) act(own, own.snapshot);
    else own.waiting.push((snapshot) => act(own, snapshot));
  }

  #failed(own: Own, problem: DiskProblem): void {
    if (this.#own === own) this.#own = null;
    if (problem.kind === "failed") this.#ports.onFailure(problem);
    else this.#ports.deliver({ kind: "snapshotFailed", snapshotId: own.id, reason: problem.message });
  }
}

/** Holds the snapshot that this member restores itself from. */
const SELF = "restoration" as MemberId;
