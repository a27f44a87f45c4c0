// Room for many small byte arrays in few large ones. An array with memory of its own costs several objects and a trip to the
// allocator and back, which is more than what is written into it. A slab lives as long as any array in it, so one slab is for
// arrays that are let go of at about the same time: entries of a log, or what is made for a request.

export type SlabSizes = {
  readonly slabBytes: number;
  /** Longer arrays get memory of their own: little of a slab stays unused. */
  readonly sharedBytesMax: number;
};

export class Slab {
  readonly #sizes: SlabSizes;
  #memory = new ArrayBuffer(0);
  #taken = 0;

  constructor(sizes: SlabSizes) {
    this.#sizes = sizes;
  }

  /** All zero, and nobody else's. */
  take(length: number): Uint8Array {
    const { slabBytes, sharedBytesMax } = this.#sizes;
    if (length > sharedBytesMax) return new Uint8Array(length);
    if (this.#taken + length > this.#memory.byteLength) {
      this.#memory = new ArrayBuffer(slabBytes);
      this.#taken = 0;
    }
    const bytes = new Uint8Array(this.#memory, this.#taken, length);
    this.#taken += length;
    return bytes;
  }
}
