// What a replica asks about snapshot files, done with the store, and told as events: its own snapshot slice by slice, pieces for
// and from its peers, and the restoration of its state, one slice at a time. Only a disk that failed ends the process; what
// merely found no room is tried again later, by the replica or by the peer that sends.
import type { MemberId } from "../../core/base/ids.ts";
import { asMember } from "../../core/base/ids.ts";
import { EMPTY_BYTES } from "../../core/base/bytes.ts";
import type { PieceRead } from "../../core/raft/inputs.ts";
import type { SnapshotRequest } from "../../core/raft/ready.ts";
import type { SnapshotMeta } from "../../core/raft/snapshot-meta.ts";
import type { ReplicaEffect } from "../../core/replica/effects.ts";
import type { ReplicaEvent } from "../../core/replica/events.ts";
import type { DiskProblem } from "../disk/disk-problem.ts";
import type { OwnSnapshot, SnapshotStore } from "../disk/snapshot-store.ts";

type EffectOf<K extends ReplicaEffect["kind"]> = Extract<ReplicaEffect, { readonly kind: K }>;
type RequestOf<K extends SnapshotRequest["kind"]> = Extract<SnapshotRequest, { readonly kind: K }>;

export type DeskPorts = {
  readonly store: SnapshotStore;
  readonly deliver: (event: ReplicaEvent) => void;
  /** The disk can't be relied on: the process must end. */
  readonly onFailure: (problem: DiskProblem) => void;
  /** What is restored per event; about a millisecond of work. */
  readonly sliceBytes?: number;
};

const SLICE_BYTES = 262_144;
/** Of peers' transfers, what may wait for the disk: some windows. Any more is lost, and asked for again by Raft's own ticks. */
export const PIECES_WAITING_MAX = { received: 16, read: 64 };
/** Holds the snapshot that this member restores itself from. */
const RESTORATION: MemberId = asMember("restoration");

type Own = {
  readonly id: string;
  /** Null until its file is open. */
  snapshot: OwnSnapshot | null;
  readonly waiting: ((snapshot: OwnSnapshot) => void)[];
};

export class SnapshotDesk {
  readonly #ports: DeskPorts;
  #own: Own | null = null;
  /** The restoration that is going on; a later one takes its place. */
  #restoring: SnapshotMeta | null = null;
  readonly #piecesWaiting = { received: 0, read: 0 };

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  begin({ snapshotId, base, membership, version }: EffectOf<"snapshotBegin">): void {
    const own: Own = { id: snapshotId, snapshot: null, waiting: [] };
    this.#own = own;
    this.#ports.store.begin({ id: snapshotId, base, membership, version }, (problem, snapshot) => {
      if (problem !== null) {
        this.#ownFailed(own, problem);
        return;
      }
      own.snapshot = snapshot;
      for (const proceed of own.waiting.splice(0)) proceed(snapshot);
    });
  }

  slice({ snapshotId, bytes }: EffectOf<"snapshotSlice">): void {
    this.#withOwn(snapshotId, (own, snapshot) => {
      snapshot.append(bytes, (problem) => {
        if (problem === null) this.#ports.deliver({ kind: "snapshotSliceWritten", snapshotId });
        else this.#ownFailed(own, problem);
      });
    });
  }

  commit({ snapshotId }: EffectOf<"snapshotCommit">): void {
    this.#withOwn(snapshotId, (own, snapshot) => {
      snapshot.commit((problem, meta) => {
        if (problem === null) this.#ports.deliver({ kind: "snapshotSaved", snapshot: meta });
        else this.#ownFailed(own, problem);
      });
    });
  }

  abort({ snapshotId }: EffectOf<"snapshotAbort">): void {
    this.#withOwn(snapshotId, (own, snapshot) => {
      if (this.#own === own) this.#own = null;
      snapshot.abort(() => undefined); // what stays behind is removed at the next start
    });
  }

  transfer({ request }: EffectOf<"snapshotTransfer">): void {
    this.#requests[request.kind](request as never);
  }

  restore({ snapshot }: EffectOf<"restoreBegin">): void {
    this.#restoring = snapshot;
    this.#ports.store.pin(snapshot.id, RESTORATION);
    this.#restoreFrom(snapshot, 0);
  }

  readonly #requests: { readonly [K in SnapshotRequest["kind"]]: (request: RequestOf<K>) => void } = {
    read: ({ to, snapshotId, offset, lengthMax }) => {
      const { store, deliver, onFailure } = this.#ports;
      const answer = (bytes: PieceRead["bytes"]): void => {
        deliver({ kind: "snapshotPieceRead", piece: { to, snapshotId, offset, bytes } });
      };
      if (!store.pin(snapshotId, to)) {
        answer(null);
        return;
      }
      if (!this.#mayWait("read")) return;
      store.read(snapshotId, { offset, length: lengthMax }, (problem, bytes) => {
        this.#piecesWaiting.read--;
        if (problem?.kind === "failed") onFailure(problem);
        else answer(problem === null ? bytes : null);
      });
    },
    release: ({ to, snapshotId }) => {
      this.#ports.store.unpin(snapshotId, to);
    },
    receive: ({ chunk: { from, snapshot, offset, bytes } }) => {
      const { store, deliver, onFailure } = this.#ports;
      if (!this.#mayWait("received")) return;
      store.receive({ from, snapshot, offset, bytes }, (problem, result) => {
        this.#piecesWaiting.received--;
        if (problem === null) deliver({ kind: "snapshotPieceWritten", piece: { from, snapshotId: snapshot.id, result } });
        else if (problem.kind !== "full") onFailure(problem);
      });
    },
  };

  #mayWait(kind: keyof typeof PIECES_WAITING_MAX): boolean {
    if (this.#piecesWaiting[kind] >= PIECES_WAITING_MAX[kind]) return false;
    this.#piecesWaiting[kind]++;
    return true;
  }

  #restoreFrom(snapshot: SnapshotMeta, offset: number): void {
    const { store, deliver, onFailure, sliceBytes = SLICE_BYTES } = this.#ports;
    store.read(snapshot.id, { offset, length: sliceBytes }, (problem, bytes) => {
      if (this.#restoring !== snapshot) {
        if (this.#restoring?.id !== snapshot.id) store.unpin(snapshot.id, RESTORATION);
        return;
      }
      if (problem !== null) {
        onFailure(problem);
        return;
      }
      // A snapshot that is gone ends too early, which the replica will call damaged.
      const slice = bytes ?? EMPTY_BYTES;
      const last = bytes === null || offset + slice.length >= snapshot.sizeBytes;
      deliver({ kind: "restoreSlice", snapshotId: snapshot.id, bytes: slice, last });
      if (last) this.#restored(snapshot);
      else this.#restoreFrom(snapshot, offset + slice.length);
    });
  }

  #restored({ id }: SnapshotMeta): void {
    this.#restoring = null;
    this.#ports.store.unpin(id, RESTORATION);
  }

  /** Once its file is open; never, if it was given up. */
  #withOwn(snapshotId: string, act: (own: Own, snapshot: OwnSnapshot) => void): void {
    const own = this.#own;
    if (own?.id !== snapshotId) return;
    if (own.snapshot !== null) act(own, own.snapshot);
    else
      own.waiting.push((snapshot) => {
        act(own, snapshot);
      });
  }

  #ownFailed(own: Own, problem: DiskProblem): void {
    if (this.#own === own) this.#own = null;
    if (problem.kind === "failed") this.#ports.onFailure(problem);
    else this.#ports.deliver({ kind: "snapshotFailed", snapshotId: own.id, reason: problem.message });
  }
}
