// One key and one value as bytes, in memory that is used again and again: the key, and directly behind it the value.
const FIRST_BYTES = 1 << 12;
/** Up to here it goes byte by byte: that is faster than a call into the machine. */
const SHORT = 24;

export class PairBytes {
  bytes = Buffer.allocUnsafe(FIRST_BYTES);
  keyEnd = 0;
  valueEnd = 0;

  /** Begins a pair. */
  keyText(text: string): this {
    this.keyEnd = this.valueEnd = this.#writeText(text, 0);
    return this;
  }

  /** Begins a pair. */
  keyFrom(source: Uint8Array, start: number, end: number): this {
    const length = end - start;
    this.#reserve(0, length);
    if (length > SHORT) (source as Buffer).copy(this.bytes, 0, start, end);
    else for (let i = 0, into = this.bytes; i < length; i++) into[i] = source[start + i] as number;
    this.keyEnd = this.valueEnd = length;
    return this;
  }

  valueByte(byte: number): this {
    this.#reserve(this.valueEnd, 1);
    this.bytes[this.valueEnd++] = byte;
    return this;
  }

  valueText(text: string): this {
    this.valueEnd = this.#writeText(text, this.valueEnd);
    return this;
  }

  valueFrom(source: Uint8Array): this {
    this.#reserve(this.valueEnd, source.length);
    this.bytes.set(source, this.valueEnd);
    this.valueEnd += source.length;
    return this;
  }

  #writeText(text: string, from: number): number {
    const { length } = text;
    this.#reserve(from, 3 * length);
    const bytes = this.bytes;
    if (length > SHORT) return from + bytes.write(text, from);
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) return from + bytes.write(text, from);
      bytes[from + i] = code;
    }
    return from + length;
  }

  #reserve(from: number, extra: number): void {
    if (from + extra <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(from + extra, 2 * this.bytes.length));
    larger.set(this.bytes.subarray(0, from));
    this.bytes = larger;
  }
}
