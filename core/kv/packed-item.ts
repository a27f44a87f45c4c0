// An item as a column gives it out. A write looks at the numbers of what it takes the place of and leaves its value alone, so the
// view of that is made once somebody asks for it.
import type { ItemNumbers } from "./item-numbers.ts";
import type { KvItem } from "./kv-state.ts";

export class PackedItem implements KvItem {
  readonly version: number;
  readonly revision: number;
  readonly deadlineMs: number;
  readonly checksum: number;
  readonly hash: number;
  /** Nothing that was given to a value in it is ever written again, whatever happens to the column. */
  readonly #page: Uint8Array;
  readonly #offset: number;
  readonly #length: number;

  /** `page`: of a large value the value. */
  constructor(page: Uint8Array, numbers: ItemNumbers, row: number) {
    this.version = numbers.version(row);
    this.revision = numbers.revision(row);
    this.deadlineMs = numbers.deadlineMs(row);
    this.checksum = numbers.checksum(row);
    this.hash = numbers.hash(row);
    this.#page = page;
    this.#offset = Math.max(0, numbers.offset(row));
    this.#length = numbers.length(row);
  }

  /** A view, and stays what it is. */
  get value(): Uint8Array {
    return this.#page.subarray(this.#offset, this.#offset + this.#length);
  }
}
