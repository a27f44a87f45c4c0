import { utf8 } from "../../../../core/base/bytes.ts";
import type { Chunk, Piece } from "../../../../core/shards/moving/chunk.ts";
import { BEGIN, encodeCursor } from "../../../../core/shards/moving/copy-cursor.ts";
import { Staging } from "../../../../core/shards/moving/staging.ts";
import { encodeItem } from "../../../../core/kv/item-bytes.ts";
import { shardOf } from "../../../../core/shards/slots.ts";
import { LIMITS } from "../sharded-group.ts";

const KEY = utf8("{a}1");
const ITEM: Piece = { kind: "item", bytes: encodeItem(KEY, { value: utf8("v"), version: 1, revision: 1, deadlineMs: 0 }) };
const NEXT = { phase: "keys", start: 0, after: KEY } as const;
const START = encodeCursor(BEGIN);

const chunkOf = (...pieces: readonly Piece[]): Chunk => ({ next: NEXT, left: 0, pieces, totals: null });
const staging = (): Staging => new Staging(shardOf(KEY), LIMITS);

test("chunks are taken where the copy stands, and nowhere else", () => {
  const staged = staging();
  expect(staged.take(encodeCursor(NEXT), chunkOf(ITEM))).toBe("late");
  expect(staged.content.kv.size).toBe(0);
  expect(staged.take(START, chunkOf(ITEM))).toBe("taken");
  expect(staged.take(START, chunkOf(ITEM))).toBe("late");
  expect(staged.take(encodeCursor(NEXT), chunkOf({ kind: "keyGone", bytes: KEY }))).toBe("taken");
  expect(staged.content.kv.size).toBe(0);
});

test.each([
  {
    name: "a key of another shard",
    piece: { kind: "item", bytes: encodeItem(utf8("{b}"), { value: utf8("v"), version: 1, revision: 1, deadlineMs: 0 }) },
  },
  { name: "no item", piece: { kind: "item", bytes: utf8("?") } },
  { name: "no session", piece: { kind: "session", bytes: utf8("??") } },
] as const)("$name: wrong", ({ piece }) => {
  expect(staging().take(START, chunkOf(piece))).toBe("wrong");
});

test("a copy that has to begin anew is worth nothing", () => {
  expect(staging().take(START, { ...chunkOf(), next: BEGIN })).toBe("wrong");
});

test("the last chunk makes it whole if everything adds up: keys, sessions, revision", () => {
  const reference = staging();
  reference.take(START, chunkOf(ITEM));
  reference.content.kv.raiseRevision(9);
  const totals = {
    keysDigest: reference.content.kv.digest(),
    sessionsDigest: reference.content.sessions.digest(),
    revision: 9,
    stampMs: 1,
  };
  expect(staging().take(START, { ...chunkOf(ITEM), totals })).toBe("whole");
  expect(staging().take(START, { ...chunkOf(), totals })).toBe("wrong");
  expect(staging().take(START, { ...chunkOf(ITEM), totals: { ...totals, revision: 10 } })).toBe("wrong");
  expect(staging().take(START, { ...chunkOf(ITEM), totals: { ...totals, sessionsDigest: "x" } })).toBe("wrong");
});
