// Keys in order: bytewise, a prefix before what it begins.

/** Equal keys have equal hashes on every machine and in every version: a partition is a promise between workers. FNV-1a, 32 bits. */
export function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash >>> 0;
}

/** As the labs choose a reduce task: the hash without its sign bit, modulo the number of reduce tasks. */
export function partitionOf(hash: number, partitions: number): number {
  return (hash & 0x7fff_ffff) % partitions;
}

/** Where a key lies: `bytes[start, end)`. */
export type Span = { readonly bytes: Uint8Array; readonly start: number; readonly end: number };

export function compareSpans(a: Span, b: Span): number {
  const length = Math.min(a.end - a.start, b.end - b.start);
  for (let i = 0; i < length; i++) {
    const difference = (a.bytes[a.start + i] as number) - (b.bytes[b.start + i] as number);
    if (difference !== 0) return difference;
  }
  return a.end - a.start - (b.end - b.start);
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return compareSpans({ bytes: a, start: 0, end: a.length }, { bytes: b, start: 0, end: b.length });
}

/** Partitions by ranges of keys: `cuts[i]` is the first key of partition i + 1. Output files then follow each other in order. */
export function rangeOf(cuts: readonly Uint8Array[], key: Span): number {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const cut = cuts[middle] as Uint8Array;
    if (compareSpans({ bytes: cut, start: 0, end: cut.length }, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
