import { RandomSource } from "./random-records.ts";
import { compareBytes, hashOf, partitionOf } from "../../../../runtime/tasks/records/byte-order.ts";
import { PairBytes } from "../../../../runtime/tasks/records/pair-bytes.ts";
import { RecordBuffer } from "../../../../runtime/tasks/records/record-buffer.ts";
import { RecordCursor } from "../../../../runtime/tasks/records/record-layout.ts";

const PARTITIONS = 3;

type Pair = { readonly key: Buffer; readonly value: string };

/** A line for each, because comparing texts is a hundred times as quick as comparing objects. */
function drained(pairs: readonly Pair[]): readonly string[] {
  const partitioner = (bytes: Uint8Array, start: number, end: number): number => partitionOf(hashOf(bytes, start, end), PARTITIONS);
  const buffer = new RecordBuffer({ partitions: PARTITIONS, partitioner, bytesMax: 1 << 24 });
  const pair = new PairBytes();
  for (const { key, value } of pairs) buffer.add(pair.keyFrom(key, 0, key.length).valueText(value));
  const found: string[] = [];
  let partition = -1;
  const cursor = new RecordCursor(new Uint8Array(0));
  buffer.drain({
    partition: (next) => void (partition = next),
    record: (bytes, start) => {
      cursor.bytes = bytes;
      cursor.moveTo(start);
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      const [key, value] = [text.toString("hex", cursor.keyStart, cursor.keyEnd), text.toString("utf8", cursor.keyEnd, cursor.valueEnd)];
      found.push(`${partition} ${key} ${value}`);
    },
  });
  expect(buffer.records).toBe(0);
  return found;
}

function expected(pairs: readonly Pair[]): readonly string[] {
  return pairs
    .map(({ key, value }, i) => ({ partition: partitionOf(hashOf(key, 0, key.length), PARTITIONS), bytes: key, value, i }))
    .sort((a, b) => a.partition - b.partition || compareBytes(a.bytes, b.bytes) || a.i - b.i)
    .map(({ partition, bytes, value }) => `${partition} ${bytes.toString("hex")} ${value}`);
}

test.each([
  { name: "few keys", keyBytes: [0, 3], alphabet: 2, count: 2_000 },
  { name: "keys that end before others, with zeros", keyBytes: [0, 14], alphabet: 2, count: 3_000 },
  { name: "any bytes", keyBytes: [0, 40], alphabet: 256, count: 3_000 },
  { name: "long common beginnings", keyBytes: [30, 33], alphabet: 2, count: 500, prefix: "https://example.org/a/b/c/" },
  { name: "very long common beginnings", keyBytes: [0, 9], alphabet: 2, count: 200, prefix: "a".repeat(1_995) },
  { name: "beginnings of about as much as is sorted by its bytes", keyBytes: [0, 9], alphabet: 2, count: 200, prefix: "a".repeat(994) },
  { name: "a dozen", keyBytes: [1, 4], alphabet: 3, count: 12 },
  { name: "none", keyBytes: [1, 4], alphabet: 3, count: 0 },
])("records come by partition, key, and as they were added: $name", ({ keyBytes, alphabet, count, prefix = "" }) => {
  for (let seed = 1; seed <= 5; seed++) {
    const random = new RandomSource(seed);
    const pairs = Array.from({ length: count }, (_, i) => ({
      key: Buffer.concat([Buffer.from(prefix), random.bytes(random.between(keyBytes[0] as number, keyBytes[1] as number), alphabet)]),
      value: String(i),
    }));
    expect(drained(pairs).join("\n")).toBe(expected(pairs).join("\n"));
  }
});

test.each([
  { name: "equal ones of 100 kB", count: 13, keyOf: () => Buffer.alloc(100_000, "a") },
  {
    name: "100 kB with another last byte",
    count: 40,
    keyOf: (i: number) => Buffer.concat([Buffer.alloc(100_000, "a"), Buffer.of(200 - i)]),
  },
  { name: "of which each goes on where the one before ends", count: 40, keyOf: (i: number) => Buffer.alloc(20_000 + i, 0) },
])("keys that agree for very long: $name", ({ count, keyOf }) => {
  const pairs = Array.from({ length: count }, (_, i) => ({ key: keyOf(i), value: String(i) }));
  expect(drained(pairs).join("\n") === expected(pairs).join("\n")).toBe(true);
});

test("it is full when records and what is kept about them reach the budget, and never for a record alone", () => {
  const buffer = new RecordBuffer({ partitions: 1, partitioner: () => 0, bytesMax: 1_000 });
  expect(buffer.isFullFor(5_000, 5_000)).toBe(false);
  const pair = new PairBytes().keyText("k".repeat(100)).valueText("v".repeat(100));
  let added = 0;
  for (; !buffer.isFullFor(100, 100); added++) buffer.add(pair);
  expect(added).toBe(4);
});

test("the hash is that of the labs: FNV-1a of 32 bits", () => {
  const of = (text: string): number => hashOf(Buffer.from(text), 0, text.length);
  expect([of(""), of("a"), of("foobar")]).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
  // As the crash app's keys fall with ten reduce tasks.
  expect(["a", "b", "c", "d"].map((key) => partitionOf(of(key), 10))).toEqual([2, 9, 0, 5]);
});
