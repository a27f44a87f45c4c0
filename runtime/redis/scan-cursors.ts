// Where scans of this member are: a cursor is a number to clients, and a shard and a key to us. As many are remembered as fit;
// the oldest are forgotten, and whoever comes with one of those begins anew.

import type { KeyPosition } from "./key-space.ts";

const CURSORS_MAX = 4_096;

export class ScanCursors {
  readonly #positions = new Map<string, KeyPosition>();
  /** Begins anywhere, so that a cursor of another life is not taken for one of this. */
  #last: bigint;

  constructor(first: bigint) {
    this.#last = first;
  }

  add(position: KeyPosition): string {
    const cursor = String(++this.#last);
    if (this.#positions.size >= CURSORS_MAX) this.#positions.delete(this.#positions.keys().next().value as string);
    this.#positions.set(cursor, position);
    return cursor;
  }

  /** Null: forgotten, or never there. It may be asked for again. */
  at(cursor: string): KeyPosition | null {
    return this.#positions.get(cursor) ?? null;
  }
}
