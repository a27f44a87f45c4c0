// Where scans of a key space are: a cursor is a number to clients, and a shard and a key to us. As many are remembered as fit;
// the oldest are forgotten, and whoever comes with one of those begins anew. A scan takes the room of two, however long it is:
// so one that is slow is not pushed out by another that is fast.

import type { KeyPosition } from "./key-space.ts";

const CURSORS_MAX = 4_096;

type Known = { readonly position: KeyPosition; readonly before: string };

export class ScanCursors {
  readonly #known = new Map<string, Known>();
  /** Begins anywhere, so that a cursor of another life is not taken for one of this. */
  #last: bigint;

  constructor(first: bigint) {
    this.#last = first;
  }

  /** For whoever came with `before`, which it may ask for again; the one before that it won't. */
  add(position: KeyPosition, before: string): string {
    const cursor = String(++this.#last);
    this.#known.delete(this.#known.get(before)?.before ?? "");
    if (this.#known.size >= CURSORS_MAX) this.#known.delete(this.#known.keys().next().value as string);
    this.#known.set(cursor, { position, before });
    return cursor;
  }

  /** Null: forgotten, or never there. */
  at(cursor: string): KeyPosition | null {
    return this.#known.get(cursor)?.position ?? null;
  }
}
