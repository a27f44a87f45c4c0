// Where a key belongs. A slot is computed exactly as in Redis Cluster: the CRC-16 of the key, or of the part between the
// first pair of braces if there is something between them, so that keys with one tag share a slot. A shard is what moves
// between groups: 64 slots in a row.

export const SLOTS = 16_384;
export const SHARDS = 256;

const SLOTS_PER_SHARD = SLOTS / SHARDS;
const OPEN = 0x7b;
const CLOSE = 0x7d;
/** XMODEM: no reflection, starting from 0. */
const POLYNOMIAL = 0x1021;
const TABLE = buildTable();

export function slotOf(key: Uint8Array): number {
  const open = placeOf(OPEN, key, 0);
  const close = open < 0 ? -1 : placeOf(CLOSE, key, open + 1);
  // Nothing between the braces is no tag.
  return close > open + 1 ? crc16(key, open + 1, close) % SLOTS : crc16(key, 0, key.length) % SLOTS;
}

export const shardOfSlot = (slot: number): number => Math.floor(slot / SLOTS_PER_SHARD);

export const shardOf = (key: Uint8Array): number => shardOfSlot(slotOf(key));

/** As `indexOf`, which is slower for so few bytes. */
function placeOf(byte: number, bytes: Uint8Array, from: number): number {
  for (let i = from; i < bytes.length; i++) if (bytes[i] === byte) return i;
  return -1;
}

function crc16(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0;
  for (let i = from; i < to; i++) crc = ((crc << 8) & 0xffff) ^ (TABLE[(crc >>> 8) ^ (bytes[i] as number)] as number);
  return crc;
}

function buildTable(): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, n) => {
    let crc = n << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
    return crc;
  });
}
