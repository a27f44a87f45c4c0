// Which snapshots stay: the newest, and those that are being sent. Somebody who was promised the bytes of an older one
// still gets them, within a bound; beyond it the oldest goes, and its receiver begins again with the newest.
import type { SnapshotMeta } from "../../../core/raft/snapshot-meta.ts";
import type { FilePort } from "../file-port.ts";
import { endOf } from "../task.ts";
import type { Task } from "../task.ts";
import type { SnapshotReader } from "./snapshot-reader.ts";

const KEPT_MAX = 3;

type Kept = { readonly name: string; readonly reader: SnapshotReader; readonly holders: Set<string> };

export class KeptSnapshots {
  readonly #place: { readonly files: FilePort; readonly directory: string };
  /** By index; the newest is the last. */
  readonly #kept: Kept[] = [];

  constructor(place: { readonly files: FilePort; readonly directory: string }) {
    this.#place = place;
  }

  get newest(): SnapshotMeta | null {
    return this.#kept.at(-1)?.reader.meta ?? null;
  }

  readerOf(id: string): SnapshotReader | null {
    return this.#find(id)?.reader ?? null;
  }

  /** It is newer than all others. */
  add(name: string, reader: SnapshotReader): void {
    this.#kept.push({ name, reader, holders: new Set() });
  }

  /** False where it is gone. */
  pin(id: string, holder: string): boolean {
    const kept = this.#find(id);
    kept?.holders.add(holder);
    return kept !== null;
  }

  unpin(id: string, holder: string): void {
    this.#find(id)?.holders.delete(holder);
  }

  *removeUnneeded(): Task<void> {
    const older = this.#kept.slice(0, -1);
    const pinned = older.filter(({ holders }) => holders.size > 0);
    const staying = new Set(pinned.slice(Math.max(0, pinned.length - (KEPT_MAX - 1))));
    for (const kept of older) {
      if (staying.has(kept)) continue;
      this.#kept.splice(this.#kept.indexOf(kept), 1);
      yield* kept.reader.close();
      yield* endOf((finished) => this.#place.files.remove(`${this.#place.directory}/${kept.name}`, finished));
    }
  }

  *close(): Task<void> {
    for (const { reader } of this.#kept) yield* reader.close();
  }

  #find(id: string): Kept | null {
    return this.#kept.find(({ reader }) => reader.meta.id === id) ?? null;
  }
}
