// The keys of one node of a tree, in order, packed into one array of bytes. A search then stays in one small piece of
// memory instead of following a pointer for every key that it compares, and a key costs its bytes and little more.

const FIRST_BYTES = 256;
const FIRST_KEYS = 16;
/** Of a page without keys: a group has hundreds of shards that are empty. */
const NO_BYTES = new Uint8Array(0);
const NO_ENDS = new Uint32Array(0);

export class KeyPage {
  #bytes: Uint8Array;
  /** Where each key ends, and the next begins. */
  #ends: Uint32Array;
  #count: number;

  constructor(bytes: Uint8Array = NO_BYTES, ends = NO_ENDS, count = 0) {
    this.#bytes = bytes;
    this.#ends = ends;
    this.#count = count;
  }

  get count(): number {
    return this.#count;
  }

  /** A view: valid until the page changes. */
  at(index: number): Uint8Array {
    return this.#bytes.subarray(this.#startOf(index), this.#startOf(index + 1));
  }

  /** How many keys are below `key`: the place where it is, or would be. */
  countBelow(key: Uint8Array): number {
    const place = this.#search(key);
    return place < 0 ? -1 - place : place;
  }

  /** How many keys are not above `key`. */
  countUpTo(key: Uint8Array): number {
    const place = this.#search(key);
    return place < 0 ? -1 - place : place + 1;
  }

  /** Where the key is; -1 if it is not there. */
  indexOf(key: Uint8Array): number {
    const place = this.#search(key);
    return place < 0 ? -1 : place;
  }

  isAt(index: number, key: Uint8Array): boolean {
    if (index < 0 || index >= this.#count) return false;
    const start = this.#startOf(index);
    if (this.#startOf(index + 1) - start !== key.length) return false;
    for (let i = 0; i < key.length; i++) if (this.#bytes[start + i] !== key[i]) return false;
    return true;
  }

  insert(index: number, key: Uint8Array): void {
    const start = this.#startOf(index);
    const used = this.#startOf(this.#count);
    this.#reserve(used + key.length, this.#count + 1);
    this.#bytes.copyWithin(start + key.length, start, used);
    this.#bytes.set(key, start);
    const ends = this.#ends;
    for (let i = this.#count; i > index; i--) ends[i] = (ends[i - 1] as number) + key.length;
    ends[index] = start + key.length;
    this.#count++;
  }

  remove(index: number): void {
    const start = this.#startOf(index);
    const end = this.#startOf(index + 1);
    this.#bytes.copyWithin(start, end, this.#startOf(this.#count));
    const ends = this.#ends;
    this.#count--;
    for (let i = index; i < this.#count; i++) ends[i] = (ends[i + 1] as number) - (end - start);
  }

  /** Takes the keys from `index` on away, into a page of their own. */
  cut(index: number): KeyPage {
    const taken = new KeyPage();
    taken.#append(this, index);
    this.#count = index;
    return taken;
  }

  append(page: KeyPage): void {
    this.#append(page, 0);
  }

  copy(): KeyPage {
    return new KeyPage(this.#bytes.slice(), this.#ends.slice(), this.#count);
  }

  #append(page: KeyPage, from: number): void {
    const start = page.#startOf(from);
    const end = page.#startOf(page.#count);
    const used = this.#startOf(this.#count);
    const added = page.#count - from;
    this.#reserve(used + end - start, this.#count + added);
    this.#bytes.set(page.#bytes.subarray(start, end), used);
    for (let i = 0; i < added; i++) this.#ends[this.#count + i] = (page.#ends[from + i] as number) - start + used;
    this.#count += added;
  }

  #startOf(index: number): number {
    return index === 0 ? 0 : (this.#ends[index - 1] as number);
  }

  #reserve(bytes: number, keys: number): void {
    if (bytes > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(bytes, 2 * this.#bytes.length, FIRST_BYTES));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    if (keys > this.#ends.length) {
      const larger = new Uint32Array(Math.max(keys, 2 * this.#ends.length, FIRST_KEYS));
      larger.set(this.#ends);
      this.#ends = larger;
    }
  }

  /** Where the key is, or -1 less where it would be. */
  #search(key: Uint8Array): number {
    const bytes = this.#bytes;
    const ends = this.#ends;
    let low = 0;
    let high = this.#count;
    // What the key shares with the keys on both sides of the gap it shares with everything in between.
    let sharedLow = 0;
    let sharedHigh = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const start = middle === 0 ? 0 : (ends[middle - 1] as number);
      const length = (ends[middle] as number) - start;
      const shortest = length < key.length ? length : key.length;
      let shared = sharedLow < sharedHigh ? sharedLow : sharedHigh;
      while (shared < shortest && bytes[start + shared] === key[shared]) shared++;
      const order = shared < shortest ? (bytes[start + shared] as number) - (key[shared] as number) : length - key.length;
      if (order === 0) return middle;
      if (order < 0) {
        low = middle + 1;
        sharedLow = shared;
      } else {
        high = middle;
        sharedHigh = shared;
      }
    }
    return -1 - low;
  }
}
