// Puts numbers and byte strings one after the other. Numbers are small most of the time, so they take as many bytes as
// they need: seven bits each, the lowest first, and a set top bit says that more follow.
import { utf8 } from "./bytes.ts";

const FIRST_CAPACITY = 64;

export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  /** `capacity`: what it will be about, where that is known, so that nothing is copied as it grows. */
  constructor(capacity = FIRST_CAPACITY) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  uint8(value: number): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  uint32(value: number): this {
    this.#reserve(4);
    for (let shift = 24; shift >= 0; shift -= 8) this.#bytes[this.#length++] = value >>> shift;
    return this;
  }

  /** In the place of one that is there: for a length that is known once what it is of has been written. */
  uint32At(offset: number, value: number): void {
    for (let i = 0; i < 4; i++) this.#bytes[offset + i] = value >>> (24 - 8 * i);
  }

  /** A whole number from 0 to 2^53 - 1. */
  count(value: number): this {
    this.#reserve(countLength(value));
    this.#length = writeCount(this.#bytes, this.#length, value);
    return this;
  }

  /** Without its length: for what goes to the end, or has a length that the reader knows. */
  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  sized(bytes: Uint8Array): this {
    return this.count(bytes.length).raw(bytes);
  }

  text(text: string): this {
    return this.sized(utf8(text));
  }

  /** What is behind `length` bytes was never written; not for what somebody was given already. */
  cut(length: number): void {
    this.#length = Math.min(this.#length, length);
  }

  /** What was written so far, and the writer may go on: a copy, except where no room is left and whatever follows goes elsewhere. */
  finish(): Uint8Array {
    return this.#length === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#length);
  }

  /** A copy of just its size, and the writer begins anew in the memory that it has: used again and again it allocates no more. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #reserve(extra: number): void {
    const needed = this.#length + extra;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

export function countLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
  return length;
}

/** Returns the offset behind it. */
export function writeCount(bytes: Uint8Array, offset: number, value: number): number {
  let at = offset;
  let rest = value;
  while (rest >= 128) {
    bytes[at++] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
  }
  bytes[at++] = rest;
  return at;
}
