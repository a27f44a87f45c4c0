// Replies of the Redis protocol, in its second or third version: what has no form of its own in the second becomes a list.

export type ProtocolVersion = 2 | 3;

/** Where the memory for replies comes from, and goes to again. */
export interface WriterMemory {
  /** Null: it has none of that size. */
  take(bytes: number): Buffer | null;
  /** `isRead`: nobody looks at it any more. */
  giveBack(bytes: Buffer, isRead: boolean): void;
}

const FIRST_CAPACITY = 64;
/** Who wrote much may write as much again: to begin with little would be to copy it with each doubling. One large reply says nothing. */
const EXPECTED_MAX = 65_536;
/** Room is made for a little more than is written then, and no two are quite the same. */
const MARGIN = 1.125;
/** Of its memory, what is kept without a copy takes at least so much. */
const KEPT_SHARE = 0.75;
const NOTHING = Buffer.alloc(0);
const WIDE = /[\u0100-\uffff]/;
/** So short a text is written faster here than by a call that leaves JavaScript. */
const SHORT_TEXT = 24;
/** Of a length, with what stands before and behind it. */
const NUMBER_LINE_BYTES = 20;
const [STATUS, INTEGER, BULK, LIST, SET, MAP, NULL] = [0x2b, 0x3a, 0x24, 0x2a, 0x7e, 0x25, 0x5f] as const;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const ZERO = 0x30;

export class ReplyWriter {
  protocol: ProtocolVersion;
  readonly #memory: WriterMemory | null;
  /** Taken when the first reply is written: many connections have nothing to say for long. */
  #bytes: Buffer = NOTHING;
  /** `#bytes` is a piece of that memory. */
  #isPiece = false;
  #length = 0;
  /** What was written before the last `clear`. */
  #lastLength = 0;

  constructor(protocol: ProtocolVersion, memory: WriterMemory | null = null) {
    this.protocol = protocol;
    this.#memory = memory;
  }

  get length(): number {
    return this.#length;
  }

  byteAt(position: number): number | undefined {
    return this.#bytes[position];
  }

  /** Not a copy: nothing is written any more before `clear`. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** For whoever looks at it for long: hardly more memory than there are bytes, and not used again, whatever `clear` is told. */
  finishToKeep(): Buffer {
    const bytes = this.finish();
    if (!this.#isPiece && bytes.length >= KEPT_SHARE * bytes.buffer.byteLength) return bytes;
    const own = Buffer.allocUnsafeSlow(bytes.length);
    bytes.copy(own);
    return own;
  }

  /** Begins anew. `isRead`: nobody looks at what was written any more. */
  clear(isRead: boolean): void {
    if (this.#isPiece) this.#memory?.giveBack(this.#bytes, isRead);
    this.#isPiece = false;
    this.#bytes = NOTHING;
    this.#lastLength = this.#length;
    this.#length = 0;
  }

  simple(text: string): this {
    return this.#line(STATUS, text);
  }

  /** With its first word, such as ERR. What it repeats of a request goes back byte by byte. */
  error(text: string): this {
    const line = `-${text.replaceAll(/[\r\n]/g, " ")}\r\n`;
    // Of a character that is no byte only a part would go out, and of some that part ends a line.
    if (WIDE.test(line)) return this.#text(line);
    this.#reserve(line.length);
    this.#length += this.#bytes.write(line, this.#length, "latin1");
    return this;
  }

  integer(value: number | bigint): this {
    return this.#line(INTEGER, String(value));
  }

  bulk(bytes: Uint8Array): this {
    this.#reserve(bytes.length + NUMBER_LINE_BYTES + 2);
    this.#numberLine(BULK, bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#endLine();
    return this;
  }

  bulkText(text: string): this {
    return this.#text(`$${Buffer.byteLength(text)}\r\n${text}\r\n`);
  }

  /** Text for people to read. */
  verbatim(text: string): this {
    return this.protocol === 3 ? this.#text(`=${Buffer.byteLength(text) + 4}\r\ntxt:${text}\r\n`) : this.bulkText(text);
  }

  nil(): this {
    return this.protocol === 3 ? this.#line(NULL, "") : this.#line(BULK, "-1");
  }

  nilArray(): this {
    return this.protocol === 3 ? this.#line(NULL, "") : this.#line(LIST, "-1");
  }

  array(length: number): this {
    return this.#begin(LIST, length);
  }

  set(length: number): this {
    return this.#begin(this.protocol === 3 ? SET : LIST, length);
  }

  /** So many pairs follow. */
  map(pairs: number): this {
    return this.protocol === 3 ? this.#begin(MAP, pairs) : this.#begin(LIST, 2 * pairs);
  }

  /** A reply that is written already. */
  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** So many things follow. */
  #begin(mark: number, count: number): this {
    this.#reserve(NUMBER_LINE_BYTES);
    this.#numberLine(mark, count);
    return this;
  }

  #line(mark: number, text: string): this {
    this.#reserve(3 * text.length + 3);
    this.#bytes[this.#length++] = mark;
    this.#text(text);
    this.#endLine();
    return this;
  }

  #text(text: string): this {
    this.#reserve(3 * text.length);
    if (text.length > SHORT_TEXT || !this.#asciiText(text)) this.#length += this.#bytes.write(text, this.#length);
    return this;
  }

  /** False: it is more than ASCII, and nothing of it was written. */
  #asciiText(text: string): boolean {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      this.#bytes[this.#length + i] = code;
    }
    this.#length += text.length;
    return true;
  }

  #numberLine(mark: number, value: number): void {
    this.#bytes[this.#length++] = mark;
    let end = this.#length + 1;
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) end++;
    this.#length = end;
    for (let rest = value; ; rest = Math.floor(rest / 10)) {
      this.#bytes[--end] = ZERO + (rest % 10);
      if (rest < 10) break;
    }
    this.#endLine();
  }

  #endLine(): void {
    this.#bytes[this.#length++] = CARRIAGE_RETURN;
    this.#bytes[this.#length++] = LINE_FEED;
  }

  #reserve(extra: number): void {
    const needed = this.#length + extra;
    if (needed > this.#bytes.length) this.#grow(needed);
  }

  #grow(needed: number): void {
    const before = this.#bytes;
    const expected = Math.max(needed, Math.min(Math.ceil(MARGIN * this.#lastLength), EXPECTED_MAX));
    const piece = before.length === 0 ? (this.#memory?.take(expected) ?? null) : null;
    const larger = piece ?? Buffer.allocUnsafe(Math.max(expected, FIRST_CAPACITY, 2 * before.length));
    before.copy(larger, 0, 0, this.#length);
    if (this.#isPiece) this.#memory?.giveBack(before, true);
    this.#isPiece = piece !== null;
    this.#bytes = larger;
  }
}
