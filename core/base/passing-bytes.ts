// Memory for what is made for every request and let go with it. Whoever keeps bytes for long copies them, as an entry of the log does.
import { Slab } from "./slab.ts";

const SLAB = new Slab({ slabBytes: 16_384, sharedBytesMax: 2_048 });

/** Zeros, and nobody else's. */
export function passingBytes(length: number): Uint8Array {
  return SLAB.take(length);
}
