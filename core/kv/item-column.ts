// The items of one leaf, packed: their numbers in one array, their values in one array of bytes. A garbage collector looks at
// every object that it may not take, so a store of a million objects stands still for it; this one has a few for each leaf.
//
// Bytes that were given to a value are never written again: whoever holds a view of one keeps what it saw. What is no longer
// needed stays until the page is full, or most of it is such; then what is needed moves to a new one. Large values keep the array that they came in.
import { EMPTY_BYTES } from "../base/bytes.ts";
import type { Column } from "./column.ts";
import { ItemNumbers } from "./item-numbers.ts";
import type { KvItem } from "./kv-state.ts";
import { PackedItem } from "./packed-item.ts";

/** A page of so large values would be moved for too long, and they are few enough to be objects of their own. */
export const LARGE_BYTES = 16_384;
/** What a page is made larger than is needed: the next changes take it. To make a page costs as much as many changes do. */
const ROOM_SHARE = 0.25;
/** As large as the share of a page of larger values is; but a page is never made more than twice as large as is needed. */
const ROOM_BYTES_MIN = 8_192;
/** A page of which less is needed is made anew: small values took the place of large ones, or few are left of many. */
const NEEDED_SHARE_MIN = 0.25;
/** Not worth the work. */
const SMALL_PAGE_BYTES = 4_096;

/** A value that a column may be given for good: a small one is copied into its page, a large one stays in the array that it came in. */
export const ownValue = (value: Uint8Array): Uint8Array => (value.length > LARGE_BYTES ? value.slice() : value);

export class ItemColumn implements Column<KvItem> {
  #count = 0;
  #numbers = new ItemNumbers();
  #page: Uint8Array = EMPTY_BYTES;
  /** Bytes of the page that were given to values, and how many of them still are somebody's. */
  #given = 0;
  #needed = 0;
  #large: Map<number, Uint8Array> | null = null;

  get length(): number {
    return this.#count;
  }

  /** The value is a view, and stays what it is whatever happens here. */
  at(index: number): KvItem {
    const offset = this.#numbers.offset(index);
    return new PackedItem(offset < 0 ? this.#largeAt(offset) : this.#page, this.#numbers, index);
  }

  set(index: number, item: KvItem): void {
    this.#forget(index);
    this.#write(index, item);
    this.#giveBack();
  }

  insert(index: number, item: KvItem): void {
    this.#numbers.insert(index, this.#count);
    this.#count++;
    // Nothing of it is anybody's while room is made for its value.
    this.#numbers.place(index, 0, 0);
    this.#write(index, item);
  }

  remove(index: number): void {
    this.#forget(index);
    this.#numbers.remove(index, this.#count);
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
    if (withRoom(this.#needed) < this.#given) this.#move(withRoom(this.#needed));
    return taken;
  }

  append(column: Column<KvItem>): void {
    for (let i = 0; i < column.length; i++) this.insert(this.#count, column.at(i));
  }

  copy(): ItemColumn {
    const copied = new ItemColumn();
    copied.#count = this.#count;
    copied.#numbers = this.#numbers.copy();
    copied.#page = this.#page;
    copied.#needed = this.#needed;
    copied.#large = this.#large === null ? null : new Map(this.#large);
    // Into a page of its own: the two give bytes to different values from here on.
    copied.#move(this.#page.length);
    return copied;
  }

  #largeAt(offset: number): Uint8Array {
    return this.#large?.get(-1 - offset) ?? EMPTY_BYTES;
  }

  #write(index: number, item: KvItem): void {
    const { value } = item;
    const offset = value.length > LARGE_BYTES ? -1 - this.#keepLarge(value) : this.#give(value);
    this.#numbers.write(index, item);
    this.#numbers.place(index, offset, value.length);
  }

  /** Under the lowest number that is free: a column has few, and its numbers have to fit into a word for ever. */
  #keepLarge(value: Uint8Array): number {
    this.#large ??= new Map();
    let number = 0;
    while (this.#large.has(number)) number++;
    this.#large.set(number, value);
    return number;
  }

  #give(value: Uint8Array): number {
    if (this.#given + value.length > this.#page.length) this.#move(withRoom(this.#needed + value.length));
    const offset = this.#given;
    this.#page.set(value, offset);
    this.#given += value.length;
    this.#needed += value.length;
    return offset;
  }

  #forget(index: number): void {
    const offset = this.#numbers.offset(index);
    if (offset < 0) this.#large?.delete(-1 - offset);
    else this.#needed -= this.#numbers.length(index);
    this.#numbers.place(index, 0, 0);
  }

  #giveBack(): void {
    const { length } = this.#page;
    if (length > SMALL_PAGE_BYTES && this.#needed < length * NEEDED_SHARE_MIN) this.#move(withRoom(this.#needed));
  }

  /** What is needed, to a new page: at once what lies in a row already. */
  #move(bytes: number): void {
    const page = new Uint8Array(Math.max(bytes, this.#needed));
    const numbers = this.#numbers;
    let given = 0;
    let [start, end] = [0, 0];
    for (let i = 0; i < this.#count; i++) {
      const offset = numbers.offset(i);
      if (offset < 0) continue;
      if (offset !== end) {
        page.set(this.#page.subarray(start, end), given);
        given += end - start;
        start = offset;
        end = offset;
      }
      numbers.place(i, given + offset - start, numbers.length(i));
      end += numbers.length(i);
    }
    page.set(this.#page.subarray(start, end), given);
    this.#page = page;
    this.#given = given + end - start;
  }
}

const withRoom = (bytes: number): number => bytes + Math.min(bytes, Math.max(ROOM_BYTES_MIN, Math.ceil(bytes * ROOM_SHARE)));
