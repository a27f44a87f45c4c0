// Replies go out in the order of their requests, whenever each of them is ready; all that became ready in one turn goes out in
// one write.
import type { ReplyWriter } from "./protocol/reply-writer.ts";

/** Where the reply of one request belongs. */
export type Place = {
  bytes: Buffer | null;
  readonly command: string;
  readonly beganMs: number;
  /** What waits until everything before it is answered. */
  start: (() => void) | null;
};

export type ReplyQueueOptions = {
  readonly write: (bytes: Buffer) => void;
  readonly nowMs: () => number;
  readonly onReplied: (place: Place) => void;
  readonly onFlushed: () => void;
};

/** Beyond that a copy costs more than another write. */
const COPIED_BYTES_MAX = 65_536;

export class ReplyQueue {
  readonly #options: ReplyQueueOptions;
  #places: Place[] = [];
  #head = 0;
  #isScheduled = false;
  #largest = 0;

  constructor(options: ReplyQueueOptions) {
    this.#options = options;
  }

  /** Requests whose replies are not written. */
  get waiting(): number {
    return this.#places.length - this.#head;
  }

  /** What their replies may take, judging by those before. */
  get expectedBytes(): number {
    return this.waiting * this.#largest;
  }

  add(command: string): Place {
    const place: Place = { bytes: null, command, beganMs: this.#options.nowMs(), start: null };
    this.#places.push(place);
    return place;
  }

  /** Begins once everything that was asked before is answered. */
  begin(place: Place, start: () => void): void {
    if (this.#places[this.#head] === place) start();
    else place.start = start;
  }

  fill(place: Place, out: ReplyWriter): void {
    this.fillWith(place, out.finish());
  }

  fillWith(place: Place, bytes: Buffer): void {
    place.bytes = bytes;
    this.#largest = Math.max(bytes.length, Math.floor(this.#largest * 0.99));
    this.#options.onReplied(place);
    if (this.#isScheduled || this.#places[this.#head]?.bytes === null) return;
    this.#isScheduled = true;
    // A turn of the replica, or a chunk of requests, runs to its end before this.
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#isScheduled = false;
    const ready: Buffer[] = [];
    let bytes = 0;
    for (let place = this.#places[this.#head]; place !== undefined && place.bytes !== null; place = this.#places[++this.#head]) {
      if (bytes + place.bytes.length > COPIED_BYTES_MAX) {
        this.#write(ready);
        bytes = 0;
      }
      ready.push(place.bytes);
      bytes += place.bytes.length;
    }
    if (this.#head > 64 && this.#head * 2 > this.#places.length) {
      this.#places = this.#places.slice(this.#head);
      this.#head = 0;
    }
    this.#write(ready);
    const next = this.#places[this.#head];
    const start = next?.start;
    if (next !== undefined) next.start = null;
    start?.();
    this.#options.onFlushed();
  }

  #write(ready: Buffer[]): void {
    const [first] = ready;
    if (first !== undefined) this.#options.write(ready.length === 1 ? first : Buffer.concat(ready));
    ready.length = 0;
  }
}
