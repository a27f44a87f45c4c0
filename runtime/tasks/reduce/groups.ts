// Sorted records, key by key. The values of a key come one by one, however many there are.
import type { RecordCursor } from "../records/record-layout.ts";

/** Gives records in order of their keys; what it gives is valid until the next call. */
export interface SortedRecords {
  next(): RecordCursor | null;
}

const FIRST_BYTES = 256;

export class Groups {
  readonly #source: SortedRecords;
  #key = Buffer.allocUnsafe(FIRST_BYTES);
  #keyLength = 0;
  /** The first record that was not given yet. */
  #ahead: RecordCursor | null;
  #isInGroup = false;
  /** Whether the record at hand was given. */
  #isGiven = false;
  #records = 0;

  constructor(source: SortedRecords) {
    this.#source = source;
    this.#ahead = source.next();
  }

  /** Valid until the next group. */
  get key(): Buffer {
    return this.#key.subarray(0, this.#keyLength);
  }

  /** Read so far. */
  get records(): number {
    return this.#records;
  }

  /** Values of the group before that were not read are passed over. */
  nextGroup(): boolean {
    while (this.nextValue() !== null);
    const ahead = this.#ahead;
    if (ahead === null) return false;
    const length = ahead.keyEnd - ahead.keyStart;
    if (length > this.#key.length) this.#key = Buffer.allocUnsafe(2 * length);
    this.#key.set(ahead.bytes.subarray(ahead.keyStart, ahead.keyEnd), 0);
    this.#keyLength = length;
    this.#isInGroup = true;
    this.#isGiven = false;
    return true;
  }

  /** Its value lies in `bytes[keyEnd, valueEnd)`. Null behind the last value of the group. */
  nextValue(): RecordCursor | null {
    if (!this.#isInGroup) return null;
    if (this.#isGiven) {
      this.#ahead = this.#source.next();
      if (this.#ahead === null || !this.#isOfGroup(this.#ahead)) {
        this.#isInGroup = false;
        return null;
      }
    }
    this.#isGiven = true;
    this.#records++;
    return this.#ahead;
  }

  #isOfGroup({ bytes, keyStart, keyEnd }: RecordCursor): boolean {
    const length = this.#keyLength;
    if (keyEnd - keyStart !== length) return false;
    const key = this.#key;
    for (let i = length - 1; i >= 0; i--) if (key[i] !== bytes[keyStart + i]) return false;
    return true;
  }
}
