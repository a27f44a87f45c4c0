import { utf8 } from "../../../../core/base/bytes.ts";
import { Random } from "../../../../core/base/random.ts";
import type { Chunk } from "../../../../core/shards/moving/chunk.ts";
import { decodeChunk, encodeChunk } from "../../../../core/shards/moving/chunk.ts";

const CHUNK: Chunk = {
  next: { phase: "changes", since: 7 },
  left: 3,
  pieces: [
    { kind: "item", bytes: utf8("item") },
    { kind: "session", bytes: utf8("session") },
    { kind: "keyGone", bytes: utf8("k") },
    { kind: "sessionGone", bytes: utf8("") },
  ],
  totals: { keysDigest: "1-2-3", sessionsDigest: "4-5", revision: 6, stampMs: 1_800_000_000_000 },
};

test("comes back as it was, with totals and without", () => {
  for (const chunk of [CHUNK, { ...CHUNK, totals: null, pieces: [] }]) expect(decodeChunk(encodeChunk(chunk))).toEqual(chunk);
});

test("cut short or continued, it is none; no bytes make it throw", () => {
  const bytes = encodeChunk(CHUNK);
  for (let length = 0; length < bytes.length; length++) expect(decodeChunk(bytes.slice(0, length))).toBeNull();
  expect(decodeChunk(Uint8Array.from([...bytes, 0]))).toBeNull();
  const random = new Random(1);
  for (let i = 0; i < 2_000; i++) {
    const damaged = bytes.slice();
    damaged[random.between(0, damaged.length - 1)] = random.between(0, 255);
    decodeChunk(damaged);
  }
});
