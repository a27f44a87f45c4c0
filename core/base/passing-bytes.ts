// Memory for what is made for every request and let go with it: each a part of a larger piece, because memory of its own takes ten
// times as long to get and to give back. A piece is given back once nothing of it is held any more: whoever keeps bytes for long
// copies them, as an entry of the log does.

const PIECE_BYTES = 16_384;
/** Larger ones have their own: half a piece for one of them would be wasted. */
const PART_BYTES_MAX = 2_048;

let piece = new ArrayBuffer(PIECE_BYTES);
let used = 0;

/** Zeros, and nobody else's. */
export function passingBytes(length: number): Uint8Array {
  if (length > PART_BYTES_MAX) return new Uint8Array(length);
  if (used + length > PIECE_BYTES) {
    piece = new ArrayBuffer(PIECE_BYTES);
    used = 0;
  }
  const bytes = new Uint8Array(piece, used, length);
  used += length;
  return bytes;
}
