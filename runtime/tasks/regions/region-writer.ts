// Puts records into the blocks of one region after the other.
import { lengthBytes, writeLength } from "../records/record-layout.ts";
import { BLOCK_BYTES, BLOCK_HEADER_BYTES, writeBlockHeader } from "./block-format.ts";

/** Takes bytes before it returns: the writer uses its memory again. */
export type ByteSink = (bytes: Buffer) => void;

export type RegionSize = { readonly bytes: number; readonly records: number };

export class RegionWriter {
  readonly #sink: ByteSink;
  #block = Buffer.allocUnsafe(BLOCK_HEADER_BYTES + BLOCK_BYTES);
  #length = BLOCK_HEADER_BYTES;
  #blockRecords = 0;
  #bytes = 0;
  #records = 0;

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /** `bytes[start, end)` is a record in its layout. */
  record(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.#length + length > this.#block.length) this.#makeRoom(length);
    const block = this.#block;
    let at = this.#length;
    if (length < 64) for (let i = start; i < end; i++) block[at++] = bytes[i] as number;
    else (bytes as Buffer).copy(block, at, start, end); // a view of it would cost as much again
    this.#length += length;
    this.#blockRecords++;
  }

  pair(key: Uint8Array, value: Uint8Array): void {
    const header = lengthBytes(key.length) + lengthBytes(value.length);
    const record = Buffer.allocUnsafe(header + key.length + value.length);
    writeLength(record, writeLength(record, 0, key.length), value.length);
    record.set(key, header);
    record.set(value, header + key.length);
    this.record(record, 0, record.length);
  }

  /** Ends the region; the next record begins another. */
  finish(): RegionSize {
    this.#flush();
    writeBlockHeader(this.#block, 0, this.#records);
    this.#sink(this.#block.subarray(0, BLOCK_HEADER_BYTES));
    const size = { bytes: this.#bytes + BLOCK_HEADER_BYTES, records: this.#records };
    this.#bytes = 0;
    this.#records = 0;
    return size;
  }

  #makeRoom(length: number): void {
    this.#flush();
    const needed = BLOCK_HEADER_BYTES + length;
    if (needed > this.#block.length) this.#block = Buffer.allocUnsafe(needed);
    else if (this.#block.length > BLOCK_HEADER_BYTES + BLOCK_BYTES) this.#block = Buffer.allocUnsafe(BLOCK_HEADER_BYTES + BLOCK_BYTES);
  }

  #flush(): void {
    if (this.#blockRecords === 0) return;
    const payloadLength = this.#length - BLOCK_HEADER_BYTES;
    writeBlockHeader(this.#block, payloadLength, this.#blockRecords);
    this.#sink(this.#block.subarray(0, this.#length));
    this.#bytes += this.#length;
    this.#records += this.#blockRecords;
    this.#length = BLOCK_HEADER_BYTES;
    this.#blockRecords = 0;
  }
}
