// One file of the log: its name, its identity, and what its bytes say. The first sector is a frame of its own with
// sequence 0 that names the log, the number and the size; the frames of the log follow; the rest is zero.
// Reading is total: whatever the bytes are, the answer is the frames up to a clean or torn end, or a fault with its place.
import { assert } from "../../../core/base/assert.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { crc32c } from "../../../core/base/checksum.ts";
import { FrameBuilder } from "./frame-builder.ts";
import { beginsFrame, FRAME_HEADER_BYTES, frameBytes, markerOf, openSectors, readHeader, SECTOR_BYTES } from "./frame.ts";
import type { FrameHeader } from "./frame.ts";
import { readRecords } from "./records.ts";
import type { LogRecord, SegmentRecord } from "./records.ts";

/** Beyond this a file is not believed to be a segment: recovery reads segments whole. */
export const SEGMENT_BYTES_MAX = 268_435_456;

export type SegmentIdentity = { readonly log: string; readonly number: number };

export type Frame = { readonly offset: number; readonly sequence: number; readonly records: readonly LogRecord[] };

export type SegmentFault = { readonly kind: "damaged" | "foreign" | "newerVersion"; readonly offset: number; readonly what: string };

export type SegmentReading =
  | {
      readonly kind: "read";
      readonly frames: readonly Frame[];
      /** Where the next frame would begin. */
      readonly end: number;
      /** Whether something of a further frame is there: a write that did not reach the disk whole. */
      readonly isTorn: boolean;
    }
  | ({ readonly kind: "fault" } & { readonly fault: SegmentFault });

export function segmentName(number: number): string {
  return `${String(number).padStart(10, "0")}.segment`;
}

/** Null for files that are no segments. */
export function segmentNumberOf(name: string): number | null {
  const digits = /^(\d{10})\.segment$/.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

export function segmentKeyOf(identity: SegmentIdentity): number {
  return crc32c(utf8(`${identity.log}/${String(identity.number)}`));
}

export function encodeSegmentHeader(identity: SegmentIdentity, bytes: number): Uint8Array {
  const builder = new FrameBuilder();
  builder.addJson("segment", { log: identity.log, number: identity.number, bytes });
  const sector = builder.seal({ segmentKey: segmentKeyOf(identity), sequence: 0 });
  assert(sector.length === SECTOR_BYTES, "a log's name is short enough for its segments' first sector");
  return sector;
}

/** `nextSequence` is null where the frames before are gone: then the first frame says where the counting begins. */
export function readSegment(bytes: Uint8Array, expected: SegmentIdentity & { readonly nextSequence: number | null }): SegmentReading {
  try {
    checkSegmentHeader(bytes, expected);
    return readFrames(bytes, { segmentKey: segmentKeyOf(expected), nextSequence: expected.nextSequence });
  } catch (thrown) {
    if (thrown instanceof Fault) return { kind: "fault", fault: thrown.fault };
    throw thrown;
  }
}

type Expected = { readonly segmentKey: number; readonly nextSequence: number | null };

class Fault extends Error {
  override readonly name = "Fault";
  readonly fault: SegmentFault;

  constructor(fault: SegmentFault) {
    super(fault.what);
    this.fault = fault;
  }
}

function damaged(offset: number, what: string): never {
  throw new Fault({ kind: "damaged", offset, what });
}

function checkSegmentHeader(bytes: Uint8Array, expected: SegmentIdentity): void {
  if (bytes.length < SECTOR_BYTES) damaged(0, "the file is too short for a segment");
  const header = headerAt(bytes, 0);
  if (header.sequence !== 0 || frameBytes(header.bodyBytes) !== SECTOR_BYTES) damaged(0, "the file does not begin like a segment");
  const [record] = recordsOf(bytes.subarray(0, SECTOR_BYTES), { offset: 0, header });
  if (record?.kind !== "segment") damaged(0, "the file does not begin like a segment");
  checkIdentity(record, expected, bytes.length);
  if (header.segmentKey !== segmentKeyOf(expected)) damaged(0, "the segment's key does not fit its identity");
}

function checkIdentity(record: SegmentRecord, expected: SegmentIdentity, fileBytes: number): void {
  if (record.log !== expected.log)
    foreign(`this is a piece of another log: ${JSON.stringify(record.log)}, expected ${JSON.stringify(expected.log)}`);
  if (record.number !== expected.number) damaged(0, `this is segment ${String(record.number)} under another name`);
  if (record.bytes !== fileBytes || fileBytes % SECTOR_BYTES !== 0)
    damaged(0, `the segment has ${String(fileBytes)} bytes and was made with ${String(record.bytes)}`);
}

function foreign(what: string): never {
  throw new Fault({ kind: "foreign", offset: 0, what });
}

function readFrames(bytes: Uint8Array, expected: Expected): SegmentReading {
  const frames: Frame[] = [];
  let offset = SECTOR_BYTES;
  let sequence = expected.nextSequence;
  while (offset < bytes.length && !isZero(bytes, offset, offset + SECTOR_BYTES)) {
    const header = expectedHeaderAt(bytes, offset, { ...expected, nextSequence: sequence });
    const end = offset + frameBytes(header.bodyBytes);
    if (end > bytes.length) damaged(offset, "a frame reaches beyond its segment");
    if (!isWritten(bytes, { offset, end, sequence: header.sequence })) {
      if (!isZero(bytes, end, bytes.length)) damaged(offset, "a frame has sectors that were never written, and the log goes on behind it");
      return { kind: "read", frames, end: offset, isTorn: true };
    }
    frames.push({ offset, sequence: header.sequence, records: recordsOf(bytes.subarray(offset, end), { offset, header }) });
    offset = end;
    sequence = header.sequence + 1;
  }
  return { kind: "read", frames, end: offset, isTorn: hasRemains(bytes, { offset, sequence }) };
}

function expectedHeaderAt(bytes: Uint8Array, offset: number, expected: Expected): FrameHeader {
  const header = headerAt(bytes, offset);
  if (header.segmentKey !== expected.segmentKey) damaged(offset, "here lies a frame of another segment");
  if (expected.nextSequence !== null && header.sequence !== expected.nextSequence) {
    damaged(offset, `here lies frame ${String(header.sequence)} where frame ${String(expected.nextSequence)} belongs`);
  }
  return header;
}

function headerAt(bytes: Uint8Array, offset: number): FrameHeader {
  const sector = bytes.subarray(offset, offset + SECTOR_BYTES);
  const reading = readHeader(sector);
  if (reading.kind === "damaged") damaged(offset, "the header of a frame is damaged");
  if (reading.kind === "newerVersion") {
    throw new Fault({
      kind: "newerVersion",
      offset,
      what: `a frame has format ${String(reading.format)}, which this program does not know`,
    });
  }
  if (sector[0] !== markerOf(reading.header.sequence, "first")) damaged(offset, "the marker of a frame's first sector is damaged");
  return reading.header;
}

/** Whether every sector of the frame reached the disk. A sector that did must carry the frame's own marker. */
function isWritten(bytes: Uint8Array, frame: { readonly offset: number; readonly end: number; readonly sequence: number }): boolean {
  const marker = markerOf(frame.sequence, "later");
  let whole = true;
  for (let sector = frame.offset + SECTOR_BYTES; sector < frame.end; sector += SECTOR_BYTES) {
    if (bytes[sector] === marker) continue;
    if (!isZero(bytes, sector, sector + SECTOR_BYTES)) damaged(sector, "the marker of a sector is damaged");
    whole = false;
  }
  return whole;
}

function recordsOf(sectors: Uint8Array, frame: { readonly offset: number; readonly header: FrameHeader }): readonly LogRecord[] {
  const { offset, header } = frame;
  const payload = openSectors(sectors);
  const covered = payload.subarray(FRAME_HEADER_BYTES);
  if (crc32c(covered) !== header.bodyChecksum) damaged(offset, "the checksum of a frame is wrong");
  const { records, fault } = readRecords(covered.subarray(0, header.bodyBytes));
  if (fault !== null) throw new Fault({ kind: fault.kind, offset, what: fault.what });
  return records;
}

/**
 * The sector at `offset` is empty. Behind it there may be parts of the one frame that was being written, whose first
 * sector is missing; anything else means that something which was written once is gone.
 */
function hasRemains(bytes: Uint8Array, end: { readonly offset: number; readonly sequence: number | null }): boolean {
  if (isZero(bytes, end.offset, bytes.length)) return false;
  for (let sector = end.offset; sector < bytes.length; sector += SECTOR_BYTES) {
    if (isZero(bytes, sector, sector + SECTOR_BYTES)) continue;
    const marker = bytes[sector] as number;
    if (beginsFrame(marker)) damaged(end.offset, `a frame is missing here: another one begins at byte ${String(sector)}`);
    const belongs = end.sequence === null || marker === markerOf(end.sequence, "later");
    if (!belongs) damaged(sector, "behind the end of the log there is something that no write can have left");
  }
  return true;
}

/** `from` and `to` are multiples of four, in bytes that were read to the start of a buffer. */
function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + from, (to - from) / 4);
  for (let i = 0; i < words.length; i++) if (words[i] !== 0) return false;
  return true;
}
