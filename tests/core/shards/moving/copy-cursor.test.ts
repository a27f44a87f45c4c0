import { utf8 } from "../../../../core/base/bytes.ts";
import type { CopyCursor } from "../../../../core/shards/moving/copy-cursor.ts";
import { decodeCursor, encodeCursor } from "../../../../core/shards/moving/copy-cursor.ts";

const CURSORS: readonly CopyCursor[] = [
  { phase: "begin" },
  { phase: "keys", start: 300, after: utf8("k") },
  { phase: "sessions", start: 0, after: utf8("") },
  { phase: "changes", since: 1_000_000 },
];

test.each(CURSORS)("%j comes back as it was", (cursor) => {
  expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor);
});

test("different cursors are different bytes", () => {
  const texts = CURSORS.map((cursor) => encodeCursor(cursor).join());
  expect(new Set(texts).size).toBe(CURSORS.length);
});

test.each([[[]], [[9]], [[0, 1]], [[3]], [[3, 1, 1]], [[1]]])("%j is none", (bytes) => {
  expect(decodeCursor(Uint8Array.from(bytes))).toBeNull();
});
