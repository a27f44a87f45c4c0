// A region is what one map attempt has for one reduce task: records in order, in blocks that are checked one by one, and an end that
// says how many there were. A region that was cut off, even between two blocks, has no end.
//
//   block   payload length (4) · records (4) · CRC-32 of both and the payload (4) · payload
//   end     0 (4) · records of the region, modulo 2^32 (4) · CRC-32 of both (4)
import { crc32 } from "node:zlib";

export const BLOCK_HEADER_BYTES = 12;
/** A block is closed when it has this many bytes; a longer record makes a longer block. */
export const BLOCK_BYTES = 1 << 16;

export function writeBlockHeader(block: Buffer, payloadLength: number, records: number): void {
  block.writeUInt32LE(payloadLength, 0);
  block.writeUInt32LE(records >>> 0, 4);
  block.writeUInt32LE(checksumOf(block, payloadLength), 8);
}

export function readBlockHeader(bytes: Buffer): { readonly payloadLength: number; readonly records: number } {
  return { payloadLength: bytes.readUInt32LE(0), records: bytes.readUInt32LE(4) };
}

/** `block`: header and payload. */
export function isIntact(block: Buffer, payloadLength: number): boolean {
  return block.readUInt32LE(8) === checksumOf(block, payloadLength);
}

function checksumOf(block: Buffer, payloadLength: number): number {
  const ofHeader = crc32(block.subarray(0, 8));
  return crc32(block.subarray(BLOCK_HEADER_BYTES, BLOCK_HEADER_BYTES + payloadLength), ofHeader);
}
