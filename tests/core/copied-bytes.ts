// How many bytes arrays copy from each other while something is done: each copy is memory that somebody has made for it.
export function copiedBytes(work: () => void): number {
  let bytes = 0;
  const own: Partial<Pick<Uint8Array, "set" | "slice">> = Uint8Array.prototype;
  const { set, slice } = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
  own.set = function (this: Uint8Array, from, offset): void {
    bytes += from.length;
    set.call(this, from, offset);
  };
  own.slice = function (this: Uint8Array, start, end): Uint8Array<ArrayBuffer> {
    const made = slice.call(this, start, end) as Uint8Array<ArrayBuffer>;
    bytes += made.length;
    return made;
  };
  try {
    work();
  } finally {
    delete own.set;
    delete own.slice;
  }
  return bytes;
}
