// Takes apart what a ByteWriter put together. Anybody may have written the bytes, so reading never throws: what is not
// there reads as zero or empty, and `isIntact` tells in the end whether all of it was there.
import { EMPTY_BYTES, textOf } from "./bytes.ts";

export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset: number;
  #isIntact = true;

  /** From `offset` on, which is not behind the end. */
  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.#offset = offset;
  }

  get isIntact(): boolean {
    return this.#isIntact;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  uint8(): number {
    const value = this.#bytes[this.#offset];
    if (value === undefined) return this.#fail();
    this.#offset++;
    return value;
  }

  uint32(): number {
    if (this.remaining < 4) return this.#fail();
    let value = 0;
    for (let i = 0; i < 4; i++) value = value * 256 + (this.#bytes[this.#offset++] as number);
    return value;
  }

  count(): number {
    let value = 0;
    let unit = 1;
    for (;;) {
      const byte = this.#bytes[this.#offset];
      if (byte === undefined) return this.#fail();
      this.#offset++;
      value += (byte & 127) * unit;
      if (value > Number.MAX_SAFE_INTEGER) return this.#fail();
      if (byte < 128) return value;
      unit *= 128;
      if (unit > Number.MAX_SAFE_INTEGER) return this.#fail();
    }
  }

  /** A view, not a copy. */
  raw(length: number): Uint8Array {
    if (length > this.remaining) {
      this.#fail();
      return EMPTY_BYTES;
    }
    const start = this.#offset;
    this.#offset += length;
    return this.#bytes.subarray(start, this.#offset);
  }

  sized(): Uint8Array {
    return this.raw(this.count());
  }

  text(): string {
    return textOf(this.sized());
  }

  rest(): Uint8Array {
    return this.raw(this.remaining);
  }

  #fail(): number {
    this.#isIntact = false;
    this.#offset = this.#bytes.length;
    return 0;
  }
}
