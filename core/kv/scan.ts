// Keys in order, a page at a time.
import { compareBytes } from "../base/bytes.ts";
import type { KvScan } from "./commands.ts";
import { hasEnded } from "./kv-state.ts";
import type { KvItem, KvState } from "./kv-state.ts";
import { SCAN_BYTES_MAX, SCAN_ENTRIES_MAX, SCAN_EXAMINED_MAX } from "./limits.ts";
import type { TreeCursor } from "./ordered-tree.ts";
import type { KvEntry, KvResult } from "./results.ts";

/** Where the page ends early, `next` is the last key that was looked at, and that may be one that has ended. */
export function scan(state: KvState, { prefix, after, limit, bytesMax }: KvScan, stampMs: number): KvResult {
  if (limit === 0) return { kind: "badRequest", message: "a page has room for at least one key" };
  const cursor = state.items.cursor(after !== null && compareBytes(after, prefix) > 0 ? after : prefix);
  let hasMore = goOn(cursor, prefix);
  if (hasMore && after !== null && compareBytes(cursor.key, after) === 0) hasMore = goOn(cursor, prefix);
  const entries: KvEntry[] = [];
  const room = new PageRoom(limit, bytesMax);
  let last: Uint8Array | null = null;
  while (hasMore && room.isLeft) {
    const { key, value: item } = cursor;
    const isThere = !hasEnded(item, stampMs);
    if (!room.take(isThere ? key.length + item.value.length : null)) break;
    last = key.slice();
    if (isThere) entries.push(entryOf(last, item));
    hasMore = goOn(cursor, prefix);
  }
  return { kind: "scanned", entries, next: hasMore ? last : null };
}

function goOn(cursor: TreeCursor<KvItem>, prefix: Uint8Array): boolean {
  return cursor.next() && startsWith(cursor.key, prefix);
}

function startsWith(key: Uint8Array, prefix: Uint8Array): boolean {
  return key.length >= prefix.length && compareBytes(key.subarray(0, prefix.length), prefix) === 0;
}

function entryOf(key: Uint8Array, { version, revision, value, deadlineMs }: KvItem): KvEntry {
  return deadlineMs === 0 ? { key, version, revision, value } : { key, version, revision, value, deadlineMs };
}

class PageRoom {
  #entries: number;
  #bytes: number;
  #examined = SCAN_EXAMINED_MAX;
  #isEmpty = true;

  constructor(limit: number, bytesMax: number) {
    this.#entries = Math.min(limit, SCAN_ENTRIES_MAX);
    this.#bytes = Math.min(bytesMax, SCAN_BYTES_MAX);
  }

  get isLeft(): boolean {
    return this.#entries > 0 && this.#examined > 0;
  }

  /** Null for a key that was only looked at. The first always has room. */
  take(bytes: number | null): boolean {
    if (bytes !== null) {
      if (bytes > this.#bytes && !this.#isEmpty) return false;
      this.#isEmpty = false;
      this.#entries--;
      this.#bytes -= bytes;
    }
    this.#examined--;
    return true;
  }
}
