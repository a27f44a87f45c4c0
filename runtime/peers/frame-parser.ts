// Cuts the bytes of a peer's stream into messages, however they are split into chunks. Keeps at most one unfinished header
// and one unfinished frame; a stream that claims more than the limits is refused before the memory is taken.
import type { PeerMessage } from "../../core/replica/peer-message.ts";
import type { FrameHeader, Refused } from "./message-codec.ts";
import { HEADER_BYTES_MAX, readFrame, readHeader } from "./message-codec.ts";

export type ParsedChunk = {
  readonly messages: readonly PeerMessage[];
  /** Whole frames that made no sense here: what follows them could still be read. */
  readonly skipped: readonly Refused[];
  /** The place of the next frame is lost: nothing more can be read from this stream. */
  readonly broken: Refused | null;
};

type Unfinished = { readonly header: FrameHeader; readonly frame: Uint8Array; filled: number };
type Parsing = { readonly messages: PeerMessage[]; readonly skipped: Refused[]; broken: Refused | null };

/** An empty line says "I'm here" and nothing else. */
export const KEEP_ALIVE = "\n";
const LINE_END = 0x0a;
const FIRST_LINE_BYTES = 1_024;

export class FrameParser {
  #line = new Uint8Array(FIRST_LINE_BYTES);
  #lineBytes = 0;
  #unfinished: Unfinished | null = null;
  #isBroken = false;

  /** Whether the stream may end here without anything being cut off. */
  get isBetweenFrames(): boolean {
    return this.#lineBytes === 0 && this.#unfinished === null;
  }

  push(buffer: Uint8Array): ParsedChunk {
    const chunk = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
    const parsing: Parsing = { messages: [], skipped: [], broken: null };
    let offset = 0;
    while (offset < chunk.length && !this.#isBroken) {
      const rest = chunk.subarray(offset);
      offset += this.#unfinished === null ? this.#readLine(rest, parsing) : this.#fillFrame(this.#unfinished, rest, parsing);
    }
    return parsing;
  }

  /** Returns how much of `rest` was used up, like all that read here. */
  #readLine(rest: Uint8Array, parsing: Parsing): number {
    const lineBytes = rest.indexOf(LINE_END) + 1;
    if (lineBytes > 0 && this.#lineBytes === 0) return this.#readFrameAt(rest, lineBytes, parsing);
    const piece = lineBytes > 0 ? rest.subarray(0, lineBytes) : rest;
    this.#keepLine(piece, parsing);
    if (lineBytes > 0 && !this.#isBroken) {
      const line = this.#line.subarray(0, this.#lineBytes);
      this.#lineBytes = 0;
      this.#begin(readHeader(line), line, parsing);
    }
    return piece.length;
  }

  /** The usual case: the whole line, and often the whole frame, is in this chunk and is read where it lies. */
  #readFrameAt(rest: Uint8Array, lineBytes: number, parsing: Parsing): number {
    if (lineBytes === KEEP_ALIVE.length) return lineBytes;
    const line = rest.subarray(0, lineBytes);
    const header = readHeader(line);
    const frameBytes = lineBytes + (header.kind === "header" ? header.bodyBytes : 0);
    if (header.kind === "refused" || frameBytes > rest.length) {
      this.#begin(header, line, parsing);
      return lineBytes;
    }
    const frame = rest.subarray(0, frameBytes);
    // Entries stay in the log as views: a small frame must not keep a large chunk of others in memory.
    const isSmallPart = frameBytes * 2 < rest.buffer.byteLength;
    this.#finish(header, isSmallPart && header.bodyBytes > 0 ? frame.slice() : frame, parsing);
    return frameBytes;
  }

  #keepLine(piece: Uint8Array, parsing: Parsing): void {
    const length = this.#lineBytes + piece.length;
    if (length > HEADER_BYTES_MAX) {
      this.#break({ kind: "refused", reason: "tooLarge", message: `a header of more than ${HEADER_BYTES_MAX} bytes` }, parsing);
      return;
    }
    if (length > this.#line.length) {
      const longer = new Uint8Array(Math.max(length, Math.min(this.#line.length * 2, HEADER_BYTES_MAX)));
      longer.set(this.#line.subarray(0, this.#lineBytes));
      this.#line = longer;
    }
    this.#line.set(piece, this.#lineBytes);
    this.#lineBytes = length;
  }

  #begin(header: FrameHeader | Refused, line: Uint8Array, parsing: Parsing): void {
    if (header.kind === "refused") this.#break(header, parsing);
    else if (header.bodyBytes === 0) this.#finish(header, line, parsing);
    else this.#unfinished = { header, frame: frameStartingWith(line, header), filled: line.length };
  }

  #fillFrame(unfinished: Unfinished, rest: Uint8Array, parsing: Parsing): number {
    const piece = rest.subarray(0, unfinished.frame.length - unfinished.filled);
    unfinished.frame.set(piece, unfinished.filled);
    unfinished.filled += piece.length;
    if (unfinished.filled === unfinished.frame.length) {
      this.#unfinished = null;
      this.#finish(unfinished.header, unfinished.frame, parsing);
    }
    return piece.length;
  }

  #finish(header: FrameHeader, frame: Uint8Array, parsing: Parsing): void {
    const decoded = readFrame(header, frame);
    if (decoded.kind === "message") parsing.messages.push(decoded.message);
    else if (decoded.reason === "kind" || decoded.reason === "fields") parsing.skipped.push(decoded);
    else this.#break(decoded, parsing);
  }

  #break(refused: Refused, parsing: Parsing): void {
    this.#isBroken = true;
    parsing.broken = refused;
  }
}

function frameStartingWith(line: Uint8Array, header: FrameHeader): Uint8Array {
  const frame = new Uint8Array(line.length + header.bodyBytes);
  frame.set(line);
  return frame;
}
