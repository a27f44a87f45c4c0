// Counts the words of a text. Twelve bytes are looked at together, as three integers: nearly all words are shorter, and what is behind one is
// masked out, so that the processor has no loop whose end it would guess wrong, once a word. What is longer goes byte by byte.
import type { Span } from "../records/byte-order.ts";
import { hashOf } from "../records/byte-order.ts";
import type { LineBlock } from "../records/line-splitter.ts";
import { SHORT_KEY_BYTES, ShortSums } from "../records/short-sums.ts";
import { SumTable } from "../records/sum-table.ts";
import { CLASS_OF_BYTE, leadingRun, letterLength } from "./letters.ts";
import type { KeyCounter } from "./sums.ts";

const ASCII_OTHER = 0;
const ASCII_LETTER = 1;

export class WordCounter implements KeyCounter {
  /** Runs of ASCII letters and of anything that is not ASCII: which words are in one is asked once for all times that it occurs, at the end. */
  readonly #runs = new ShortSums();
  /** Longer words. */
  readonly #words = new SumTable();

  get bytes(): number {
    return this.#runs.bytes + this.#words.bytes;
  }

  count({ bytes, start, end }: LineBlock): void {
    const runs = this.#runs;
    const kinds = CLASS_OF_BYTE;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let i = start;
    while (i + SHORT_KEY_BYTES < end) {
      const first = view.getInt32(i, true);
      const second = view.getInt32(i + 4, true);
      const third = view.getInt32(i + 8, true);
      const ofFirst = leadingRun(first);
      // Only where the run has all four bytes before: the top bit is set then.
      const ofSecond = leadingRun(second) & (ofFirst >> 31);
      const ofThird = leadingRun(third) & (ofSecond >> 31);
      const length = (96 - Math.clz32(ofFirst) - Math.clz32(ofSecond) - Math.clz32(ofThird)) >> 3;
      if (kinds[bytes[i + length] as number] === ASCII_OTHER) {
        if (length > 0) runs.add(first & ofFirst, second & ofSecond, third & ofThird);
        i += length + 1;
      } else i = this.#countOne(bytes, i, end);
    }
    while (i < end) i = this.#countOne(bytes, i, end);
  }

  drain(visit: (key: Span, count: number) => void): void {
    this.#runs.drain(({ bytes, start, end }, count) => {
      for (let from = start; from < end;) {
        const to = wordEnd(bytes, from, end);
        if (to > from) visit({ bytes, start: from, end: to }, count);
        from = Math.max(to, from + 1);
      }
    });
    this.#words.drain(visit);
  }

  /** Returns the offset behind the word that begins at `from`, or behind a byte with which none begins. */
  #countOne(bytes: Buffer, from: number, end: number): number {
    const to = wordEnd(bytes, from, end);
    if (to === from) return from + 1;
    if (to - from > SHORT_KEY_BYTES) {
      this.#words.hash = hashOf(bytes, from, to);
      this.#words.add(bytes, from, to);
    } else this.#runs.add(fourOf(bytes, from, to), fourOf(bytes, from + 4, to), fourOf(bytes, from + 8, to));
    return to;
  }
}

/** `from` itself: no word begins there. */
function wordEnd(bytes: Uint8Array, from: number, end: number): number {
  let to = from;
  while (to < end) {
    const kind = CLASS_OF_BYTE[bytes[to] as number];
    const length = kind === ASCII_LETTER ? 1 : kind === ASCII_OTHER ? 0 : letterLength(bytes, to, end);
    if (length === 0) break;
    to += length;
  }
  return to;
}

/** Four bytes, the first one lowest, of which those from `end` on are zeros. */
function fourOf(bytes: Buffer, start: number, end: number): number {
  let four = 0;
  for (let i = Math.min(4, end - start) - 1; i >= 0; i--) four = (four << 8) | (bytes[start + i] as number);
  return four;
}
