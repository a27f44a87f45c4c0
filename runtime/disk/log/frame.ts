// What one write to the log makes durable: a frame. It fills whole sectors, and each sector begins with a marker that
// is never zero and says whether a frame begins here and (modulo 16) which. Sectors reach the disk in any order, and one
// that did not is all zero, so that a write that was cut off by a crash can be told from damage. docs/formats.md
// shows the bytes.
import { crc32c } from "../../../core/base/checksum.ts";

export const SECTOR_BYTES = 512;
/** Each sector carries its marker and this much of the frame. */
export const SECTOR_PAYLOAD_BYTES = SECTOR_BYTES - 1;

export const FRAME_HEADER_BYTES = 27;
export const FRAME_FORMAT = 1;

const MAGIC = 0x464c4f47; // "FLOG"
// Several bits are set in every marker, and the two kinds differ in two: no single flipped bit makes a sector look
// unwritten, or a frame's middle like its beginning.
const FIRST_SECTOR = 0xd0;
const LATER_SECTOR = 0xb0;

export type FrameHeader = {
  /** Checksum of the segment's identity: a frame from another log, file or member has another. */
  readonly segmentKey: number;
  /** Rises by one from frame to frame, across segments. 0 only for the frame that opens a segment. */
  readonly sequence: number;
  readonly bodyBytes: number;
  readonly bodyChecksum: number;
};

export function sectorsFor(bodyBytes: number): number {
  return Math.ceil((FRAME_HEADER_BYTES + bodyBytes) / SECTOR_PAYLOAD_BYTES);
}

/** The size on disk of a frame with this much body. */
export function frameBytes(bodyBytes: number): number {
  return sectorsFor(bodyBytes) * SECTOR_BYTES;
}

export function markerOf(sequence: number, place: "first" | "later"): number {
  return (place === "first" ? FIRST_SECTOR : LATER_SECTOR) | (sequence & 15);
}

export function beginsFrame(marker: number): boolean {
  return (marker & 0xf0) === FIRST_SECTOR;
}

/**
 * Turns header and body, which lie without gaps from the start of `buffer`, into the sectors of a frame, in place.
 * The body is checksummed with the padding behind it, so every byte of the frame is covered by something.
 */
export function sealFrame(
  buffer: Uint8Array,
  frame: { readonly segmentKey: number; readonly sequence: number; readonly bodyBytes: number },
): Uint8Array {
  const sectors = sectorsFor(frame.bodyBytes);
  const end = FRAME_HEADER_BYTES + frame.bodyBytes;
  buffer.fill(0, end, sectors * SECTOR_PAYLOAD_BYTES);
  writeHeader(buffer, { ...frame, bodyChecksum: crc32c(buffer.subarray(FRAME_HEADER_BYTES, sectors * SECTOR_PAYLOAD_BYTES)) });
  // From the last sector to the first: each moves up, never onto bytes that have yet to move.
  for (let sector = sectors - 1; sector >= 0; sector--) {
    const payload = sector * SECTOR_PAYLOAD_BYTES;
    buffer.copyWithin(sector * SECTOR_BYTES + 1, payload, payload + SECTOR_PAYLOAD_BYTES);
    buffer[sector * SECTOR_BYTES] = markerOf(frame.sequence, sector === 0 ? "first" : "later");
  }
  return buffer.subarray(0, sectors * SECTOR_BYTES);
}

/** The payloads of these sectors without their markers: header, body and padding. */
export function openSectors(sectors: Uint8Array): Uint8Array {
  const count = sectors.length / SECTOR_BYTES;
  const payload = new Uint8Array(count * SECTOR_PAYLOAD_BYTES);
  for (let sector = 0; sector < count; sector++) {
    const start = sector * SECTOR_BYTES;
    payload.set(sectors.subarray(start + 1, start + SECTOR_BYTES), sector * SECTOR_PAYLOAD_BYTES);
  }
  return payload;
}

export type HeaderReading =
  | { readonly kind: "header"; readonly header: FrameHeader }
  | { readonly kind: "damaged" }
  /** The first bytes and the header's checksum keep their places in every format, so this can be known. */
  | { readonly kind: "newerVersion"; readonly format: number };

/** Reads the header from the first sector of a frame. */
export function readHeader(sector: Uint8Array): HeaderReading {
  const view = new DataView(sector.buffer, sector.byteOffset + 1, FRAME_HEADER_BYTES);
  if (view.getUint32(0) !== MAGIC) return { kind: "damaged" };
  if (view.getUint32(23) !== crc32c(sector.subarray(1, 24))) return { kind: "damaged" };
  const format = view.getUint8(4);
  if (format !== FRAME_FORMAT) return { kind: "newerVersion", format };
  return {
    kind: "header",
    header: {
      segmentKey: view.getUint32(5),
      sequence: view.getUint16(9) * 0x1_0000_0000 + view.getUint32(11),
      bodyBytes: view.getUint32(15),
      bodyChecksum: view.getUint32(19),
    },
  };
}

function writeHeader(buffer: Uint8Array, header: FrameHeader): void {
  const view = new DataView(buffer.buffer, buffer.byteOffset, FRAME_HEADER_BYTES);
  view.setUint32(0, MAGIC);
  view.setUint8(4, FRAME_FORMAT);
  view.setUint32(5, header.segmentKey);
  view.setUint16(9, Math.floor(header.sequence / 0x1_0000_0000));
  view.setUint32(11, header.sequence >>> 0);
  view.setUint32(15, header.bodyBytes);
  view.setUint32(19, header.bodyChecksum);
  view.setUint32(23, crc32c(buffer.subarray(0, 23)));
}
