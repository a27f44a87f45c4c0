// CRC-32C (Castagnoli), eight bytes a step. In here rather than from the machine, because the log's format is decided
// in code that runs unchanged inside the simulator.

const POLYNOMIAL = 0x82f63b78;
const [t0, t1, t2, t3, t4, t5, t6, t7] = buildTables();

/** Continue with the result of an earlier call to cover several pieces as one. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  let i = 0;
  for (const end = bytes.length - 7; i < end; i += 8) {
    crc ^= at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24);
    crc =
      word(t7, crc & 255) ^
      word(t6, (crc >>> 8) & 255) ^
      word(t5, (crc >>> 16) & 255) ^
      word(t4, crc >>> 24) ^
      word(t3, at(bytes, i + 4)) ^
      word(t2, at(bytes, i + 5)) ^
      word(t1, at(bytes, i + 6)) ^
      word(t0, at(bytes, i + 7));
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ word(t0, (crc ^ at(bytes, i)) & 255);
  return ~crc >>> 0;
}

type Tables = readonly [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];

function at(bytes: Uint8Array, i: number): number {
  return bytes[i] as number;
}

function word(table: Int32Array, i: number): number {
  return table[i] as number;
}

function buildTables(): Tables {
  const first = new Int32Array(256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? POLYNOMIAL ^ (c >>> 1) : c >>> 1;
    first[n] = c;
  }
  const tables = [first];
  for (let k = 1; k < 8; k++) {
    const previous = tables[k - 1] as Int32Array;
    tables.push(previous.map((c) => word(first, c & 255) ^ (c >>> 8)));
  }
  return tables as unknown as Tables;
}
