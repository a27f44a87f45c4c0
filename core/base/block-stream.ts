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

export class BlockReader {
  readonly #readBlock: ReadBlock;
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #neededBytes = BLOCK_HEADER_BYTES;

  constructor(readBlock: ReadBlock) {
    this.#readBlock = readBlock;
  }

  /** Whether the last block has ended where the bytes do. */
  get isAtEnd(): boolean {
    return this.#unreadBytes === 0;
  }

  /** False: these are no blocks, or one of them made no sense. */
  write(bytes: Uint8Array): boolean {
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.length;
    return this.#unreadBytes < this.#neededBytes || this.#readBlocks(concatBytes(this.#unread));
  }

  #readBlocks(bytes: Uint8Array): boolean {
    let offset = 0;
    this.#neededBytes = BLOCK_HEADER_BYTES;
    while (bytes.length - offset >= BLOCK_HEADER_BYTES) {
      const reader = new ByteReader(bytes.subarray(offset));
      const kind = reader.uint8();
      const length = reader.uint32();
      if (length > BLOCK_BYTES_MAX) return false;
      if (reader.remaining < length) {
        this.#neededBytes = BLOCK_HEADER_BYTES + length;
        break;
      }
      if (!this.#readBlock(kind, reader.raw(length))) return false;
      offset += BLOCK_HEADER_BYTES + length;
    }
    this.#unread = offset < bytes.length ? [bytes.slice(offset)] : [];
    this.#unreadBytes = bytes.length - offset;
    return true;
  }
}
