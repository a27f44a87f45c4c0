// Replies go out in the order of their requests, whenever each of them is ready; all that became ready in one turn goes out in
// one write. The reply whose turn it is goes straight to where all of them are collected; one that is ready too early waits.
import { AfterTurn } from "../after-turn.ts";
import type { ProtocolVersion } from "./protocol/reply-writer.ts";
import { ReplyWriter } from "./protocol/reply-writer.ts";
import { ReplyMemory } from "./reply-memory.ts";

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
  next: Place | null;
};

export type ReplyQueueOptions = {
  /** What is given to it is not changed before all of it was taken, as `unsentBytes` says. */
  readonly write: (bytes: Buffer) => void;
  readonly unsentBytes: () => number;
  readonly nowMs: () => number;
  /** In their order. */
  readonly onReplied: (place: Place, nowMs: number) => void;
  readonly onFlushed: () => void;
};

/** Shared by all connections of this process: each has replies in it for the length of a turn. */
const memory = new ReplyMemory();
/** A turn of the replica, or a chunk of requests, runs to its end before this. */
const flushes = new AfterTurn<ReplyQueue>((queue) => queue.flush());

/** Beyond that a copy costs more than another write. */
const COPIED_BYTES_MAX = 65_536;
const MINUS = 0x2d;

export class ReplyQueue {
  readonly #options: ReplyQueueOptions;
  /** Linked in their order, up to the last: those whose replies go out next, and those that are not answered. */
  #outgoing: Place | null = null;
  #unanswered: Place | null = null;
  #last: Place | null = null;
  #waiting = 0;
  /** What goes out next. */
  readonly #out = new ReplyWriter(2, memory);
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
    return this.#waiting;
  }

  get isWritten(): boolean {
    return this.#outgoing === null;
  }

  /** What they take, and what their replies may take, judging by those before. */
  get expectedBytes(): number {
    return this.#requestBytes + this.#waiting * this.#largest;
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
    return this.#unanswered === place;
  }

  add(command: string, arrivedMs: number, requestBytes: number): Place {
    const number = ++this.#lastNumber;
    const place: Place = { bytes: null, isError: false, command, arrivedMs, requestBytes, number, start: null, next: null };
    this.#requestBytes += requestBytes;
    this.#waiting++;
    if (this.#last !== null) this.#last.next = place;
    this.#last = place;
    this.#outgoing ??= place;
    this.#unanswered ??= place;
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
    for (let place = this.#unanswered; place !== null && place.bytes !== null; place = this.#unanswered) {
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
    flushes.add(this);
  }

  #goesOut(place: Place): void {
    this.#requestBytes -= place.requestBytes;
    this.#waiting--;
    this.#unanswered = place.next;
  }

  /** For whoever calls it once the turn is over. */
  flush(): void {
    this.#isScheduled = false;
    this.#write();
    this.#tellReplied();
    const next = this.#unanswered;
    const start = next?.start;
    if (next !== null) next.start = null;
    start?.();
    this.#options.onFlushed();
  }

  #tellReplied(): void {
    const { onReplied, nowMs: readNowMs } = this.#options;
    const nowMs = readNowMs();
    for (let place = this.#outgoing; place !== null && place !== this.#unanswered; place = this.#outgoing) {
      this.#outgoing = place.next;
      // What the collector takes for alive a while longer must not keep all that came behind it.
      place.next = null;
      onReplied(place, nowMs);
    }
    if (this.#outgoing === null) this.#last = null;
  }

  /** Its memory is used again where the system has all of it; what waits behind others takes hardly more memory than it has bytes. */
  #write(): void {
    if (this.#out.length === 0) return;
    const { write, unsentBytes } = this.#options;
    const isWaiting = unsentBytes() > 0;
    write(isWaiting ? this.#out.finishToKeep() : this.#out.finish());
    this.#out.clear(isWaiting || unsentBytes() === 0);
  }
}
