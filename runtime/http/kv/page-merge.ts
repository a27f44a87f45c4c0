// Pages of several sources, each in byte order, become one: always the lowest key of all, and a source whose page is used up
// while it has more is read on before anything above is taken.
import { compareBytes } from "../../../core/base/bytes.ts";
import type { KvEntry } from "../../../core/kv/results.ts";

export type SourcePage = { readonly entries: readonly KvEntry[]; readonly next: Uint8Array | null };

export type PageSource = {
  /** What follows `after`, at most so many entries. */
  readonly read: (after: Uint8Array | null, limit: number) => Promise<readonly SourceState[]>;
};

/** A source with the page that it is at. One that can't go on as a whole goes on as several. */
export type SourceState = { readonly source: PageSource; readonly page: SourcePage };

export type MergedPage = { readonly entries: readonly KvEntry[]; readonly next: Uint8Array | null };
export type PageLimits = { readonly entries: number; readonly bytes: number };

type Cursor = { readonly state: SourceState; at: number };

export async function mergePages(states: readonly SourceState[], limits: PageLimits): Promise<MergedPage> {
  let cursors = states.map((state): Cursor => ({ state, at: 0 }));
  const entries: KvEntry[] = [];
  let bytes = 0;
  for (;;) {
    const spent = cursors.find(({ state: { page }, at }) => at >= page.entries.length && page.next !== null);
    if (spent !== undefined) {
      const { source, page } = spent.state;
      const states = await source.read(page.next, limits.entries - entries.length);
      cursors = [...cursors.filter((each) => each !== spent), ...states.map((state): Cursor => ({ state, at: 0 }))];
      continue;
    }
    const lowest = lowestOf(cursors);
    if (lowest === null) return { entries, next: null };
    const entry = lowest.state.page.entries[lowest.at] as KvEntry;
    bytes += entry.key.length + entry.value.length;
    const isFull = entries.length >= limits.entries || (bytes > limits.bytes && entries.length > 0);
    if (isFull) return { entries, next: entries.at(-1)?.key ?? null };
    entries.push(entry);
    lowest.at++;
    // What is left to be read on is not needed any more.
    if (entries.length === limits.entries) return { entries, next: hasMore(cursors) ? entry.key : null };
  }
}

const hasMore = (cursors: readonly Cursor[]): boolean =>
  cursors.some(({ state: { page }, at }) => at < page.entries.length || page.next !== null);

function lowestOf(cursors: readonly Cursor[]): Cursor | null {
  let lowest: Cursor | null = null;
  for (const cursor of cursors) {
    const entry = cursor.state.page.entries[cursor.at];
    if (entry === undefined) continue;
    const best = lowest?.state.page.entries[lowest.at];
    if (best === undefined || compareBytes(entry.key, best.key) < 0) lowest = cursor;
  }
  return lowest;
}
