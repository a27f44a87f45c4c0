// CRC-32C (Castagnoli), eight bytes a step. In here rather than from the machine, because the log's format is decided
// in code that runs unchanged inside the simulator.

const POLYNOMIAL = 0x82f63b78;
/** Eight tables of 256, one after the other, the last byte's first. In one array: eight of their own take a tenth longer. */
const TABLES = buildTables();

/** Continue with the result of an earlier call to cover several pieces as one. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  const { length } = bytes;
  let crc = ~previous;
  let i = 0;
  for (const end = length - 7; i < end; i += 8) {
    crc ^= at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24);
    crc =
      word(0x700 | (crc & 255)) ^
      word(0x600 | ((crc >>> 8) & 255)) ^
      word(0x500 | ((crc >>> 16) & 255)) ^
      word(0x400 | (crc >>> 24)) ^
      word(0x300 | at(bytes, i + 4)) ^
      word(0x200 | at(bytes, i + 5)) ^
      word(0x100 | at(bytes, i + 6)) ^
      word(at(bytes, i + 7));
  }
  for (; i < length; i++) crc = (crc >>> 8) ^ word((crc ^ at(bytes, i)) & 255);
  return ~crc >>> 0;
}

function at(bytes: Uint8Array, i: number): number {
  return bytes[i] as number;
}

function word(i: number): number {
  return TABLES[i] as number;
}

function buildTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? POLYNOMIAL ^ (c >>> 1) : c >>> 1;
    tables[n] = c;
  }
  for (let n = 256; n < tables.length; n++) {
    const c = tables[n - 256] as number;
    tables[n] = (tables[c & 255] as number) ^ (c >>> 8);
  }
  return tables;
}
