// Where scans of this member are: a cursor is a number to clients, and a shard and a key to us. As many are remembered as fit;
// the oldest are forgotten, and whoever comes with one of those begins anew.

export type ScanPosition = { readonly shard: number; readonly after: Uint8Array | null };

const CURSORS_MAX = 4_096;

export class ScanCursors {
  readonly #positions = new Map<string, ScanPosition>();
  /** Begins anywhere, so that a cursor of another life is not taken for one of this. */
  #last: bigint;

  constructor(first: bigint) {
    this.#last = first;
  }

  add(position: ScanPosition): string {
    const cursor = String(++this.#last);
    if (this.#positions.size >= CURSORS_MAX) this.#positions.delete(this.#positions.keys().next().value as string);
    this.#positions.set(cursor, position);
    return cursor;
  }

  /** Null: forgotten, or never there. It may be asked for again. */
  at(cursor: string): ScanPosition | null {
    return this.#positions.get(cursor) ?? null;
  }
}
