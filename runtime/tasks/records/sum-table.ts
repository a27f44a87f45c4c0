// Counts by key on bytes: an open-addressing table of integers over one stretch of memory that holds the keys. A Map of strings
// takes several times as long for a word, most of it for making the string. All that is asked about a key lies side by side.
import type { Span } from "./byte-order.ts";

const FIRST_SLOTS = 1 << 13;
const FIRST_BYTES = 1 << 16;

/** Fields of a slot. A count of 0: the slot is free. */
const HASH = 0;
const START = 1;
const LENGTH = 2;
const COUNT = 3;
const FIELDS = 4;
/** As far as a field counts. A key that has as many goes on in another slot. */
export const COUNT_MAX = 0x7fff_ffff;
/** Half of the slots stay free. */
const BYTES_ABOUT_A_KEY = 2 * FIELDS * 4;

export class SumTable {
  #keys = Buffer.allocUnsafe(FIRST_BYTES);
  #keysLength = 0;
  #slots = new Int32Array(FIRST_SLOTS * FIELDS);
  #count = 0;
  readonly #countMax: number;
  /** Of the key that is added next: any good hash, the same for equal keys. */
  hash = 0;

  constructor(countMax = COUNT_MAX) {
    this.#countMax = countMax;
  }

  /** About what it holds, for a budget. */
  get bytes(): number {
    return this.#keysLength + this.#count * BYTES_ABOUT_A_KEY;
  }

  /** The key is `bytes[start, end)`, its hash was set before. */
  add(bytes: Buffer, start: number, end: number): void {
    const hash = this.hash | 0;
    const length = end - start;
    const slots = this.#slots;
    const keys = this.#keys;
    const last = slots.length - FIELDS;
    let slot = ((hash ^ (hash >>> 15)) * FIELDS) & last;
    while (slots[slot + COUNT] !== 0) {
      if (slots[slot + HASH] === hash && slots[slot + LENGTH] === length) {
        const from = slots[slot + START] as number;
        let i = 0;
        while (i < length && keys[from + i] === bytes[start + i]) i++;
        if (i === length && (slots[slot + COUNT] as number) < this.#countMax) {
          (slots[slot + COUNT] as number)++;
          return;
        }
      }
      slot = (slot + FIELDS) & last;
    }
    this.#insert(slot, bytes.subarray(start, end));
  }

  /** Goes through all keys and their counts, and is empty afterwards. A key may come several times: its counts are to be added. */
  drain(visit: (key: Span, count: number) => void): void {
    const slots = this.#slots;
    for (let slot = 0; slot < slots.length; slot += FIELDS) {
      const count = slots[slot + COUNT] as number;
      if (count === 0) continue;
      const start = slots[slot + START] as number;
      visit({ bytes: this.#keys, start, end: start + (slots[slot + LENGTH] as number) }, count);
    }
    slots.fill(0);
    this.#count = 0;
    this.#keysLength = 0;
  }

  #insert(slot: number, key: Buffer): void {
    const start = this.#keysLength;
    const end = start + key.length;
    if (end > this.#keys.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, 2 * this.#keys.length));
      larger.set(this.#keys.subarray(0, start));
      this.#keys = larger;
    }
    this.#keys.set(key, start);
    this.#keysLength = end;
    this.#slots.set([this.hash, start, key.length, 1], slot);
    this.#count++;
    if (2 * this.#count * FIELDS > this.#slots.length) this.#grow();
  }

  #grow(): void {
    const before = this.#slots;
    const slots = new Int32Array(2 * before.length);
    const last = slots.length - FIELDS;
    for (let from = 0; from < before.length; from += FIELDS) {
      if (before[from + COUNT] === 0) continue;
      const hash = before[from + HASH] as number;
      let slot = ((hash ^ (hash >>> 15)) * FIELDS) & last;
      while (slots[slot + COUNT] !== 0) slot = (slot + FIELDS) & last;
      for (let i = 0; i < FIELDS; i++) slots[slot + i] = before[from + i] as number;
    }
    this.#slots = slots;
  }
}
