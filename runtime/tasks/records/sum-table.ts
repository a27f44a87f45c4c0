// Counts by key on bytes: an open-addressing table of integers over one stretch of memory that holds the keys. A Map of strings
// takes several times as long for a word, most of it for making the string.
const FIRST_SLOTS = 1 << 13;
const FIRST_BYTES = 1 << 16;
/** Slots, offset, hash, count: what a key costs beside its bytes, with the free slots. */
const BYTES_ABOUT_A_KEY = 40;

/** A key, with its hash: any good one, the same for equal keys. */
export type HashedSpan = { bytes: Buffer; start: number; end: number; hash: number };

export class SumTable {
  #keys = Buffer.allocUnsafe(FIRST_BYTES);
  /** Key number plus one, or zero. Half of them stay free. */
  #slots = new Uint32Array(FIRST_SLOTS);
  #hashes = new Uint32Array(FIRST_SLOTS / 2);
  /** Where each key begins; and where the last one ends. */
  #offsets = new Uint32Array(FIRST_SLOTS / 2 + 1);
  #counts = new Float64Array(FIRST_SLOTS / 2);
  #count = 0;

  /** About what it holds, for a budget. */
  get bytes(): number {
    return (this.#offsets[this.#count] as number) + this.#count * BYTES_ABOUT_A_KEY;
  }

  add(key: HashedSpan): void {
    const { bytes, start, hash } = key;
    const length = key.end - start;
    const slots = this.#slots;
    const offsets = this.#offsets;
    const keys = this.#keys;
    const mask = slots.length - 1;
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const number = slots[slot] as number;
      if (number === 0) {
        this.#insert(slot, key);
        return;
      }
      if (this.#hashes[number - 1] !== hash) continue;
      const from = offsets[number - 1] as number;
      if ((offsets[number] as number) - from !== length) continue;
      let i = 0;
      while (i < length && keys[from + i] === bytes[start + i]) i++;
      if (i < length) continue;
      (this.#counts[number - 1] as number)++;
      return;
    }
  }

  /** Goes through all keys and their counts, and is empty afterwards. */
  drain(visit: (key: Buffer, count: number) => void): void {
    for (let i = 0; i < this.#count; i++) {
      visit(this.#keys.subarray(this.#offsets[i] as number, this.#offsets[i + 1] as number), this.#counts[i] as number);
    }
    this.#slots.fill(0);
    this.#count = 0;
  }

  #insert(slot: number, { bytes, start, end, hash }: HashedSpan): void {
    const from = this.#offsets[this.#count] as number;
    const to = from + end - start;
    if (to > this.#keys.length) {
      const larger = Buffer.allocUnsafe(Math.max(to, 2 * this.#keys.length));
      larger.set(this.#keys.subarray(0, from));
      this.#keys = larger;
    }
    bytes.copy(this.#keys, from, start, end);
    this.#hashes[this.#count] = hash;
    this.#counts[this.#count] = 1;
    this.#count++;
    this.#offsets[this.#count] = to;
    this.#slots[slot] = this.#count;
    if (this.#count === this.#hashes.length) this.#grow();
  }

  #grow(): void {
    const size = 2 * this.#slots.length;
    this.#hashes = copied(this.#hashes, new Uint32Array(size / 2));
    this.#counts = copied(this.#counts, new Float64Array(size / 2));
    this.#offsets = copied(this.#offsets, new Uint32Array(size / 2 + 1));
    this.#slots = new Uint32Array(size);
    for (let i = 0; i < this.#count; i++) {
      const hash = this.#hashes[i] as number;
      let slot = (hash ^ (hash >>> 15)) & (size - 1);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (size - 1);
      this.#slots[slot] = i + 1;
    }
  }
}

function copied<Values extends Uint32Array | Float64Array>(from: Values, to: Values): Values {
  to.set(from);
  return to;
}
