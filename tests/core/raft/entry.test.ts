import { createEntry, decodeEntry, ENTRY_HEADER_BYTES } from "../../../core/raft/entry.ts";
import { asIndex, asServiceIndex, asTerm } from "../../../core/base/ids.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { Slab } from "../../../core/base/slab.ts";
import { entry } from "./entries.ts";

test("what is encoded is decoded, up to the largest numbers", () => {
  const big = 2 ** 48 - 1;
  for (const n of [0, 1, 255, 256, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 7, big]) {
    const made = createEntry({
      index: asIndex(n),
      term: asTerm(big - n),
      serviceIndex: asServiceIndex(n),
      kind: "membership",
      version: 7,
      body: utf8("body"),
    });
    expect(decodeEntry(made.bytes)).toEqual(made);
  }
});

test("an entry's bytes are one piece: body and header share them", () => {
  const made = entry(1, 1, "abc");
  expect(made.bytes.length).toBe(ENTRY_HEADER_BYTES + 3);
  expect(made.body.buffer).toBe(made.bytes.buffer);
});

test("entries of one slab share its memory and nothing else", () => {
  const slab = new Slab({ slabBytes: 65_536, sharedBytesMax: 4_096 });
  const place = { term: asTerm(1), kind: "command", version: 1 } as const;
  const made = [1, 2, 3].map((n) =>
    createEntry({ ...place, index: asIndex(n), serviceIndex: asServiceIndex(n), body: utf8("x".repeat(n)) }, slab),
  );
  expect(new Set(made.map(({ bytes }) => bytes.buffer)).size).toBe(1);
  expect(made.map(({ bytes }) => decodeEntry(bytes))).toEqual(made);
});

test.each([
  { name: "too short", bytes: entry(1, 1).bytes.subarray(0, ENTRY_HEADER_BYTES - 1) },
  { name: "of another format", bytes: entry(1, 1).bytes.map((byte, i) => (i === 0 ? 9 : byte)) },
  { name: "of no known kind", bytes: entry(1, 1).bytes.map((byte, i) => (i === 1 ? 200 : byte)) },
  { name: "nothing", bytes: new Uint8Array(0) },
])("bytes that are no entry: $name", ({ bytes }) => {
  expect(decodeEntry(bytes)).toBeNull();
});
