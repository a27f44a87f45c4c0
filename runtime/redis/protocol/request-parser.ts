// Requests of the Redis protocol out of the bytes of a connection: lists of byte strings, or lines of words as a person types
// them. Bytes may come in any pieces. The arguments are views of what came, valid for as long as somebody holds them.
import { wordsOf } from "./inline-words.ts";
import type { KnownWords } from "./known-words.ts";

export type RequestLimits = { readonly bulkBytesMax: number; readonly requestBytesMax: number; readonly argumentsMax: number };

export type Request = readonly Buffer[];

/** Each argument takes far more memory than its bytes have, and time even if its command is refused then. */
export const DEFAULT_REQUEST_LIMITS: RequestLimits = { bulkBytesMax: 2_097_152, requestBytesMax: 33_554_432, argumentsMax: 65_536 };
/** Of somebody who has not said who it is. */
export const STRANGER_LIMITS: RequestLimits = { bulkBytesMax: 16_384, requestBytesMax: 65_536, argumentsMax: 10 };

const LINE_BYTES_MAX = 65_536;
/** A line with a number ends within so many bytes: so few are looked at faster here than by a call that leaves JavaScript. */
const NUMBER_LINE_BYTES = 20;
/** Room for more is only taken as they come: a few bytes announce many. */
const ARGUMENTS_EXPECTED_MAX = 16;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const STAR = 0x2a;
const DOLLAR = 0x24;
const ZERO = 0x30;
const NINE = 0x39;
const MINUS = 0x2d;
const NONE: Buffer[] = [];

export class RequestParser {
  limits: RequestLimits;
  /** Which first arguments need no view of their own. */
  readonly #names: KnownWords | null;
  #data: Buffer = Buffer.alloc(0);
  #position = 0;
  #end = 0;
  /** Whether `#data` is this parser's own, with room behind `#end`. */
  #isOwn = false;
  /** Of the request that is being read. */
  #arguments: Buffer[] = NONE;
  #taken = 0;
  #missing = 0;
  #requestBytes = 0;
  /** The length of the next byte string; -1: not known yet. */
  #bulkLength = -1;
  #broken: string | null = null;

  constructor(limits: RequestLimits = DEFAULT_REQUEST_LIMITS, names: KnownWords | null = null) {
    this.limits = limits;
    this.#names = names;
  }

  /** What a person would be told; nothing is read after that. */
  get broken(): string | null {
    return this.#broken;
  }

  /** What came and is no request yet. */
  get waitingBytes(): number {
    return this.#end - this.#position + this.#requestBytes;
  }

  push(chunk: Buffer): void {
    if (this.#position === this.#end) {
      this.#data = chunk;
      this.#position = 0;
      this.#end = chunk.length;
      this.#isOwn = false;
    } else this.#append(chunk);
  }

  /** Null: there is none that is whole. */
  next(): Request | null {
    while (this.#broken === null) {
      if (this.#missing === 0) {
        if (this.#position === this.#end) return null;
        if (this.#data[this.#position] !== STAR) {
          const words = this.#takeLineOfWords();
          if (words === null) return null;
          if (words.length > 0) return words;
          continue;
        }
        if (!this.#takeCount()) return null;
      }
      if (this.#missing > 0) {
        if (!this.#takeBulk()) return null;
        if (this.#missing === 0) return this.#finish();
      }
    }
    return null;
  }

  /** Views stay valid: what is there is only ever added to, or copied elsewhere. */
  #append(chunk: Buffer): void {
    const waiting = this.#end - this.#position;
    if (!this.#isOwn || this.#end + chunk.length > this.#data.length) {
      const wanted = Math.max(waiting + chunk.length, this.#bulkLength + 2);
      const larger = Buffer.allocUnsafeSlow(wanted < 1_024 ? 2_048 : this.#bulkLength >= waiting + chunk.length ? wanted : 2 * wanted);
      this.#data.copy(larger, 0, this.#position, this.#end);
      this.#data = larger;
      this.#position = 0;
      this.#end = waiting;
      this.#isOwn = true;
    }
    chunk.copy(this.#data, this.#end);
    this.#end += chunk.length;
  }

  #finish(): Request {
    const request = this.#arguments;
    this.#arguments = NONE;
    this.#taken = 0;
    this.#requestBytes = 0;
    return request;
  }

  /** Nothing and negative numbers are no request. */
  #takeCount(): boolean {
    const lineEnd = this.#lineEnd("too big mbulk count string");
    if (lineEnd < 0) return false;
    const count = numberIn(this.#data, this.#position + 1, lineEnd);
    if (count === null || count > this.limits.argumentsMax) {
      const isStranger = count !== null && this.limits.argumentsMax < DEFAULT_REQUEST_LIMITS.argumentsMax;
      return this.#break(isStranger ? "unauthenticated multibulk length" : "invalid multibulk length");
    }
    this.#position = lineEnd + 2;
    this.#missing = Math.max(0, count);
    // Of just the right length: an array that grows has room for many more.
    this.#arguments = new Array<Buffer>(Math.min(this.#missing, ARGUMENTS_EXPECTED_MAX));
    return true;
  }

  #takeBulk(): boolean {
    if (this.#bulkLength < 0 && !this.#takeBulkLength()) return false;
    if (this.#end - this.#position < this.#bulkLength + 2) return false;
    const start = this.#position;
    const end = start + this.#bulkLength;
    const known = this.#taken === 0 && this.#names !== null ? this.#names.find(this.#data, start, end) : null;
    this.#arguments[this.#taken++] = known ?? this.#data.subarray(start, end);
    this.#position = end + 2;
    this.#bulkLength = -1;
    this.#missing--;
    return true;
  }

  #takeBulkLength(): boolean {
    if (this.#position === this.#end) return false;
    const first = this.#data[this.#position] as number;
    if (first !== DOLLAR) return this.#break(`expected '$', got '${String.fromCharCode(first)}'`);
    const lineEnd = this.#lineEnd("too big bulk count string");
    if (lineEnd < 0) return false;
    const length = numberIn(this.#data, this.#position + 1, lineEnd);
    const { bulkBytesMax, requestBytesMax } = this.limits;
    if (length === null || length < 0) return this.#break("invalid bulk length");
    if (length > bulkBytesMax)
      return this.#break(bulkBytesMax === STRANGER_LIMITS.bulkBytesMax ? "unauthenticated bulk length" : "invalid bulk length");
    this.#requestBytes += length;
    if (this.#requestBytes > requestBytesMax) return this.#break("too big request");
    this.#position = lineEnd + 2;
    this.#bulkLength = length;
    return true;
  }

  #takeLineOfWords(): Request | null {
    const feed = this.#data.subarray(0, this.#end).indexOf(LINE_FEED, this.#position);
    if (feed < 0) {
      if (this.#end - this.#position > LINE_BYTES_MAX) this.#break("too big inline request");
      return null;
    }
    const end = feed > this.#position && this.#data[feed - 1] === CARRIAGE_RETURN ? feed - 1 : feed;
    const words = wordsOf(this.#data.subarray(this.#position, end));
    this.#position = feed + 1;
    if (words === null) this.#break("unbalanced quotes in request");
    return words;
  }

  /** Where the carriage return of the line is; -1: not there yet. */
  #lineEnd(tooLong: string): number {
    const near = Math.min(this.#position + NUMBER_LINE_BYTES, this.#end - 1);
    for (let at = this.#position; at < near; at++) if (this.#data[at] === CARRIAGE_RETURN) return at;
    const end = near === this.#end - 1 ? -1 : this.#data.subarray(0, this.#end).indexOf(CARRIAGE_RETURN, near);
    if (end >= 0 && end + 1 < this.#end) return end;
    if (this.#end - this.#position > LINE_BYTES_MAX) this.#break(tooLong);
    return -1;
  }

  #break(message: string): false {
    this.#broken = message;
    return false;
  }
}

/** Null: no whole number, or one that is too long. */
function numberIn(data: Buffer, from: number, to: number): number | null {
  const isNegative = data[from] === MINUS;
  const first = isNegative ? from + 1 : from;
  if (first >= to || to - first > 15) return null;
  let number = 0;
  for (let i = first; i < to; i++) {
    const digit = data[i] as number;
    if (digit < ZERO || digit > NINE) return null;
    number = number * 10 + digit - ZERO;
  }
  return isNegative ? -number : number;
}
