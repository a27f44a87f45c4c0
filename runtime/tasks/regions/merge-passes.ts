// Merges any number of sorted regions while only so many are open: groups of neighbours become one, until few enough are left. Neighbours,
// so that records of one key stay in the order of the regions.
import { closeSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { FileAppender } from "./file-appender.ts";
import { Merger } from "./merger.ts";
import type { RegionPlace } from "./region-source.ts";
import { RegionSource } from "./region-source.ts";
import { RegionWriter } from "./region-writer.ts";

export type MergeLimits = {
  readonly fanIn: number;
  /** For the blocks of all open regions together. */
  readonly bytesMax: number;
};

/** 128 blocks of the usual size, read two at a time. */
export const MERGE_LIMITS: MergeLimits = { fanIn: 128, bytesMax: 16 << 20 };

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

  merged(places: readonly RegionPlace[]): Merger {
    let rest = places;
    while (rest.length > this.#limits.fanIn) {
      const used = this.#files;
      this.#files = [];
      rest = inGroups(rest, this.#limits.fanIn).map((group) => (group.length === 1 ? (group[0] as RegionPlace) : this.#mergedInto(group)));
      // Of a pass before; what was taken over as it is stays open.
      const kept = new Set(rest.map(({ file }) => file));
      for (const each of used) {
        if (kept.has(each.file)) this.#files.push(each);
        else remove(each);
      }
    }
    return this.#merger(rest);
  }

  close(): void {
    for (const each of this.#files) remove(each);
    this.#files = [];
  }

  #mergedInto(group: readonly RegionPlace[]): RegionPlace {
    const path = join(this.#directory, `merged-${String(this.#count++)}`);
    const appender = new FileAppender(path);
    try {
      const writer = new RegionWriter((bytes) => appender.append(bytes));
      const merger = this.#merger(group);
      for (let cursor = merger.next(); cursor !== null; cursor = merger.next())
        writer.record(cursor.bytes, cursor.recordStart, cursor.valueEnd);
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

function inGroups<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function remove({ file, path }: { readonly file: number; readonly path: string }): void {
  closeSync(file);
  rmSync(path, { force: true });
}
