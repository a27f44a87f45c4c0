// Records of a map task in memory: one stretch of bytes, and for each record where it begins and which partition it is for. Nothing is
// an object per record, so a hundred thousand records cost the garbage collector nothing. When it is full its owner sorts it,
// writes it out as a run, and goes on with an empty one.
import type { PairBytes } from "./pair-bytes.ts";
import { LENGTH_BYTES_MAX, recordBytes, writeLength } from "./record-layout.ts";
import { RecordSorter } from "./record-sorter.ts";

/** Chooses a partition by the key, which is `bytes[start, end)`. */
export type Partitioner = (bytes: Uint8Array, start: number, end: number) => number;

export type RecordBufferOptions = {
  readonly partitions: number;
  readonly partitioner: Partitioner;
  /** Records and what is kept about them. A record larger than all of it is taken alone. */
  readonly bytesMax: number;
};

/** Gets records in order: `bytes[start, end)` is one of them in its layout. */
export type RecordVisitor = {
  readonly partition: (partition: number) => void;
  readonly record: (bytes: Uint8Array, start: number, end: number) => void;
};

/** Offset and partition; and 8 bytes for sorting. */
const BYTES_ABOUT_A_RECORD = 16;
const FIRST_BYTES = 1 << 16;
const FIRST_RECORDS = 1 << 12;
/** So few bytes are copied one by one: that is faster than a call into the machine. */
const SHORT = 32;
/** As many as an index of 24 bits tells apart: core of the sorting. */
export const RECORDS_MAX = (1 << 24) - 1;

export class RecordBuffer {
  readonly #options: RecordBufferOptions;
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;
  #offsets = new Uint32Array(FIRST_RECORDS);
  #partitions = new Uint32Array(FIRST_RECORDS);
  #records = 0;

  constructor(options: RecordBufferOptions) {
    this.#options = options;
  }

  get records(): number {
    return this.#records;
  }

  /** Whether a record of these lengths has to wait until the buffer was emptied. */
  isFullFor(keyLength: number, valueLength: number): boolean {
    if (this.#records === 0) return false;
    const used = this.#length + this.#records * BYTES_ABOUT_A_RECORD;
    return used + recordBytes(keyLength, valueLength) + BYTES_ABOUT_A_RECORD > this.#options.bytesMax || this.#records >= RECORDS_MAX;
  }

  /** `partition`: where the partitioner is not to be asked. */
  add(pair: PairBytes, partition = -1): void {
    const { bytes, keyEnd, valueEnd } = pair;
    const start = this.#begin(keyEnd, valueEnd - keyEnd);
    if (valueEnd > SHORT) bytes.copy(this.#bytes, start, 0, valueEnd);
    else for (let i = 0, into = this.#bytes; i < valueEnd; i++) into[start + i] = bytes[i] as number;
    this.#end(start, start + keyEnd, partition);
    this.#length = start + valueEnd;
  }

  /** A record with the key `source[start, end)` and an empty value. */
  addKey(source: Buffer, start: number, end: number): void {
    const keyStart = this.#begin(end - start, 0);
    source.copy(this.#bytes, keyStart, start, end);
    const keyEnd = keyStart + end - start;
    this.#end(keyStart, keyEnd, -1);
    this.#length = keyEnd;
  }

  /** Goes through all records, by partition, then by key, then as they were added; and is empty afterwards. */
  drain(visitor: RecordVisitor): void {
    const sorter = new RecordSorter({ bytes: this.#bytes, offsets: this.#offsets, records: this.#records });
    const { partitions } = this.#options;
    const bounds = sorter.byPartition(this.#partitions, partitions);
    for (let partition = 0; partition < partitions; partition++) {
      const start = bounds[partition] as number;
      const end = bounds[partition + 1] as number;
      if (start === end) continue;
      visitor.partition(partition);
      sorter.visit(start, end, visitor.record);
    }
    this.clear();
  }

  clear(): void {
    this.#length = 0;
    this.#records = 0;
  }

  #begin(keyLength: number, valueLength: number): number {
    this.#reserve(keyLength + valueLength + 2 * LENGTH_BYTES_MAX);
    this.#offsets[this.#records] = this.#length;
    return writeLength(this.#bytes, writeLength(this.#bytes, this.#length, keyLength), valueLength);
  }

  #end(keyStart: number, keyEnd: number, partition: number): void {
    this.#partitions[this.#records] = partition < 0 ? this.#options.partitioner(this.#bytes, keyStart, keyEnd) : partition;
    this.#records++;
  }

  #reserve(extra: number): void {
    if (this.#length + extra > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#length + extra, Math.min(2 * this.#bytes.length, this.#options.bytesMax)));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    if (this.#records === this.#offsets.length) {
      this.#offsets = grown(this.#offsets);
      this.#partitions = grown(this.#partitions);
    }
  }
}

function grown(values: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(values.length + (values.length >> 1));
  larger.set(values);
  return larger;
}
