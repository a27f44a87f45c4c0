// Merges sorted regions into one sorted sequence, holding a block of each. Six bytes of a key make one number, and most records are
// told apart by that. Records of one key come in the order of their sources.
import { compareSpans } from "../records/byte-order.ts";
import { RecordCursor } from "../records/record-layout.ts";
import type { BlockSource } from "./region-source.ts";

class Head {
  readonly order: number;
  readonly cursor = new RecordCursor(new Uint8Array(0));
  readonly #source: BlockSource;
  /** The first six bytes of the key. */
  prefix = 0;

  constructor(source: BlockSource, order: number) {
    this.#source = source;
    this.order = order;
  }

  /** False: the source has no more. */
  advance(): boolean {
    const cursor = this.cursor;
    while (!cursor.next()) {
      const block = this.#source.nextBlock();
      if (block === null) return false;
      cursor.reset(block);
    }
    this.prefix = prefixOf(cursor.bytes, cursor.keyStart, cursor.keyEnd);
    return true;
  }
}

export class Merger {
  /** A heap: no head comes before the one at half its place. */
  readonly #heads: Head[] = [];
  #isStarted = false;

  constructor(sources: readonly BlockSource[]) {
    for (const [order, source] of sources.entries()) {
      const head = new Head(source, order);
      if (head.advance()) this.#heads.push(head);
    }
    for (let i = (this.#heads.length >> 1) - 1; i >= 0; i--) this.#sink(i);
  }

  /** The record at hand, or null at the end. Valid until the next call. */
  next(): RecordCursor | null {
    const heads = this.#heads;
    if (this.#isStarted && heads.length > 0 && !(heads[0] as Head).advance()) {
      const last = heads.pop() as Head;
      if (heads.length > 0) heads[0] = last;
    }
    this.#isStarted = true;
    if (heads.length === 0) return null;
    this.#sink(0);
    return (heads[0] as Head).cursor;
  }

  #sink(from: number): void {
    const heads = this.#heads;
    const count = heads.length;
    const head = heads[from] as Head;
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= count) break;
      if (child + 1 < count && isBefore(heads[child + 1] as Head, heads[child] as Head)) child++;
      const smaller = heads[child] as Head;
      if (!isBefore(smaller, head)) break;
      heads[place] = smaller;
      place = child;
    }
    heads[place] = head;
  }
}

function isBefore(a: Head, b: Head): boolean {
  if (a.prefix !== b.prefix) return a.prefix < b.prefix;
  const { cursor: one } = a;
  const { cursor: other } = b;
  const order = compareSpans(
    { bytes: one.bytes, start: one.keyStart, end: one.keyEnd },
    { bytes: other.bytes, start: other.keyStart, end: other.keyEnd },
  );
  return order !== 0 ? order < 0 : a.order < b.order;
}

/** As a key that ends is followed by zeros; equal numbers say nothing. */
function prefixOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start >= 6) {
    const high = ((bytes[start] as number) << 16) | ((bytes[start + 1] as number) << 8) | (bytes[start + 2] as number);
    const low = ((bytes[start + 3] as number) << 16) | ((bytes[start + 4] as number) << 8) | (bytes[start + 5] as number);
    return high * 0x100_0000 + low;
  }
  let prefix = 0;
  for (let i = 0; i < 6; i++) prefix = prefix * 256 + (start + i < end ? (bytes[start + i] as number) : 0);
  return prefix;
}
