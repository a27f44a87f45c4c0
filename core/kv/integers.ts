// Whole numbers of 64 bits, signed: as the text that a value holds, and as bytes. Only the shortest text of a number is
// one, so that a value which was counted and one that was written look the same: no plus, no space, no leading zero.
import { textOf, utf8 } from "../base/bytes.ts";

export const INTEGER_MIN = -(2n ** 63n);
export const INTEGER_MAX = 2n ** 63n - 1n;
export const INTEGER_BYTES = 8;

const TEXT_BYTES_MAX = 20;
const SHORTEST = /^(?:0|-?[1-9][0-9]*)$/;

/** Null: this is no such number, or one that 64 bits don't hold. */
export function integerOf(value: Uint8Array): bigint | null {
  if (value.length > TEXT_BYTES_MAX) return null;
  const text = textOf(value);
  // A byte order mark leaves no trace in the text.
  return text.length === value.length ? integerOfText(text) : null;
}

export function integerOfText(text: string): bigint | null {
  if (text.length > TEXT_BYTES_MAX || !SHORTEST.test(text)) return null;
  const integer = BigInt(text);
  return isInteger(integer) ? integer : null;
}

export function isInteger(integer: bigint): boolean {
  return integer >= INTEGER_MIN && integer <= INTEGER_MAX;
}

export const valueOfInteger = (integer: bigint): Uint8Array => utf8(String(integer));

/** Big-endian two's complement. */
export function writeInteger(integer: bigint): Uint8Array {
  const bytes = new Uint8Array(INTEGER_BYTES);
  new DataView(bytes.buffer).setBigInt64(0, integer);
  return bytes;
}

/** Of exactly eight bytes. */
export function readInteger(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getBigInt64(0);
}
