// A snapshot file: the body as it is, then a checksum for each block of it, then what the snapshot is as JSON, then a
// footer of fixed size that holds it all together. The footer comes last because size and checksum are known only then.
// A piece of the body can be read and checked without the rest. docs/formats.md shows the bytes.
import { utf8 } from "../../../core/base/bytes.ts";
import { crc32c } from "../../../core/base/checksum.ts";
import type { LogBase } from "../../../core/raft/entry.ts";
import type { SnapshotMeta } from "../../../core/raft/snapshot-meta.ts";
import { isCount, isObject, jsonObjectOf } from "../json.ts";

export const SNAPSHOT_BLOCK_BYTES = 65_536;
export const SNAPSHOT_FOOTER_BYTES = 31;
export const SNAPSHOT_FORMAT = 1;

const MAGIC = 0x464c534e; // "FLSN"
/** Blocks' checksums and description together; enough for a body of about a terabyte. */
const INDEX_BYTES_MAX = 67_108_864;

/** What is known before the first byte of the body. */
export type SnapshotContents = Omit<SnapshotMeta, "sizeBytes" | "checksum">;

export type SnapshotFooter = {
  readonly blockBytes: number;
  readonly bodyBytes: number;
  readonly descriptionBytes: number;
  readonly bodyChecksum: number;
  readonly indexChecksum: number;
};

export type SnapshotDescription = {
  readonly contents: SnapshotContents;
  /** The member whose file this is. */
  readonly owner: string;
};

export type FooterReading =
  | { readonly kind: "footer"; readonly footer: SnapshotFooter }
  | { readonly kind: "damaged" }
  | { readonly kind: "newerVersion"; readonly format: number };

/** Sorts by index. The id, which may come from a peer, is never a part of a path. */
export function snapshotName(contents: { readonly id: string; readonly base: LogBase }): string {
  const { index, term } = contents.base;
  return `${String(index).padStart(16, "0")}-${String(term)}-${crc32c(utf8(contents.id)).toString(16).padStart(8, "0")}.snapshot`;
}

export function isSnapshotName(name: string): boolean {
  return /^\d{16}-\d+-[0-9a-f]{8}\.snapshot$/.test(name);
}

export function blocksOf(bodyBytes: number, blockBytes: number): number {
  return Math.ceil(bodyBytes / blockBytes);
}

/** How much lies between the body and the footer. */
export function indexBytesOf(footer: SnapshotFooter): number {
  return 4 * blocksOf(footer.bodyBytes, footer.blockBytes) + footer.descriptionBytes;
}

/** Everything behind the body. */
export function encodeEnd(
  body: { readonly bytes: number; readonly checksum: number; readonly blocks: readonly number[] },
  description: SnapshotDescription,
): Uint8Array {
  const { id, base, membership, version } = description.contents;
  const json = utf8(JSON.stringify({ owner: description.owner, id, base, membership, version }));
  const index = new Uint8Array(4 * body.blocks.length + json.length);
  const view = new DataView(index.buffer);
  for (const [i, checksum] of body.blocks.entries()) view.setUint32(4 * i, checksum);
  index.set(json, 4 * body.blocks.length);
  const end = new Uint8Array(index.length + SNAPSHOT_FOOTER_BYTES);
  end.set(index);
  writeFooter(end.subarray(index.length), {
    blockBytes: SNAPSHOT_BLOCK_BYTES,
    bodyBytes: body.bytes,
    descriptionBytes: json.length,
    bodyChecksum: body.checksum,
    indexChecksum: crc32c(index),
  });
  return end;
}

export function readFooter(bytes: Uint8Array): FooterReading {
  if (bytes.length !== SNAPSHOT_FOOTER_BYTES) return { kind: "damaged" };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0) !== MAGIC || view.getUint32(27) !== crc32c(bytes.subarray(0, 27))) return { kind: "damaged" };
  const format = view.getUint8(4);
  if (format !== SNAPSHOT_FORMAT) return { kind: "newerVersion", format };
  const footer = {
    blockBytes: view.getUint32(5),
    bodyBytes: view.getUint16(9) * 0x1_0000_0000 + view.getUint32(11),
    descriptionBytes: view.getUint32(15),
    bodyChecksum: view.getUint32(19),
    indexChecksum: view.getUint32(23),
  };
  return footer.blockBytes > 0 && indexBytesOf(footer) <= INDEX_BYTES_MAX ? { kind: "footer", footer } : { kind: "damaged" };
}

/** Null where the bytes are no description. */
export function readDescription(bytes: Uint8Array): SnapshotDescription | null {
  const json = jsonObjectOf(bytes);
  const owner = json?.["owner"];
  if (typeof owner !== "string" || !isContents(json)) return null;
  const { id, base, membership, version } = json;
  return { owner, contents: { id, base, membership, version } };
}

/** Whether this can be written and read again: a peer may announce anything. */
export function isContents(value: unknown): value is SnapshotContents {
  if (!isObject(value) || !isObject(value["base"]) || !isObject(value["membership"])) return false;
  const { base, membership } = value;
  const counts = [base["index"], base["term"], base["serviceIndex"], value["version"]];
  const lists = [membership["voters"], membership["outgoing"], membership["learners"], membership["removed"]];
  return typeof value["id"] === "string" && counts.every(isCount) && lists.every(Array.isArray) && isObject(membership["places"]);
}

function writeFooter(bytes: Uint8Array, footer: SnapshotFooter): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setUint32(0, MAGIC);
  view.setUint8(4, SNAPSHOT_FORMAT);
  view.setUint32(5, footer.blockBytes);
  view.setUint16(9, Math.floor(footer.bodyBytes / 0x1_0000_0000));
  view.setUint32(11, footer.bodyBytes >>> 0);
  view.setUint32(15, footer.descriptionBytes);
  view.setUint32(19, footer.bodyChecksum);
  view.setUint32(23, footer.indexChecksum);
  view.setUint32(27, crc32c(bytes.subarray(0, 27)));
}
