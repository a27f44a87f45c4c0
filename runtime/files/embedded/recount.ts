// Sets the sum of the store right where it is not the sum: an earlier version that counted otherwise has written beside this one, or somebody
// has put back keys of a backup, or removed some by hand. Whatever is taken for too much would be missing for ever, and what is taken for too
// little would let in more than the quota.
import type { KeyValues } from "../store/key-values.ts";
import { BYTES_KEY } from "./file-keys.ts";
import type { FileStore } from "./file-store.ts";

/** Whoever writes just now changes the sum, and then it is counted again. */
const TRIES = 5;

/** Returns by how much it was wrong, as far as it could be counted while nobody changed it. To be called now and then. */
export async function recount(kv: KeyValues, files: FileStore): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const version = await kv.version(BYTES_KEY);
    const counted = await files.bytes();
    const difference = (await bytesThere(files)) - counted;
    if (difference === 0) return 0;
    // Not in its place: what comes after this is counted on top of it, by whoever brings it about.
    if ((await kv.add({ compare: [{ key: BYTES_KEY, version }], to: BYTES_KEY, by: difference })) !== null) return difference;
  }
  return 0;
}

/** In this order: what earlier versions remove meanwhile, and change no sum by, is counted twice until the next time, and never not at all. */
async function bytesThere(files: FileStore): Promise<number> {
  let bytes = 0;
  for await (const page of files.list("")) for (const { length } of page) bytes += length;
  for (const held of await files.held()) bytes += held.bytes;
  return bytes;
}
