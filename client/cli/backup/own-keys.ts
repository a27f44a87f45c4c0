// Keys that are true of one cluster at one moment and of no use in another: who holds the jobs, how far those are, and how far a restore
// is. No backup has them, and a store that has only these is empty. Pure.

/** How far a restore into this store is; missing where there is none. */
export const RESTORE_KEY = "flotilla/restore";

const KEYS: ReadonlySet<string> = new Set(["lock:coordinator", RESTORE_KEY]);
const BEGINNINGS = ["{jobs}", "{job:"] as const;

export function isOfTheMoment(key: Uint8Array): boolean {
  // Byte by byte: no other key becomes one of these.
  const text = Buffer.from(key.buffer, key.byteOffset, key.length).toString("latin1");
  return KEYS.has(text) || BEGINNINGS.some((beginning) => text.startsWith(beginning));
}
