// The items of one leaf, packed: their numbers in one array, their values in one array of bytes. A garbage collector looks at
// every object that it may not take, so a store of a million objects stands still for it; this one has a few for each leaf.
//
// Bytes that were given to a value are never written again: whoever holds a view of one keeps what it saw. What is no longer
// needed stays until the page is full, or most of it is such; then what is needed moves to a new one. Large values keep the array that they came in.
import { EMPTY_BYTES } from "../base/bytes.ts";
import type { Column } from "./column.ts";
import type { KvItem } from "./kv-state.ts";

/** A page of so large values would be moved for too long, and they are few enough to be objects of their own. */
export const LARGE_BYTES = 16_384;
/** By how much more than is needed a page is made: what is left over is taken by the next changes. */
const ROOM_SHARE = 1.25;
/** A page of which less is needed is made anew: small values took the place of large ones, or few are left of many. */
const NEEDED_SHARE_MIN = 0.25;
/** Not worth the work. */
const SMALL_PAGE_BYTES = 4_096;
const FIRST_ITEMS = 4;

const VERSION = 0;
const REVISION = 1;
const DEADLINE = 2;
const HASH = 3;
/** Where the value begins in the page; of a large one -1 less its number. */
const OFFSET = 4;
const LENGTH = 5;
const CHECKSUM = 6;
const FIELDS = 7;

export class ItemColumn implements Column<KvItem> {
  #count = 0;
  #numbers = new Float64Array(FIRST_ITEMS * FIELDS);
  #page: Uint8Array = EMPTY_BYTES;
  /** Bytes of the page that were given to values, and how many of them still are somebody's. */
  #given = 0;
  #needed = 0;
  #large: Map<number, Uint8Array> | null = null;
  #largeCount = 0;

  get length(): number {
    return this.#count;
  }

  /** The value is a view, and stays what it is whatever happens here. */
  at(index: number): KvItem {
    const numbers = this.#numbers;
    const at = index * FIELDS;
    return {
      value: this.#valueAt(at),
      version: numbers[at + VERSION] as number,
      revision: numbers[at + REVISION] as number,
      deadlineMs: numbers[at + DEADLINE] as number,
      checksum: numbers[at + CHECKSUM] as number,
      hash: numbers[at + HASH] as number,
    };
  }

  set(index: number, item: KvItem): void {
    this.#forget(index);
    this.#write(index, item);
    this.#giveBack();
  }

  insert(index: number, item: KvItem): void {
    this.#reserveItem();
    const at = index * FIELDS;
    this.#numbers.copyWithin(at + FIELDS, at, this.#count * FIELDS);
    this.#count++;
    // Nothing of it is anybody's while room is made for its value.
    this.#numbers[at + LENGTH] = 0;
    this.#numbers[at + OFFSET] = 0;
    this.#write(index, item);
  }

  remove(index: number): void {
    this.#forget(index);
    const at = index * FIELDS;
    this.#numbers.copyWithin(at, at + FIELDS, this.#count * FIELDS);
    this.#count--;
    this.#giveBack();
  }

  cut(index: number): ItemColumn {
    const taken = new ItemColumn();
    for (let i = index; i < this.#count; i++) taken.insert(i - index, this.at(i));
    if (taken.#count > 1) taken.#move(taken.#needed);
    for (let i = index; i < this.#count; i++) this.#forget(i);
    this.#count = index;
    // What was cut in the middle would hold twice as much as it needs.
    if (this.#needed * ROOM_SHARE < this.#given) this.#move(Math.ceil(this.#needed * ROOM_SHARE));
    return taken;
  }

  append(column: Column<KvItem>): void {
    for (let i = 0; i < column.length; i++) this.insert(this.#count, column.at(i));
  }

  copy(): ItemColumn {
    const copied = new ItemColumn();
    copied.#count = this.#count;
    copied.#numbers = this.#numbers.slice();
    copied.#page = this.#page;
    copied.#needed = this.#needed;
    copied.#large = this.#large === null ? null : new Map(this.#large);
    copied.#largeCount = this.#largeCount;
    // Into a page of its own: the two give bytes to different values from here on.
    copied.#move(this.#page.length);
    return copied;
  }

  #valueAt(at: number): Uint8Array {
    const offset = this.#numbers[at + OFFSET] as number;
    if (offset < 0) return this.#large?.get(-1 - offset) ?? EMPTY_BYTES;
    return this.#page.subarray(offset, offset + (this.#numbers[at + LENGTH] as number));
  }

  #write(index: number, { value, version, revision, deadlineMs, checksum, hash }: KvItem): void {
    const offset = value.length > LARGE_BYTES ? -1 - this.#keepLarge(value) : this.#give(value);
    const numbers = this.#numbers;
    const at = index * FIELDS;
    numbers[at + VERSION] = version;
    numbers[at + REVISION] = revision;
    numbers[at + DEADLINE] = deadlineMs;
    numbers[at + CHECKSUM] = checksum;
    numbers[at + HASH] = hash;
    numbers[at + OFFSET] = offset;
    numbers[at + LENGTH] = value.length;
  }

  #keepLarge(value: Uint8Array): number {
    this.#large ??= new Map();
    this.#large.set(this.#largeCount, value);
    return this.#largeCount++;
  }

  #give(value: Uint8Array): number {
    if (this.#given + value.length > this.#page.length) this.#move(Math.ceil((this.#needed + value.length) * ROOM_SHARE));
    const offset = this.#given;
    this.#page.set(value, offset);
    this.#given += value.length;
    this.#needed += value.length;
    return offset;
  }

  #forget(index: number): void {
    const at = index * FIELDS;
    const offset = this.#numbers[at + OFFSET] as number;
    if (offset < 0) this.#large?.delete(-1 - offset);
    else this.#needed -= this.#numbers[at + LENGTH] as number;
    this.#numbers[at + OFFSET] = 0;
    this.#numbers[at + LENGTH] = 0;
  }

  #giveBack(): void {
    const { length } = this.#page;
    if (length > SMALL_PAGE_BYTES && this.#needed < length * NEEDED_SHARE_MIN) this.#move(Math.ceil(this.#needed * ROOM_SHARE));
  }

  /** What is needed, to a new page. */
  #move(bytes: number): void {
    const page = new Uint8Array(Math.max(bytes, this.#needed));
    let given = 0;
    for (let at = 0; at < this.#count * FIELDS; at += FIELDS) {
      if ((this.#numbers[at + OFFSET] as number) < 0) continue;
      const value = this.#valueAt(at);
      page.set(value, given);
      this.#numbers[at + OFFSET] = given;
      given += value.length;
    }
    this.#page = page;
    this.#given = given;
  }

  #reserveItem(): void {
    if ((this.#count + 1) * FIELDS <= this.#numbers.length) return;
    const larger = new Float64Array(2 * this.#numbers.length);
    larger.set(this.#numbers);
    this.#numbers = larger;
  }
}
