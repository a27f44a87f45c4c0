// Cuts a stream into frames: a line of JSON that says how many bytes follow it, then those bytes. Claims beyond the limits
// are refused before memory is taken; after a broken frame nothing more can be read.
import { concatBytes, EMPTY_BYTES, textOf, utf8 } from "../../core/base/bytes.ts";

export type Frame = { readonly header: Readonly<Record<string, unknown>>; readonly body: Uint8Array };
export type FramesRead = { readonly frames: readonly Frame[]; readonly broken: string | null };

export const FRAME_HEADER_BYTES_MAX = 524_288;
/** Of requests: anybody may say so, and each stream holds an unfinished one. */
export const FRAME_BODY_BYTES_MAX = 8_388_608;
const LINE_END = 0x0a;
/** No frame is made larger than that, if what is in it can be told in several. Larger ones only cost latency. */
const FRAME_ROWS_MAX = 512;
const FRAME_BYTES = 1_048_576;
const FRAME_HEADER_BYTES = FRAME_HEADER_BYTES_MAX / 2;

/** What a row takes of a frame: no less of the header, about as much of the body. */
export type RowBytes = { readonly header: number; readonly body: number };

/** In order, as many at a time as a frame has room for; a row of any size has room alone. */
export function inFrames<R>(rows: readonly R[], bytesOf: (row: R) => RowBytes): readonly (readonly R[])[] {
  const frames: R[][] = [];
  let frame: R[] = [];
  let [header, body] = [0, 0];
  for (const row of rows) {
    const bytes = bytesOf(row);
    const isFull = frame.length >= FRAME_ROWS_MAX || header + bytes.header > FRAME_HEADER_BYTES || body + bytes.body > FRAME_BYTES;
    if (frame.length === 0 || isFull) {
      frames.push((frame = []));
      [header, body] = [0, 0];
    }
    frame.push(row);
    header += bytes.header;
    body += bytes.body;
  }
  return frames;
}

/** `header` gets its field "bytes" here. */
export function encodeFrame(header: Readonly<Record<string, unknown>>, bodies: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let bytes = 0;
  for (const body of bodies) bytes += body.length;
  return concatBytes([utf8(`${JSON.stringify({ bytes, ...header })}\n`), ...bodies]);
}

export class FrameReader {
  readonly #bodyBytesMax: number;
  /** What is not read yet, with room for more, so that a large frame in small pieces is not copied again with each of them. */
  #unread: Uint8Array = EMPTY_BYTES;
  #unreadBytes = 0;
  /** The header of a frame whose body has not arrived in full. */
  #header: { readonly header: Frame["header"]; readonly bytes: number } | null = null;
  #broken: string | null = null;

  constructor(bodyBytesMax = FRAME_BODY_BYTES_MAX) {
    this.#bodyBytesMax = bodyBytesMax;
  }

  push(chunk: Uint8Array): FramesRead {
    if (this.#unreadBytes === 0) return this.#readFrames(chunk);
    this.#keep(chunk);
    if (this.#header !== null && this.#unreadBytes < this.#header.bytes) return { frames: [], broken: this.#broken };
    return this.#readFrames(this.#unread.subarray(0, this.#unreadBytes));
  }

  #readFrames(all: Uint8Array): FramesRead {
    const frames: Frame[] = [];
    let offset = 0;
    while (this.#broken === null) {
      if (this.#header === null) {
        const end = all.indexOf(LINE_END, offset);
        if (end < 0) break;
        this.#header = this.#readHeader(all.subarray(offset, end));
        offset = end + 1;
        continue;
      }
      const { header, bytes } = this.#header;
      if (all.length - offset < bytes) break;
      frames.push({ header, body: all.subarray(offset, offset + bytes) });
      this.#header = null;
      offset += bytes;
    }
    const left = all.length - offset;
    if (this.#header === null && left > FRAME_HEADER_BYTES_MAX) this.#broken ??= `a header of more than ${FRAME_HEADER_BYTES_MAX} bytes`;
    if (this.#broken !== null || offset > 0 || this.#unreadBytes === 0) this.#keepOnly(all.subarray(offset));
    return { frames, broken: this.#broken };
  }

  /** In other memory: frames are views into what was read. */
  #keepOnly(rest: Uint8Array): void {
    this.#unread = EMPTY_BYTES;
    this.#unreadBytes = 0;
    if (this.#broken === null && rest.length > 0) this.#keep(rest);
  }

  #keep(bytes: Uint8Array): void {
    const needed = this.#unreadBytes + bytes.length;
    if (needed > this.#unread.length) {
      const larger = new Uint8Array(Math.max(needed, Math.min(2 * this.#unread.length, this.#header?.bytes ?? FRAME_HEADER_BYTES_MAX)));
      larger.set(this.#unread.subarray(0, this.#unreadBytes));
      this.#unread = larger;
    }
    this.#unread.set(bytes, this.#unreadBytes);
    this.#unreadBytes = needed;
  }

  #readHeader(line: Uint8Array): { readonly header: Frame["header"]; readonly bytes: number } | null {
    const header = line.length <= FRAME_HEADER_BYTES_MAX ? jsonObjectIn(line) : null;
    const bytes = header?.["bytes"];
    if (header === null) this.#broken = "a header that is no JSON object";
    else if (typeof bytes !== "number" || !Number.isInteger(bytes) || bytes < 0 || bytes > this.#bodyBytesMax) {
      this.#broken = `"bytes" is no whole number from 0 to ${this.#bodyBytesMax}`;
    } else return { header, bytes };
    return null;
  }
}

function jsonObjectIn(line: Uint8Array): Frame["header"] | null {
  try {
    const value: unknown = JSON.parse(textOf(line));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Frame["header"]) : null;
  } catch {
    return null;
  }
}
