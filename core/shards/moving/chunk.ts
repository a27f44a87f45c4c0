// A piece of a shard on its way from one group to another: what to put and what to take away, and how far the copy has come
// with it. It goes into the receiver's log as it is. The last one of a copy brings what the whole must add up to.
import { ByteReader } from "../../base/byte-reader.ts";
import { ByteWriter } from "../../base/byte-writer.ts";
import type { CopyCursor } from "./copy-cursor.ts";
import { decodeCursor, encodeCursor } from "./copy-cursor.ts";

export type Piece =
  | { readonly kind: "item"; readonly bytes: Uint8Array }
  | { readonly kind: "session"; readonly bytes: Uint8Array }
  | { readonly kind: "keyGone"; readonly bytes: Uint8Array }
  | { readonly kind: "sessionGone"; readonly bytes: Uint8Array };

/** Of a frozen shard. */
export type Totals = {
  readonly keysDigest: string;
  readonly sessionsDigest: string;
  readonly revision: number;
  /** Log time when it was frozen. */
  readonly stampMs: number;
};

export type Chunk = {
  readonly next: CopyCursor;
  /** Changes behind this chunk, so far. */
  readonly left: number;
  readonly pieces: readonly Piece[];
  /** With the last chunk, and only there. */
  readonly totals: Totals | null;
};

const FORMAT = 1;
const KINDS = ["item", "session", "keyGone", "sessionGone"] as const;

export function encodeChunk({ next, left, pieces, totals }: Chunk): Uint8Array {
  const writer = new ByteWriter()
    .uint8(FORMAT)
    .sized(encodeCursor(next))
    .count(left)
    .uint8(totals === null ? 0 : 1);
  if (totals !== null) writeTotals(writer, totals);
  writer.count(pieces.length);
  for (const { kind, bytes } of pieces) writer.uint8(KINDS.indexOf(kind)).sized(bytes);
  return writer.finish();
}

/** Null for bytes that are none. Pieces are views into them. */
export function decodeChunk(bytes: Uint8Array): Chunk | null {
  const reader = new ByteReader(bytes);
  const format = reader.uint8();
  const next = decodeCursor(reader.sized());
  const left = reader.count();
  const totals = reader.uint8() === 0 ? null : readTotals(reader);
  const count = reader.count();
  const pieces: Piece[] = [];
  for (let i = 0; i < count && reader.isIntact; i++) {
    const kind = KINDS[reader.uint8()];
    const piece = reader.sized();
    if (kind === undefined) return null;
    pieces.push({ kind, bytes: piece });
  }
  if (format !== FORMAT || next === null || !reader.isIntact || reader.remaining > 0) return null;
  return { next, left, pieces, totals };
}

function writeTotals(writer: ByteWriter, { keysDigest, sessionsDigest, revision, stampMs }: Totals): void {
  writer.text(keysDigest).text(sessionsDigest).count(revision).count(stampMs);
}

function readTotals(reader: ByteReader): Totals {
  return { keysDigest: reader.text(), sessionsDigest: reader.text(), revision: reader.count(), stampMs: reader.count() };
}
