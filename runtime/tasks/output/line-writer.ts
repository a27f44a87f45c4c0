// How a pair looks in an output file. A line break inside of a key or value is written as it is.
import type { PairBytes } from "../records/pair-bytes.ts";

/** `tab`: key TAB value. `lab`: key, a blank, value, as the 6.824 labs have it. `key`: the key alone. */
export type LineFormat = "tab" | "lab" | "key";

const LINE_BREAK = 10;
const SEPARATORS: Readonly<Record<LineFormat, number | null>> = { tab: 9, lab: 32, key: null };
const BUFFER_BYTES = 1 << 16;
const SHORT = 32;

/** Collects lines and passes them on in large pieces, which are valid until it returns. */
export class LineWriter {
  readonly #separator: number | null;
  readonly #sink: (bytes: Buffer) => void;
  #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #length = 0;

  constructor(format: LineFormat, sink: (bytes: Buffer) => void) {
    this.#separator = SEPARATORS[format];
    this.#sink = sink;
  }

  pair({ bytes, keyEnd, valueEnd }: PairBytes): void {
    this.#reserve(valueEnd + 2);
    this.#put(bytes, 0, keyEnd);
    if (this.#separator !== null) {
      this.#buffer[this.#length++] = this.#separator;
      this.#put(bytes, keyEnd, valueEnd);
    }
    this.#buffer[this.#length++] = LINE_BREAK;
  }

  /** `source[start, end)` without a value. */
  key(source: Buffer, start: number, end: number): void {
    this.#reserve(end - start + 2);
    this.#put(source, start, end);
    if (this.#separator !== null) this.#buffer[this.#length++] = this.#separator;
    this.#buffer[this.#length++] = LINE_BREAK;
  }

  flush(): void {
    if (this.#length > 0) this.#sink(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }

  #put(source: Buffer, start: number, end: number): void {
    const buffer = this.#buffer;
    let at = this.#length;
    if (end - start > SHORT) source.copy(buffer, at, start, end);
    else for (let i = start; i < end; i++) buffer[at++] = source[i] as number;
    this.#length += end - start;
  }

  #reserve(extra: number): void {
    if (this.#length + extra <= this.#buffer.length) return;
    this.flush();
    if (extra > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(extra);
  }
}
