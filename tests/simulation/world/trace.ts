// What happened, as one number: every event with its place and time, and what members said, wrote and answered, to the byte. Two runs
// of a seed are the same exactly if their hashes are. The text is written only for whoever reads a run, because building it
// costs more than the run itself.
import { crc32 } from "node:zlib";

export class Trace {
  #low = 0x811c9dc5;
  #high = 0x9747b28c;
  readonly #lines: string[] | null;

  constructor(options: { readonly text: boolean }) {
    this.#lines = options.text ? [] : null;
  }

  /** Ask before building a line. */
  get isWritten(): boolean {
    return this.#lines !== null;
  }

  /** Numbers of any size; fractions are cut off. */
  note(what: number, a: number, b: number): void {
    this.#mix(what);
    this.#mix(a);
    this.#mix(b);
  }

  bytes(what: number, bytes: Uint8Array): void {
    this.note(what, bytes.length, crc32(bytes));
  }

  line(nowUs: number, text: string): void {
    this.#lines?.push(`${(nowUs / 1_000).toFixed(3).padStart(10)} ${text}`);
  }

  get text(): string {
    return `${(this.#lines ?? []).join("\n")}\n`;
  }

  get hash(): string {
    return hex(this.#high) + hex(this.#low);
  }

  #mix(value: number): void {
    const folded = (value | 0) ^ (Math.floor(value / 0x1_0000_0000) | 0);
    this.#low = Math.imul(this.#low ^ folded, 0x01000193);
    this.#low ^= this.#low >>> 15;
    this.#high = Math.imul(this.#high ^ folded ^ (this.#low << 7), 0x85ebca6b);
    this.#high ^= this.#high >>> 13;
  }
}

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");
