// Replies go out in the order of their requests, whenever each of them is ready; all that became ready in one turn goes out in
// one write. The reply whose turn it is goes straight to where all of them are collected; one that is ready too early waits.
import type { ProtocolVersion } from "./protocol/reply-writer.ts";
import { ReplyWriter } from "./protocol/reply-writer.ts";

/** Where the reply of one request belongs. */
export type Place = {
  /** What is ready and can't go out yet. */
  bytes: Buffer | null;
  isError: boolean;
  readonly command: string;
  readonly arrivedMs: number;
  /** What it takes, and what is kept free for its reply. */
  requestBytes: number;
  /** In the order of the requests. */
  readonly number: number;
  /** What waits until everything before it is answered. */
  start: (() => void) | null;
};

export type ReplyQueueOptions = {
  readonly write: (bytes: Buffer) => void;
  /** Those that went out together, in their order. */
  readonly onReplied: (places: readonly Place[]) => void;
  readonly onFlushed: () => void;
};

/** Beyond that a copy costs more than another write. */
const COPIED_BYTES_MAX = 65_536;
const MINUS = 0x2d;

export class ReplyQueue {
  readonly #options: ReplyQueueOptions;
  #places: Place[] = [];
  #head = 0;
  /** What goes out next, and whose replies are in it. */
  #out = new ReplyWriter(2);
  #outPlaces: Place[] = [];
  /** Where the reply that is being written begins in it. */
  #beginning = 0;
  #isScheduled = false;
  #largest = 0;
  #lastNumber = 0;
  #requestBytes = 0;
  #heldBytes = 0;

  constructor(options: ReplyQueueOptions) {
    this.#options = options;
  }

  /** Requests that are not answered. */
  get waiting(): number {
    return this.#places.length - this.#head;
  }

  get isWritten(): boolean {
    return this.waiting === 0 && this.#outPlaces.length === 0;
  }

  /** What they take, and what their replies may take, judging by those before. */
  get expectedBytes(): number {
    return this.#requestBytes + this.waiting * this.#largest;
  }

  /** What a reply may take, judging by those before. */
  get largestBytes(): number {
    return this.#largest;
  }

  /** Replies that are ready and wait for those before them. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  isNext(place: Place): boolean {
    return this.#places[this.#head] === place;
  }

  add(command: string, arrivedMs: number, requestBytes: number): Place {
    const place: Place = { bytes: null, isError: false, command, arrivedMs, requestBytes, number: ++this.#lastNumber, start: null };
    this.#requestBytes += requestBytes;
    this.#places.push(place);
    return place;
  }

  /** Its reply may take so much, whatever those before it took. */
  keepFree(place: Place, bytes: number): void {
    place.requestBytes += bytes;
    this.#requestBytes += bytes;
  }

  /** Begins once everything that was asked before is answered. */
  begin(place: Place, start: () => void): void {
    if (this.isNext(place)) start();
    else place.start = start;
  }

  /** For a reply that is written at once: nothing else may be written until `fill`. */
  writerFor(place: Place, protocol: ProtocolVersion): ReplyWriter {
    if (!this.isNext(place)) return new ReplyWriter(protocol);
    this.#beginning = this.#out.length;
    this.#out.protocol = protocol;
    return this.#out;
  }

  fill(place: Place, out: ReplyWriter): void {
    if (out !== this.#out) return this.fillWith(place, out.finish());
    place.isError = out.byteAt(this.#beginning) === MINUS;
    this.#hasLength(out.length - this.#beginning);
    this.#goesOut(place);
    this.#advance();
  }

  fillWith(place: Place, bytes: Buffer): void {
    place.bytes = bytes;
    place.isError = bytes[0] === MINUS;
    this.#heldBytes += bytes.length;
    this.#hasLength(bytes.length);
    if (this.isNext(place)) this.#advance();
  }

  #hasLength(bytes: number): void {
    this.#largest = Math.max(bytes, Math.floor(this.#largest * 0.99));
  }

  /** Takes along what was ready before its turn. */
  #advance(): void {
    for (let place = this.#places[this.#head]; place !== undefined && place.bytes !== null; place = this.#places[this.#head]) {
      if (place.bytes.length > COPIED_BYTES_MAX) {
        this.#write();
        this.#options.write(place.bytes);
      } else this.#out.raw(place.bytes);
      this.#heldBytes -= place.bytes.length;
      place.bytes = null;
      this.#goesOut(place);
    }
    if (this.#out.length > COPIED_BYTES_MAX) this.#write();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // A turn of the replica, or a chunk of requests, runs to its end before this.
    queueMicrotask(() => this.#flush());
  }

  #goesOut(place: Place): void {
    this.#outPlaces.push(place);
    this.#requestBytes -= place.requestBytes;
    this.#head++;
  }

  #flush(): void {
    this.#isScheduled = false;
    this.#write();
    const places = this.#outPlaces;
    this.#outPlaces = [];
    this.#options.onReplied(places);
    if (this.#head > 64 && this.#head * 2 > this.#places.length) {
      this.#places = this.#places.slice(this.#head);
      this.#head = 0;
    }
    const next = this.#places[this.#head];
    const start = next?.start;
    if (next !== undefined) next.start = null;
    start?.();
    this.#options.onFlushed();
  }

  #write(): void {
    const { length, protocol } = this.#out;
    if (length === 0) return;
    this.#options.write(this.#out.finish());
    // As much again is likely.
    this.#out = new ReplyWriter(protocol, Math.min(length, COPIED_BYTES_MAX));
  }
}
