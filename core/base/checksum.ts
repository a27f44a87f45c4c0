// CRC-32C (Castagnoli), by tables. In here rather than from the machine, because the log's format is decided in code that runs
// unchanged inside the simulator. Every entry goes through here several times on every member, so it takes the fastest way for
// each length: a few bytes are read where they lie, sixteen at a time are read as words, for which they have to be aligned.

const POLYNOMIAL = 0x82f63b78;
/** Row `k` is what a byte does to the checksum that `k` more bytes follow; one row after the other. */
const ROWS = 16;
const TABLE = buildTable();

/** From this length on the copy costs less than what reading words saves. */
const WORTH_A_COPY_BYTES = 128;
const PIECE_BYTES = 4_096;
const piece = new Uint8Array(PIECE_BYTES);
const words = new DataView(piece.buffer);

/** Continue with the result of an earlier call to cover several pieces as one. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  const { length } = bytes;
  let crc = ~previous;
  let i = 0;
  if (length >= WORTH_A_COPY_BYTES) {
    i = length - (length % ROWS);
    crc = afterPieces(bytes, i, crc);
  }
  for (const end = length - 7; i < end; i += 8) {
    crc ^= at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24);
    crc =
      row(7, crc & 255) ^
      row(6, (crc >>> 8) & 255) ^
      row(5, (crc >>> 16) & 255) ^
      row(4, crc >>> 24) ^
      row(3, at(bytes, i + 4)) ^
      row(2, at(bytes, i + 5)) ^
      row(1, at(bytes, i + 6)) ^
      row(0, at(bytes, i + 7));
  }
  for (; i < length; i++) crc = (crc >>> 8) ^ row(0, (crc ^ at(bytes, i)) & 255);
  return ~crc >>> 0;
}

/** Over the first `length` bytes, which are a multiple of sixteen. */
function afterPieces(bytes: Uint8Array, length: number, before: number): number {
  let crc = before;
  for (let i = 0; i < length; i += PIECE_BYTES) {
    const end = Math.min(i + PIECE_BYTES, length);
    piece.set(i === 0 && bytes.length <= PIECE_BYTES ? bytes : bytes.subarray(i, end));
    crc = afterWords(end - i, crc);
  }
  return crc;
}

/** Over the first `length` bytes of the piece. */
function afterWords(length: number, before: number): number {
  let crc = before;
  for (let i = 0; i < length; i += ROWS) {
    const a = crc ^ words.getInt32(i, true);
    const b = words.getInt32(i + 4, true);
    const c = words.getInt32(i + 8, true);
    const d = words.getInt32(i + 12, true);
    crc = word(12, a) ^ word(8, b) ^ word(4, c) ^ word(0, d);
  }
  return crc;
}

/** What the four bytes of a word do that `behind` more bytes follow. */
function word(behind: number, value: number): number {
  return (
    row(behind + 3, value & 255) ^ row(behind + 2, (value >>> 8) & 255) ^ row(behind + 1, (value >>> 16) & 255) ^ row(behind, value >>> 24)
  );
}

function at(bytes: Uint8Array, i: number): number {
  return bytes[i] as number;
}

function row(k: number, byte: number): number {
  return TABLE[k * 256 + byte] as number;
}

function buildTable(): Int32Array {
  const table = new Int32Array(ROWS * 256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? POLYNOMIAL ^ (c >>> 1) : c >>> 1;
    table[n] = c;
  }
  for (let n = 256; n < table.length; n++) {
    const before = table[n - 256] as number;
    table[n] = (table[before & 255] as number) ^ (before >>> 8);
  }
  return table;
}
