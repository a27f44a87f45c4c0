// The numbers of a leaf's items, a row for each: in one piece of memory, seen as large numbers and as words of 32 bits. What is a
// word is read as a small integer, which takes no memory of its own wherever it goes.

const FIRST_ROWS = 4;
/** Of the large numbers of a row, the words follow. */
const VERSION = 0;
const REVISION = 1;
const DEADLINE = 2;
const LARGE_PER_ROW = 5;
const HASH = 6;
const CHECKSUM = 7;
const OFFSET = 8;
const LENGTH = 9;
const WORDS_PER_ROW = 2 * LARGE_PER_ROW;

type Numbers = {
  readonly version: number;
  readonly revision: number;
  readonly deadlineMs: number;
  readonly checksum: number;
  readonly hash: number;
};

export class ItemNumbers {
  #large: Float64Array<ArrayBuffer>;
  #words: Int32Array;

  constructor(large = new Float64Array(FIRST_ROWS * LARGE_PER_ROW)) {
    this.#large = large;
    this.#words = new Int32Array(large.buffer);
  }

  version(row: number): number {
    return this.#large[row * LARGE_PER_ROW + VERSION] as number;
  }

  revision(row: number): number {
    return this.#large[row * LARGE_PER_ROW + REVISION] as number;
  }

  deadlineMs(row: number): number {
    return this.#large[row * LARGE_PER_ROW + DEADLINE] as number;
  }

  checksum(row: number): number {
    return this.#words[row * WORDS_PER_ROW + CHECKSUM] as number;
  }

  hash(row: number): number {
    return this.#words[row * WORDS_PER_ROW + HASH] as number;
  }

  /** Where the value begins in the page; of a large one -1 less its number. */
  offset(row: number): number {
    return this.#words[row * WORDS_PER_ROW + OFFSET] as number;
  }

  length(row: number): number {
    return this.#words[row * WORDS_PER_ROW + LENGTH] as number;
  }

  write(row: number, { version, revision, deadlineMs, checksum, hash }: Numbers): void {
    const at = row * LARGE_PER_ROW;
    this.#large[at + VERSION] = version;
    this.#large[at + REVISION] = revision;
    this.#large[at + DEADLINE] = deadlineMs;
    this.#words[2 * at + CHECKSUM] = checksum;
    this.#words[2 * at + HASH] = hash;
  }

  place(row: number, offset: number, length: number): void {
    this.#words[row * WORDS_PER_ROW + OFFSET] = offset;
    this.#words[row * WORDS_PER_ROW + LENGTH] = length;
  }

  /** Makes room for a row before one of `count`. */
  insert(row: number, count: number): void {
    if ((count + 1) * LARGE_PER_ROW > this.#large.length) this.#grow();
    this.#large.copyWithin((row + 1) * LARGE_PER_ROW, row * LARGE_PER_ROW, count * LARGE_PER_ROW);
  }

  remove(row: number, count: number): void {
    this.#large.copyWithin(row * LARGE_PER_ROW, (row + 1) * LARGE_PER_ROW, count * LARGE_PER_ROW);
  }

  copy(): ItemNumbers {
    return new ItemNumbers(this.#large.slice());
  }

  #grow(): void {
    const larger = new Float64Array(2 * this.#large.length);
    larger.set(this.#large);
    this.#large = larger;
    this.#words = new Int32Array(larger.buffer);
  }
}
