// Replies of the Redis protocol, in its second or third version: what has no form of its own in the second becomes a list.

export type ProtocolVersion = 2 | 3;

const FIRST_CAPACITY = 64;
const NOTHING = Buffer.alloc(0);
const WIDE = /[\u0100-\uffff]/;

export class ReplyWriter {
  protocol: ProtocolVersion;
  /** Taken when the first reply is written: many connections have nothing to say for long. */
  #bytes: Buffer = NOTHING;
  readonly #capacity: number;
  #length = 0;

  constructor(protocol: ProtocolVersion, capacity: number = FIRST_CAPACITY) {
    this.protocol = protocol;
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#length;
  }

  byteAt(position: number): number | undefined {
    return this.#bytes[position];
  }

  /** Not a copy: the writer is not used again. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  simple(text: string): this {
    return this.#line(`+${text}`);
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
    return this.#line(`:${value}`);
  }

  bulk(bytes: Uint8Array): this {
    this.#line(`$${bytes.length}`);
    this.#reserve(bytes.length + 2);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    this.#bytes[this.#length++] = 0x0d;
    this.#bytes[this.#length++] = 0x0a;
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
    return this.#line(this.protocol === 3 ? "_" : "$-1");
  }

  nilArray(): this {
    return this.#line(this.protocol === 3 ? "_" : "*-1");
  }

  array(length: number): this {
    return this.#line(`*${length}`);
  }

  set(length: number): this {
    return this.#line(`${this.protocol === 3 ? "~" : "*"}${length}`);
  }

  /** So many pairs follow. */
  map(pairs: number): this {
    return this.#line(this.protocol === 3 ? `%${pairs}` : `*${2 * pairs}`);
  }

  /** A reply that is written already. */
  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  #line(text: string): this {
    return this.#text(`${text}\r\n`);
  }

  #text(text: string): this {
    this.#reserve(3 * text.length);
    this.#length += this.#bytes.write(text, this.#length);
    return this;
  }

  #reserve(extra: number): void {
    const needed = this.#length + extra;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#capacity, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
