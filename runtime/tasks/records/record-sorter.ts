// Sorts records by key without comparing keys where it can be helped: five bytes of the key and the record's number make one
// 64-bit integer, and the machine sorts integers. Records that agree in those five bytes are sorted by the next five.
// The number in the low bits keeps records of one key in the order in which they came.
import { compareSpans } from "./byte-order.ts";
import { RecordCursor } from "./record-layout.ts";

export type UnsortedRecords = {
  readonly bytes: Buffer;
  /** Where each record begins; at most 2^24 - 1 of them. */
  readonly offsets: Uint32Array;
  readonly records: number;
};

type Visit = (bytes: Uint8Array, start: number, end: number) => void;

const BYTES_A_LEVEL = 5;
/** So few are sorted by comparing them. */
const FEW = 12;
/** Keys that agree in so many bytes are sorted by comparing them: every five bytes are one call deeper, and the stack has an end. */
const COMMON_BYTES_MAX = 1_000;
/** The machine compares keys that are longer faster than a loop does, and shorter ones slower. */
const SHORT_KEY = 64;

export class RecordSorter {
  readonly #bytes: Buffer;
  readonly #offsets: Uint32Array;
  readonly #items: BigUint64Array;
  /** The same memory: low word (8 bits of the key over 24 of the number), high word (32 bits of the key). */
  readonly #words: Uint32Array;
  readonly #one: RecordCursor;
  readonly #other: RecordCursor;

  constructor({ bytes, offsets, records }: UnsortedRecords) {
    this.#bytes = bytes;
    this.#offsets = offsets;
    this.#items = new BigUint64Array(records);
    this.#words = new Uint32Array(this.#items.buffer);
    this.#one = new RecordCursor(bytes);
    this.#other = new RecordCursor(bytes);
  }

  /** Where each partition begins among the sorted, and one more. */
  byPartition(partitions: Uint32Array, count: number): Uint32Array {
    const records = this.#items.length;
    const bounds = new Uint32Array(count + 1);
    for (let i = 0; i < records; i++) (bounds[(partitions[i] as number) + 1] as number)++;
    for (let p = 0; p < count; p++) bounds[p + 1] = (bounds[p + 1] as number) + (bounds[p] as number);
    const next = bounds.slice();
    for (let i = 0; i < records; i++) {
      const partition = partitions[i] as number;
      const place = next[partition] as number;
      next[partition] = place + 1;
      this.#words[2 * place] = i;
    }
    for (let p = 0; p < count; p++) this.#sort(bounds[p] as number, bounds[p + 1] as number, 0);
    return bounds;
  }

  visit(start: number, end: number, visit: Visit): void {
    const cursor = this.#one;
    for (let i = start; i < end; i++) {
      cursor.moveTo(this.#offsetAt(i));
      visit(this.#bytes, cursor.recordStart, cursor.valueEnd);
    }
  }

  /** All in [start, end) agree in their first `depth` bytes. */
  #sort(start: number, end: number, depth: number): void {
    if (end - start <= FEW) {
      this.#sortFew(start, end);
      return;
    }
    if (!this.#pack(start, end, depth)) this.#items.subarray(start, end).sort();
    const words = this.#words;
    let from = start;
    for (let i = start + 1; i <= end; i++) {
      const isSame =
        i < end && words[2 * i + 1] === words[2 * from + 1] && (words[2 * i] as number) >>> 24 === (words[2 * from] as number) >>> 24;
      if (isSame) continue;
      if (i - from > 1) this.#sortTied(from, i, depth + BYTES_A_LEVEL);
      from = i;
    }
  }

  /** Puts the bytes [depth, depth + 5) of each key in front of its number. True: they are the same for all. */
  #pack(start: number, end: number, depth: number): boolean {
    const { 0: bytes, 1: words, 2: cursor } = [this.#bytes, this.#words, this.#one] as const;
    let areSame = true;
    for (let i = start; i < end; i++) {
      const number = (words[2 * i] as number) & 0xff_ffff;
      cursor.moveTo(this.#offsets[number] as number);
      const from = cursor.keyStart + depth;
      const to = cursor.keyEnd;
      let high = 0;
      let low = 0;
      if (from + 5 <= to) {
        high =
          (((bytes[from] as number) << 24) |
            ((bytes[from + 1] as number) << 16) |
            ((bytes[from + 2] as number) << 8) |
            (bytes[from + 3] as number)) >>>
          0;
        low = bytes[from + 4] as number;
      } else {
        for (let k = 0; k < 4; k++) high = (high << 8) | (from + k < to ? (bytes[from + k] as number) : 0);
        high >>>= 0;
      }
      words[2 * i] = ((low << 24) | number) >>> 0;
      words[2 * i + 1] = high;
      areSame &&= high === words[2 * start + 1] && low === (words[2 * start] as number) >>> 24;
    }
    return areSame;
  }

  /** All in [start, end) agree in `depth` bytes, where what is behind the end of a key counts as zero. */
  #sortTied(start: number, end: number, depth: number): void {
    let shortest = Infinity;
    let longest = 0;
    for (let i = start; i < end; i++) {
      this.#one.moveTo(this.#offsetAt(i));
      const length = this.#one.keyEnd - this.#one.keyStart;
      shortest = Math.min(shortest, length);
      longest = Math.max(longest, length);
    }
    if (shortest === longest && longest <= depth) return;
    if (shortest >= depth && depth < COMMON_BYTES_MAX) this.#sort(start, end, depth);
    else this.#sortByComparing(start, end);
  }

  /** Keys that end before others that go on with zeros, or with very long beginnings in common: rare, so it may be slow. */
  #sortByComparing(start: number, end: number): void {
    const numbers = Array.from({ length: end - start }, (_, k) => (this.#words[2 * (start + k)] as number) & 0xff_ffff);
    numbers.sort((a, b) => this.#compare(a, b));
    for (const [k, number] of numbers.entries()) this.#words[2 * (start + k)] = number;
  }

  #sortFew(start: number, end: number): void {
    const words = this.#words;
    for (let i = start; i < end; i++) words[2 * i] = (words[2 * i] as number) & 0xff_ffff;
    for (let i = start + 1; i < end; i++) {
      const number = words[2 * i] as number;
      let place = i;
      while (place > start && this.#compare(words[2 * (place - 1)] as number, number) > 0) {
        words[2 * place] = words[2 * (place - 1)] as number;
        place--;
      }
      words[2 * place] = number;
    }
  }

  #compare(a: number, b: number): number {
    this.#one.moveTo(this.#offsets[a] as number);
    this.#other.moveTo(this.#offsets[b] as number);
    const bytes = this.#bytes;
    const [one, other] = [this.#one, this.#other];
    const isLong = one.keyEnd - one.keyStart > SHORT_KEY && other.keyEnd - other.keyStart > SHORT_KEY;
    const order = isLong
      ? bytes.compare(bytes, other.keyStart, other.keyEnd, one.keyStart, one.keyEnd)
      : compareSpans({ bytes, start: one.keyStart, end: one.keyEnd }, { bytes, start: other.keyStart, end: other.keyEnd });
    return order !== 0 ? order : a - b;
  }

  #offsetAt(place: number): number {
    return this.#offsets[(this.#words[2 * place] as number) & 0xff_ffff] as number;
  }
}
