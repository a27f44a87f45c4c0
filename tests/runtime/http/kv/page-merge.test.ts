import * as fc from "fast-check";
import { compareBytes } from "../../../../core/base/bytes.ts";
import type { KvEntry } from "../../../../core/kv/results.ts";
import type { PageSource } from "../../../../runtime/http/kv/page-merge.ts";
import { mergePages } from "../../../../runtime/http/kv/page-merge.ts";

const entry = (key: Uint8Array, bytes = 1): KvEntry => ({ key, value: new Uint8Array(bytes), version: 1, revision: 1 });

/** Tells at most so many at a time, whatever it is asked for. */
function sourceOf(keys: readonly Uint8Array[], most: number, reads: { count: number }): PageSource {
  const sorted = [...keys].sort(compareBytes);
  const source: PageSource = {
    read: (after, limit) => {
      reads.count++;
      const left = sorted.filter((key) => after === null || compareBytes(key, after) > 0);
      const page = left.slice(0, Math.min(most, limit));
      return Promise.resolve([
        { source, page: { entries: page.map((key) => entry(key)), next: left.length > page.length ? (page.at(-1) ?? null) : null } },
      ]);
    },
  };
  return source;
}

test("pages of any sources, one after the other, are all keys in byte order, each once", async () => {
  const key = fc.uint8Array({ minLength: 1, maxLength: 3 });
  const keys = fc.uniqueArray(key, { maxLength: 30, selector: (each) => Buffer.from(each).toString("hex") });
  await fc.assert(
    fc.asyncProperty(keys, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 8 }), async (all, sources, limit) => {
      const reads = { count: 0 };
      const parts = Array.from({ length: sources }, (_, n) =>
        sourceOf(
          all.filter((_, i) => i % sources === n),
          1 + (n % 3),
          reads,
        ),
      );
      const found: Uint8Array[] = [];
      let after: Uint8Array | null = null;
      do {
        const states = (await Promise.all(parts.map((part) => part.read(after, 2)))).flat();
        const page: Awaited<ReturnType<typeof mergePages>> = await mergePages(states, { entries: limit, bytes: 1e6 });
        expect(page.entries.length).toBeLessThanOrEqual(limit);
        if (page.next !== null) expect(page.entries).toHaveLength(limit);
        found.push(...page.entries.map((each) => each.key));
        after = page.next;
      } while (after !== null);
      expect(found).toEqual([...all].sort(compareBytes));
    }),
    { numRuns: 300 },
  );
});

test("a page ends where it would become too large, but never before its first entry", async () => {
  const source: PageSource = { read: () => Promise.reject(new Error("not needed")) };
  const large = [1, 2, 3].map((n) => entry(new Uint8Array([n]), 1_000));
  const page = await mergePages([{ source, page: { entries: large, next: null } }], { entries: 10, bytes: 1_500 });
  expect([page.entries.length, page.next]).toEqual([1, new Uint8Array([1])]);
  expect((await mergePages([{ source, page: { entries: large, next: null } }], { entries: 10, bytes: 1 })).entries).toHaveLength(1);
});
