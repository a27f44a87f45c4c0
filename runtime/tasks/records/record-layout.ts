// How a record lies in memory, in a spill and on the wire: length of the key, length of the value, key, value. Lengths take seven
// bits a byte, the lowest first. Readers of whole blocks that passed their checksum may trust what they read.

/** Far above any record: the limit on records is the task's, this one is the layout's. */
export const LENGTH_BYTES_MAX = 5;
export const LENGTH_MAX = 0x7fff_ffff;

/** Returns the offset behind it. */
export function writeLength(bytes: Uint8Array, offset: number, length: number): number {
  let at = offset;
  let rest = length;
  while (rest > 127) {
    bytes[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

export function lengthBytes(length: number): number {
  if (length < 0x80) return 1;
  if (length < 0x4000) return 2;
  if (length < 0x20_0000) return 3;
  return length < 0x1000_0000 ? 4 : 5;
}

export function recordBytes(keyLength: number, valueLength: number): number {
  return lengthBytes(keyLength) + lengthBytes(valueLength) + keyLength + valueLength;
}

/** Walks over records that lie one behind the other. Fields rather than results: nothing is allocated for a record. */
export class RecordCursor {
  bytes: Uint8Array;
  recordStart = 0;
  keyStart = 0;
  keyEnd = 0;
  valueEnd = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  reset(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.valueEnd = 0;
  }

  /** False at the end of the bytes. */
  next(): boolean {
    if (this.valueEnd >= this.bytes.length) return false;
    this.moveTo(this.valueEnd);
    return true;
  }

  moveTo(offset: number): void {
    const bytes = this.bytes;
    let at = offset;
    this.recordStart = at;
    let keyLength = bytes[at++] as number;
    if (keyLength > 127) {
      keyLength = moreOf(bytes, at, keyLength);
      at += lengthBytes(keyLength) - 1;
    }
    let valueLength = bytes[at++] as number;
    if (valueLength > 127) {
      valueLength = moreOf(bytes, at, valueLength);
      at += lengthBytes(valueLength) - 1;
    }
    this.keyStart = at;
    this.keyEnd = at + keyLength;
    this.valueEnd = this.keyEnd + valueLength;
  }
}

function moreOf(bytes: Uint8Array, offset: number, first: number): number {
  let length = first & 127;
  for (let shift = 7, at = offset; shift < 35; shift += 7) {
    const byte = bytes[at++] as number;
    length |= (byte & 127) << shift;
    if (byte < 128) break;
  }
  return length >>> 0;
}
