// Room for many small byte arrays in few large ones. An array with memory of its own costs several objects and a trip to the
// allocator and back, which is more than what is written into it. A slab lives as long as any array in it: this is for
// arrays that are let go of together, like entries of a log.

const SLAB_BYTES = 65_536;
/** Longer arrays get memory of their own: little of a slab stays unused. */
const SHARED_BYTES_MAX = 4_096;

export class Slab {
  #bytes = new Uint8Array(0);
  #taken = 0;

  /** All zero, and nobody else's. */
  take(length: number): Uint8Array {
    if (length > SHARED_BYTES_MAX) return new Uint8Array(length);
    if (this.#taken + length > this.#bytes.length) {
      this.#bytes = new Uint8Array(SLAB_BYTES);
      this.#taken = 0;
    }
    const start = this.#taken;
    this.#taken += length;
    return this.#bytes.subarray(start, this.#taken);
  }
}
