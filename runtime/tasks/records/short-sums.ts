// Counts short keys: what there is to know about one, its bytes included, lies side by side in a slot of an open-addressing table, and a key
// is compared by three comparisons of integers. For words that is more than twice as fast as a table beside which the keys lie.
import type { Span } from "./byte-order.ts";
import { COUNT_MAX } from "./sum-table.ts";

/** A key is so long at most, not empty, and without a byte of 0: what is missing of twelve bytes is zeros. */
export const SHORT_KEY_BYTES = 12;

const FIRST_SLOTS = 1 << 13;
/** Fields of a slot: the key, four bytes in each, the first one lowest; and its count. A count of 0: the slot is free. */
const SECOND = 1;
const THIRD = 2;
const COUNT = 3;
const FIELDS = 4;
/** Half of the slots stay free. */
const BYTES_A_KEY = 2 * FIELDS * 4;

export class ShortSums {
  #slots = new Int32Array(FIRST_SLOTS * FIELDS);
  #keys = 0;
  readonly #countMax: number;

  constructor(countMax = COUNT_MAX) {
    this.#countMax = countMax;
  }

  /** About what it holds, for a budget. */
  get bytes(): number {
    return this.#keys * BYTES_A_KEY;
  }

  add(first: number, second: number, third: number): void {
    const slots = this.#slots;
    const last = slots.length - FIELDS;
    let slot = placeOf(first, second, third) & last;
    for (let count = slots[slot + COUNT] as number; count !== 0; count = slots[slot + COUNT] as number) {
      if (slots[slot] === first && slots[slot + SECOND] === second && slots[slot + THIRD] === third && count < this.#countMax) {
        slots[slot + COUNT] = count + 1;
        return;
      }
      slot = (slot + FIELDS) & last;
    }
    // One by one: a call into the machine for four integers takes longer, here and where the table grows.
    slots[slot] = first;
    slots[slot + SECOND] = second;
    slots[slot + THIRD] = third;
    slots[slot + COUNT] = 1;
    this.#keys++;
    if (2 * this.#keys * FIELDS > slots.length) this.#grow();
  }

  /** Goes through all keys and their counts, and is empty afterwards. A key may come several times. Its bytes are valid until the visitor returns. */
  drain(visit: (key: Span, count: number) => void): void {
    const slots = this.#slots;
    const bytes = Buffer.alloc(SHORT_KEY_BYTES);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    for (let slot = 0; slot < slots.length; slot += FIELDS) {
      const count = slots[slot + COUNT] as number;
      if (count === 0) continue;
      let end = 0;
      for (let i = 0; i < COUNT; i++) {
        const four = slots[slot + i] as number;
        view.setInt32(4 * i, four, true);
        end += bytesIn(four);
      }
      visit({ bytes, start: 0, end }, count);
    }
    slots.fill(0);
    this.#keys = 0;
  }

  #grow(): void {
    const before = this.#slots;
    const slots = new Int32Array(2 * before.length);
    const last = slots.length - FIELDS;
    for (let from = 0; from < before.length; from += FIELDS) {
      if (before[from + COUNT] === 0) continue;
      let slot = placeOf(before[from] as number, before[from + SECOND] as number, before[from + THIRD] as number) & last;
      while (slots[slot + COUNT] !== 0) slot = (slot + FIELDS) & last;
      for (let i = 0; i < FIELDS; i++) slots[slot + i] = before[from + i] as number;
    }
    this.#slots = slots;
  }
}

/** Up to the highest that is not 0. */
function bytesIn(four: number): number {
  return (39 - Math.clz32(four)) >> 3;
}

/** Where a key is looked for first, in a table without an end. */
function placeOf(first: number, second: number, third: number): number {
  const hash = Math.imul(first, 0x9e37_79b1) ^ Math.imul(second, 0x85eb_ca6b) ^ Math.imul(third, 0xc2b2_ae35);
  return (hash ^ (hash >>> 15)) * FIELDS;
}
