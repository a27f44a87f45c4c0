// Cuts a stream into frames: a line of JSON that says how many bytes follow it, then those bytes. Claims beyond the limits
// are refused before memory is taken; after a broken frame nothing more can be read.
import { concatBytes, EMPTY_BYTES, textOf, utf8 } from "../../core/base/bytes.ts";

export type Frame = { readonly header: Readonly<Record<string, unknown>>; readonly body: Uint8Array };
export type FramesRead = { readonly frames: readonly Frame[]; readonly broken: string | null };

export const FRAME_HEADER_BYTES_MAX = 524_288;
export const FRAME_BODY_BYTES_MAX = 8_388_608;
const LINE_END = 0x0a;

/** `header` gets its field "bytes" here. */
export function encodeFrame(header: Readonly<Record<string, unknown>>, bodies: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let bytes = 0;
  for (const body of bodies) bytes += body.length;
  return concatBytes([utf8(`${JSON.stringify({ bytes, ...header })}\n`), ...bodies]);
}

export class FrameReader {
  #rest: Uint8Array = EMPTY_BYTES;
  /** The header of a frame whose body has not arrived in full. */
  #header: { readonly header: Frame["header"]; readonly bytes: number } | null = null;
  #broken: string | null = null;

  push(chunk: Uint8Array): FramesRead {
    const all = this.#rest.length === 0 ? chunk : concatBytes([this.#rest, chunk]);
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
    this.#rest = all.subarray(offset);
    const unread = this.#header === null ? this.#rest.length : 0;
    if (unread > FRAME_HEADER_BYTES_MAX) this.#broken ??= `a header of more than ${FRAME_HEADER_BYTES_MAX} bytes`;
    return { frames, broken: this.#broken };
  }

  #readHeader(line: Uint8Array): { readonly header: Frame["header"]; readonly bytes: number } | null {
    const header = line.length <= FRAME_HEADER_BYTES_MAX ? jsonObjectIn(line) : null;
    const bytes = header?.["bytes"];
    if (header === null) this.#broken = "a header that is no JSON object";
    else if (typeof bytes !== "number" || !Number.isInteger(bytes) || bytes < 0 || bytes > FRAME_BODY_BYTES_MAX) {
      this.#broken = `"bytes" is no whole number from 0 to ${FRAME_BODY_BYTES_MAX}`;
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
