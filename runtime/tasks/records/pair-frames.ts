// Pairs as bytes, one behind the other: length of the key (4) · length of the value (4) · key · value. What reduces write to a file on
// the worker's disk, and from there into the store in chunks of whole pairs.

export type Pair = { readonly key: Buffer; readonly value: Buffer };

const HEADER = 8;

export function encodePair({ key, value }: Pair): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER + key.length + value.length);
  bytes.writeUInt32LE(key.length, 0);
  bytes.writeUInt32LE(value.length, 4);
  key.copy(bytes, HEADER);
  value.copy(bytes, HEADER + key.length);
  return bytes;
}

/** Pairs that are whole; `rest` is what comes before the next piece. */
export function decodePairs(bytes: Buffer): { readonly pairs: readonly Pair[]; readonly rest: Buffer } {
  const pairs: Pair[] = [];
  let at = 0;
  while (bytes.length - at >= HEADER) {
    const keyEnd = at + HEADER + bytes.readUInt32LE(at);
    const end = keyEnd + bytes.readUInt32LE(at + 4);
    if (end > bytes.length) break;
    pairs.push({ key: bytes.subarray(at + HEADER, keyEnd), value: bytes.subarray(keyEnd, end) });
    at = end;
  }
  return { pairs, rest: bytes.subarray(at) };
}
