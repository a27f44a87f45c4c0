// A stream of bytes made of blocks: kind (1) · length (4) · payload. It may be cut anywhere on its way; a block is read when
// all of it is there.
import { concatBytes } from "./bytes.ts";
import { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";

const BLOCK_HEADER_BYTES = 5;
/** Far above any block of ours: a length beyond that is damage, and nothing waits for so many bytes. */
const BLOCK_BYTES_MAX = 268_435_456;

export function writeBlock(writer: ByteWriter, kind: number, payload: Uint8Array): void {
  writer.uint8(kind).uint32(payload.length).raw(payload);
}

/** A block of what `fill` writes; without a copy, because its length is put in afterwards. False, and no block: `fill` had nothing. */
export function fillBlock(writer: ByteWriter, kind: number, fill: () => boolean): boolean {
  const start = writer.length;
  writer.uint8(kind).uint32(0);
  if (!fill()) {
    writer.cut(start);
    return false;
  }
  writer.uint32At(start + 1, writer.length - start - BLOCK_HEADER_BYTES);
  return true;
}

/** False: this block makes no sense, and nothing behind it will. */
export type ReadBlock = (kind: number, payload: Uint8Array) => boolean;

type BlockHeader = { readonly kind: number; readonly length: number };

/** A payload that came in one piece is read where it is; only one that was cut is put together. */
export class BlockReader {
  readonly #readBlock: ReadBlock;
  /** Of the block that is coming in; null: of its header, too, something is missing. */
  #header: BlockHeader | null = null;
  /** What there is of the header, or else of the payload, and how many bytes are missing. Nobody changes them meanwhile. */
  #parts: Uint8Array[] = [];
  #missing = BLOCK_HEADER_BYTES;

  constructor(readBlock: ReadBlock) {
    this.#readBlock = readBlock;
  }

  /** Whether the last block has ended where the bytes do. */
  get isAtEnd(): boolean {
    return this.#header === null && this.#parts.length === 0;
  }

  /** The bytes belong to the reader from now on. False: these are no blocks, or one of them made no sense. */
  write(bytes: Uint8Array): boolean {
    let rest = bytes;
    while (rest.length >= this.#missing) {
      const last = rest.subarray(0, this.#missing);
      rest = rest.subarray(this.#missing);
      if (!this.#read(this.#parts.length === 0 ? last : concatBytes([...this.#parts, last]))) return false;
    }
    if (rest.length > 0) this.#parts.push(rest);
    this.#missing -= rest.length;
    return true;
  }

  /** All of a header, or of a payload. */
  #read(whole: Uint8Array): boolean {
    this.#parts = [];
    const header = this.#header;
    if (header === null) return this.#readHeader(new ByteReader(whole));
    this.#header = null;
    this.#missing = BLOCK_HEADER_BYTES;
    return this.#readBlock(header.kind, whole);
  }

  #readHeader(reader: ByteReader): boolean {
    const [kind, length] = [reader.uint8(), reader.uint32()];
    this.#header = { kind, length };
    this.#missing = length;
    return length <= BLOCK_BYTES_MAX;
  }
}
