// Collects records into one frame, in a buffer that is used again for the next one: an entry is copied once, into
// here, and nothing is allocated for it.
import { utf8 } from "../../../core/base/bytes.ts";
import { FRAME_HEADER_BYTES, frameBytes, sealFrame } from "./frame.ts";
import { ENTRY_LENGTH_BYTES, RECORD_CODES, RECORD_HEADER_BYTES, RECORD_VERSION } from "./records.ts";
import type { RecordKind } from "./records.ts";

const FIRST_BUFFER_BYTES = 4_096;

export class FrameBuilder {
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  #view = new DataView(this.#buffer.buffer);
  #end = FRAME_HEADER_BYTES;
  /** Where the record begins that entries are being added to; entries one after the other share a record. */
  #openEntries: number | null = null;

  begin(): void {
    this.#end = FRAME_HEADER_BYTES;
    this.#openEntries = null;
  }

  get isEmpty(): boolean {
    return this.#end === FRAME_HEADER_BYTES;
  }

  /** The size on disk of the frame if `more` bytes of body were added. */
  frameBytesWith(more: number): number {
    return frameBytes(this.#end - FRAME_HEADER_BYTES + more);
  }

  /** What an entry of this size adds to the body. */
  entryCost(bytes: number): number {
    return (this.#openEntries === null ? RECORD_HEADER_BYTES : 0) + ENTRY_LENGTH_BYTES + bytes;
  }

  addRecord(kind: Exclude<RecordKind, "entries">, body: Uint8Array): void {
    this.#openEntries = null;
    this.#openRecord(kind, body.length);
    this.#add(body);
  }

  addJson(kind: Exclude<RecordKind, "entries">, value: object): void {
    this.addRecord(kind, utf8(JSON.stringify(value)));
  }

  addEntry(bytes: Uint8Array): void {
    if (this.#openEntries === null) {
      const start = this.#end;
      this.#openRecord("entries", 0);
      this.#openEntries = start;
    }
    this.#reserve(ENTRY_LENGTH_BYTES);
    this.#view.setUint32(this.#end, bytes.length);
    this.#end += ENTRY_LENGTH_BYTES;
    this.#add(bytes);
    this.#view.setUint32(this.#openEntries + 2, this.#end - this.#openEntries - RECORD_HEADER_BYTES);
  }

  /** The finished frame: a view into the buffer, good until the next `begin`. */
  seal(identity: { readonly segmentKey: number; readonly sequence: number }): Uint8Array {
    const bodyBytes = this.#end - FRAME_HEADER_BYTES;
    this.#reserve(frameBytes(bodyBytes) - this.#end);
    return sealFrame(this.#buffer, { ...identity, bodyBytes });
  }

  #openRecord(kind: RecordKind, bodyBytes: number): void {
    this.#reserve(RECORD_HEADER_BYTES);
    this.#view.setUint8(this.#end, RECORD_CODES[kind]);
    this.#view.setUint8(this.#end + 1, RECORD_VERSION);
    this.#view.setUint32(this.#end + 2, bodyBytes);
    this.#end += RECORD_HEADER_BYTES;
  }

  #add(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  #reserve(bytes: number): void {
    const needed = this.#end + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
    grown.set(this.#buffer.subarray(0, this.#end));
    this.#buffer = grown;
    this.#view = new DataView(grown.buffer);
  }
}
