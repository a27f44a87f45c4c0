// What one life does with snapshots: takes its own, reads pieces for followers that are far behind, and puts together
// what a leader sends. Finished snapshots are the store's; an unfinished one dies with the life.
import { present } from "../../core/base/assert.ts";
import { concatBytes } from "../../core/base/bytes.ts";
import { crc32c } from "../../core/base/checksum.ts";
import type { BootNumber, MemberId } from "../../core/base/ids.ts";
import type { Entry } from "../../core/raft/entry.ts";
import type { PieceWritten } from "../../core/raft/inputs.ts";
import type { SnapshotChunk } from "../../core/raft/messages.ts";
import type { Raft } from "../../core/raft/raft.ts";
import type { SnapshotRequest } from "../../core/raft/ready.ts";
import type { SnapshotMeta } from "../../core/raft/snapshot-meta.ts";
import type { LabTime } from "./lab-time.ts";
import type { ListService } from "./list-service.ts";
import { demand } from "./script.ts";
import type { StableStore } from "./stable-store.ts";

const READ_MS = 0.2;

export type DeskOptions = {
  readonly self: MemberId;
  readonly boot: BootNumber;
  readonly time: LabTime;
  readonly store: StableStore;
  readonly raft: Raft;
  /** Runs an action as an event of this life, if it is not over by then. */
  readonly event: (action: () => void) => void;
};

type Receiving = { readonly meta: SnapshotMeta; readonly parts: Uint8Array[]; offset: number };

export class SnapshotDesk {
  readonly #options: DeskOptions;
  /** Follower and snapshot: a pair stays until that follower has it or has been given up. */
  readonly #pins = new Map<MemberId, string>();
  #receiving: Receiving | null = null;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /** The state right after `entry`. */
  takeSnapshot(entry: Entry, bytes: Uint8Array): void {
    const { self, boot, store, raft, event } = this.#options;
    const { index, term, serviceIndex } = entry;
    const meta: SnapshotMeta = {
      id: `${self}-${String(boot)}-${String(index)}`,
      base: { index, term, serviceIndex },
      membership: raft.status().membership,
      version: 1,
      sizeBytes: bytes.length,
      checksum: crc32c(bytes),
    };
    store.saveSnapshot({ meta, bytes }, () => {
      event(() => {
        const base = raft.snapshotSaved(meta);
        if (base !== null) store.trim(base);
        this.#dropOld(meta);
      });
    });
  }

  restore(meta: SnapshotMeta, service: ListService): void {
    const { store, raft } = this.#options;
    service.restore(present(store.snapshot(meta.id), "what is installed is on the disk"));
    raft.appliedUpTo(meta.base.index);
    raft.pauseApplying(false);
    this.#dropOld(meta);
  }

  serve(request: SnapshotRequest): void {
    switch (request.kind) {
      case "read":
        this.#read(request);
        break;
      case "release":
        if (this.#pins.get(request.to) === request.snapshotId) this.#pins.delete(request.to);
        break;
      case "receive":
        this.#receive(request.chunk);
        break;
    }
  }

  #read({ to, snapshotId, offset, lengthMax }: Extract<SnapshotRequest, { readonly kind: "read" }>): void {
    const { time, store, raft, event } = this.#options;
    this.#pins.set(to, snapshotId);
    time.after(READ_MS, () => {
      event(() => {
        const bytes = store.snapshot(snapshotId)?.bytes.subarray(offset, offset + lengthMax) ?? null;
        raft.pieceRead({ to, snapshotId, offset, bytes });
      });
    });
  }

  #receive({ from, snapshot, offset, bytes }: SnapshotChunk): void {
    if (offset === 0 && this.#receiving?.meta.id !== snapshot.id) this.#receiving = { meta: snapshot, parts: [], offset: 0 };
    const receiving = this.#receiving;
    if (receiving?.meta.id !== snapshot.id) {
      this.#answer({ from, snapshotId: snapshot.id, result: { kind: "wanted", offset: 0 } });
      return;
    }
    if (offset === receiving.offset) {
      receiving.parts.push(bytes);
      receiving.offset += bytes.length;
    }
    if (receiving.offset < snapshot.sizeBytes) {
      this.#answer({ from, snapshotId: snapshot.id, result: { kind: "wanted", offset: receiving.offset } });
      return;
    }
    this.#receiving = null;
    this.#finish(from, snapshot, concatBytes(receiving.parts));
  }

  #finish(from: MemberId, meta: SnapshotMeta, bytes: Uint8Array): void {
    demand(crc32c(bytes) === meta.checksum, () => `snapshot ${meta.id} did not arrive as it was sent`);
    this.#options.store.saveSnapshot({ meta, bytes }, () => {
      this.#answer({ from, snapshotId: meta.id, result: { kind: "complete", snapshot: meta } });
    });
  }

  #answer(piece: PieceWritten): void {
    const { time, raft, event } = this.#options;
    time.after(0, () => event(() => raft.pieceWritten(piece)));
  }

  #dropOld(newest: SnapshotMeta): void {
    const pinned = [...this.#pins.values()];
    this.#options.store.dropSnapshotsBefore(newest, (id) => pinned.includes(id));
  }
}
