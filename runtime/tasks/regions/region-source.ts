// Reads the blocks of one region, checking each. What it hands out is valid until the next call.
import { readSync } from "node:fs";
import { TaskProblem } from "../task-problem.ts";
import { BLOCK_HEADER_BYTES, isIntact, readBlockHeader } from "./block-format.ts";

export interface BlockSource {
  /** Null at the end of the region. */
  nextBlock(): Uint8Array | null;
}

export type RegionPlace = {
  readonly file: number;
  readonly offset: number;
  readonly bytes: number;
  /** For the complaint, when it is damaged. */
  readonly name: string;
};

export class RegionSource implements BlockSource {
  readonly #place: RegionPlace;
  #buffer: Buffer;
  #start = 0;
  #end = 0;
  #at: number;
  #records = 0;

  /** `readBytes`: how much is read at a time, and kept in memory. */
  constructor(place: RegionPlace, readBytes: number) {
    this.#place = place;
    this.#at = place.offset;
    this.#buffer = Buffer.allocUnsafe(Math.max(BLOCK_HEADER_BYTES, Math.min(readBytes, place.bytes)));
  }

  /** Read so far. */
  get records(): number {
    return this.#records;
  }

  nextBlock(): Uint8Array | null {
    this.#fill(BLOCK_HEADER_BYTES);
    const { payloadLength, records } = readBlockHeader(this.#buffer.subarray(this.#start, this.#start + BLOCK_HEADER_BYTES));
    const length = BLOCK_HEADER_BYTES + payloadLength;
    if (length > this.#place.offset + this.#place.bytes - this.#at + (this.#end - this.#start)) throw this.#damaged("a block is too long");
    this.#fill(length);
    const block = this.#buffer.subarray(this.#start, this.#start + length);
    if (!isIntact(block, payloadLength)) throw this.#damaged("a checksum is wrong");
    this.#start += length;
    if (payloadLength === 0) {
      if (records !== this.#records >>> 0) throw this.#damaged("records are missing");
      return null;
    }
    this.#records += records;
    return block.subarray(BLOCK_HEADER_BYTES);
  }

  #fill(needed: number): void {
    if (this.#end - this.#start >= needed) return;
    const rest = this.#buffer.subarray(this.#start, this.#end);
    if (needed > this.#buffer.length) this.#buffer = Buffer.concat([rest], needed);
    else this.#buffer.set(rest, 0);
    this.#start = 0;
    this.#end = rest.length;
    const { file, offset, bytes } = this.#place;
    while (this.#end < needed) {
      const length = Math.min(this.#buffer.length - this.#end, offset + bytes - this.#at);
      const read = length <= 0 ? 0 : readSync(file, this.#buffer, this.#end, length, this.#at);
      if (read === 0) throw this.#damaged("it ends too early");
      this.#end += read;
      this.#at += read;
    }
  }

  #damaged(why: string): TaskProblem {
    return new TaskProblem("internal", `${this.#place.name} is damaged: ${why}`);
  }
}
