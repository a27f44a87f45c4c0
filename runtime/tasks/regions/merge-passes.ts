// Merges any number of sorted regions while only so many are open: groups of neighbours become one, until few enough are left. Neighbours,
// so that records of one key stay in the order of the regions.
import { closeSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { FileAppender } from "./file-appender.ts";
import { Merger } from "./merger.ts";
import type { RegionPlace } from "./region-source.ts";
import { RegionSource } from "./region-source.ts";
import { RegionWriter } from "./region-writer.ts";

/** Told now and then: so many bytes more were merged. Whoever merges a lot waits for it, and everything else in this process has its turn. */
export type OnMerged = (bytes: number) => Promise<void>;

export type MergeLimits = {
  readonly fanIn: number;
  /** For the blocks of all open regions together. */
  readonly bytesMax: number;
};

/** 128 blocks of the usual size, read two at a time. */
export const MERGE_LIMITS: MergeLimits = { fanIn: 128, bytesMax: 16 << 20 };

const RECORDS_A_TURN = 4_096;

export class MergePasses {
  readonly #directory: string;
  readonly #limits: MergeLimits;
  #files: { readonly file: number; readonly path: string }[] = [];
  #count = 0;

  /** `directory`: for what is merged in between. */
  constructor(directory: string, limits: MergeLimits = MERGE_LIMITS) {
    this.#directory = directory;
    this.#limits = limits;
  }

  async merged(places: readonly RegionPlace[], onMerged: OnMerged): Promise<Merger> {
    let rest = places;
    while (rest.length > this.#limits.fanIn) {
      const next: RegionPlace[] = [];
      for (const group of inGroups(rest, this.#limits.fanIn))
        next.push(group.length === 1 ? (group[0] as RegionPlace) : await this.#mergedInto(group, onMerged));
      // Those of a pass before go; what was taken over as it is stays open.
      const kept = new Set(next.map(({ file }) => file));
      for (const each of this.#files) if (!kept.has(each.file)) remove(each);
      this.#files = this.#files.filter(({ file }) => kept.has(file));
      rest = next;
    }
    return this.#merger(rest);
  }

  close(): void {
    for (const each of this.#files) remove(each);
    this.#files = [];
  }

  async #mergedInto(group: readonly RegionPlace[], onMerged: OnMerged): Promise<RegionPlace> {
    const path = join(this.#directory, `merged-${String(this.#count++)}`);
    const appender = new FileAppender(path);
    try {
      const writer = new RegionWriter((bytes) => appender.append(bytes));
      await writeMerged(this.#merger(group), writer, onMerged);
      const { bytes } = writer.finish();
      appender.commit({ isDurable: false });
      const file = openSync(path, "r");
      this.#files.push({ file, path });
      return { file, offset: 0, bytes, name: path };
    } catch (error) {
      appender.abort();
      throw error;
    }
  }

  #merger(places: readonly RegionPlace[]): Merger {
    const readBytes = Math.floor(this.#limits.bytesMax / Math.max(1, Math.min(places.length, this.#limits.fanIn)));
    return new Merger(places.map((place) => new RegionSource(place, readBytes)));
  }
}

type RecordTaker = { readonly record: (bytes: Uint8Array, start: number, end: number) => void };

export async function writeMerged(merger: Merger, writer: RecordTaker, onMerged: OnMerged): Promise<void> {
  let [records, bytes] = [0, 0];
  for (let cursor = merger.next(); cursor !== null; cursor = merger.next()) {
    writer.record(cursor.bytes, cursor.recordStart, cursor.valueEnd);
    bytes += cursor.valueEnd - cursor.recordStart;
    if (++records % RECORDS_A_TURN !== 0) continue;
    await onMerged(bytes);
    bytes = 0;
  }
  if (bytes > 0) await onMerged(bytes);
}

function inGroups<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function remove({ file, path }: { readonly file: number; readonly path: string }): void {
  closeSync(file);
  rmSync(path, { force: true });
}
