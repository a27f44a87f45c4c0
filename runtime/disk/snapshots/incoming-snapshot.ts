// A snapshot that arrives from a peer, piece by piece. It goes on only within one snapshot of one sender, from exactly
// where it stopped; anything else is answered with what is wanted instead. What the pieces add up to must be what was
// announced, or none of it is used.
import type { SnapshotMeta } from "../../../core/raft/snapshot-meta.ts";
import type { Task } from "../task.ts";
import { isContents } from "./snapshot-format.ts";
import { SnapshotWriter } from "./snapshot-writer.ts";
import type { SnapshotPlace } from "./snapshot-writer.ts";

export type SnapshotPiece = {
  readonly from: string;
  readonly snapshot: SnapshotMeta;
  readonly offset: number;
  readonly bytes: Uint8Array;
};

export type PieceResult =
  | { readonly kind: "wanted"; readonly offset: number }
  /** All bytes are there and match. */
  | { readonly kind: "whole"; readonly writer: SnapshotWriter }
  | { readonly kind: "damaged" };

type Transfer = { readonly from: string; readonly snapshot: SnapshotMeta; readonly writer: SnapshotWriter };

export class IncomingSnapshot {
  readonly #place: SnapshotPlace;
  #transfer: Transfer | null = null;

  constructor(place: SnapshotPlace) {
    this.#place = place;
  }

  *receive(piece: SnapshotPiece): Task<PieceResult> {
    if (!isContents(piece.snapshot)) return { kind: "damaged" };
    const transfer = yield* this.#transferOf(piece);
    if (transfer === null) return { kind: "wanted", offset: 0 };
    const { writer, snapshot } = transfer;
    if (piece.offset !== writer.bytes) return { kind: "wanted", offset: writer.bytes };
    if (piece.offset + piece.bytes.length > snapshot.sizeBytes) return yield* this.#refuse();
    try {
      if (piece.bytes.length > 0) yield* writer.append(piece.bytes);
    } catch (thrown) {
      yield* this.abort();
      throw thrown;
    }
    if (writer.bytes < snapshot.sizeBytes) return { kind: "wanted", offset: writer.bytes };
    if (writer.checksum !== snapshot.checksum) return yield* this.#refuse();
    this.#transfer = null;
    return { kind: "whole", writer };
  }

  *abort(): Task<void> {
    const writer = this.#transfer?.writer;
    this.#transfer = null;
    if (writer) yield* writer.abort();
  }

  /** The transfer that the piece belongs to; a piece at the very beginning starts one in place of another. */
  *#transferOf(piece: SnapshotPiece): Task<Transfer | null> {
    if (this.#transfer !== null && isSame(this.#transfer, piece)) return this.#transfer;
    if (piece.offset !== 0) return null;
    yield* this.abort();
    const { from, snapshot } = piece;
    this.#transfer = { from, snapshot, writer: yield* SnapshotWriter.begin(this.#place) };
    return this.#transfer;
  }

  *#refuse(): Task<PieceResult> {
    yield* this.abort();
    return { kind: "damaged" };
  }
}

function isSame(transfer: Transfer, piece: SnapshotPiece): boolean {
  const { id, base, sizeBytes, checksum } = transfer.snapshot;
  const other = piece.snapshot;
  const isSameSnapshot = id === other.id && base.index === other.base.index && base.term === other.base.term;
  return transfer.from === piece.from && isSameSnapshot && sizeBytes === other.sizeBytes && checksum === other.checksum;
}
