import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MergePasses } from "../../../../runtime/tasks/regions/merge-passes.ts";
import { RegionFile, RegionFileWriter } from "../../../../runtime/tasks/regions/region-file.ts";
import { RegionSource } from "../../../../runtime/tasks/regions/region-source.ts";
import { PairBytes } from "../../../../runtime/tasks/records/pair-bytes.ts";
import { RecordCursor, recordBytes, writeLength } from "../../../../runtime/tasks/records/record-layout.ts";
import { RandomSource } from "../records/random-records.ts";

let directory = "";
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "flotilla-regions-"))));
afterEach(() => rmSync(directory, { recursive: true }));

function record(key: string, value: string): Buffer {
  const pair = new PairBytes().keyText(key).valueText(value);
  const bytes = Buffer.alloc(recordBytes(pair.keyEnd, pair.valueEnd - pair.keyEnd));
  const at = writeLength(bytes, writeLength(bytes, 0, pair.keyEnd), pair.valueEnd - pair.keyEnd);
  pair.bytes.copy(bytes, at, 0, pair.valueEnd);
  return bytes;
}

function write(name: string, partitions: readonly (readonly (readonly [string, string])[])[]): RegionFile {
  const path = join(directory, name);
  const writer = new RegionFileWriter(path, partitions.length);
  for (const [partition, pairs] of partitions.entries()) {
    if (pairs.length > 0) writer.partition(partition);
    for (const [key, value] of pairs) {
      const bytes = record(key, value);
      writer.record(bytes, 0, bytes.length);
    }
  }
  writer.finish();
  return new RegionFile(path);
}

function placeOf(file: RegionFile, partition: number): ConstructorParameters<typeof RegionSource>[0] {
  const { offset = 0, bytes = 0 } = file.regions.at(partition) ?? {};
  return { file: file.file, name: file.path, offset, bytes };
}

function read(file: RegionFile, partition: number, readBytes = 64): [string, string][] {
  const source = new RegionSource(placeOf(file, partition), readBytes);
  const pairs: [string, string][] = [];
  for (let block = source.nextBlock(); block !== null; block = source.nextBlock()) {
    const cursor = new RecordCursor(block);
    const text = Buffer.from(block);
    while (cursor.next()) {
      pairs.push([text.toString("utf8", cursor.keyStart, cursor.keyEnd), text.toString("utf8", cursor.keyEnd, cursor.valueEnd)]);
    }
  }
  return pairs;
}

test("what was written is read, empty regions and records longer than a block too", () => {
  const long = "x".repeat(300_000);
  const partitions = [
    [],
    [
      ["a", "1"],
      ["b", long],
      ["c", ""],
    ],
    [],
    [["", "empty key"]],
    [],
  ] as const;
  const file = write("r", partitions as never);
  for (const [partition, pairs] of partitions.entries()) expect(read(file, partition)).toEqual(pairs);
  expect(file.regions.all().map(({ records }) => records)).toEqual([0, 3, 0, 1, 0]);
  file.close();
});

const PAIRS = Array.from({ length: 3_000 }, (_, i): [string, string] => [`key-${String(i).padStart(6, "0")}`, "v".repeat(i % 40)]);

test("a changed byte, wherever it is, is noticed", () => {
  const file = write("r", [PAIRS]);
  file.close();
  const bytes = readFileSync(file.path);
  const random = new RandomSource(3);
  for (let i = 0; i < 40; i++) {
    const damaged = Buffer.from(bytes);
    const at = random.between(0, bytes.length - 1);
    damaged[at] = (damaged[at] as number) ^ (1 << random.between(0, 7));
    writeFileSync(file.path, damaged);
    expect(() => {
      const again = new RegionFile(file.path);
      try {
        read(again, 0);
      } finally {
        again.close();
      }
    }).toThrow(/damaged/);
  }
});

test("a region that ends between two blocks is damaged, though all its checksums are right", () => {
  const file = write("r", [PAIRS]);
  const { file: open, name, offset } = placeOf(file, 0);
  const first = 12 + readFileSync(file.path).readUInt32LE(0);
  const source = new RegionSource({ file: open, name, offset, bytes: first }, 1 << 16);
  expect(source.nextBlock()).not.toBeNull();
  expect(() => source.nextBlock()).toThrow("it ends too early");
  file.close();
});

test.each([2, 3, 5, 128])("regions are merged in order, those of one key as they come: %i at once", async (fanIn) => {
  const random = new RandomSource(11);
  const files = Array.from({ length: 17 }, (_, i) => {
    const keys = Array.from({ length: random.between(0, 60) }, () => random.bytes(random.between(0, 7), 3).toString("latin1")).sort();
    return write(`r${String(i)}`, [keys.map((key, k) => [key, `${String(i)}.${String(k)}`] as [string, string])]);
  });
  const all = files.flatMap((file) => read(file, 0));
  const expected = all.map((pair, i) => ({ pair, i })).sort((a, b) => (a.pair[0] < b.pair[0] ? -1 : a.pair[0] > b.pair[0] ? 1 : a.i - b.i));
  const passes = new MergePasses(directory, { fanIn, bytesMax: 1 << 16 });
  let merged = 0;
  const merger = await passes.merged(
    files.map((file) => placeOf(file, 0)),
    (bytes) => Promise.resolve(void (merged += bytes)),
  );
  const found: [string, string][] = [];
  for (let cursor = merger.next(); cursor !== null; cursor = merger.next()) {
    const text = Buffer.from(cursor.bytes);
    found.push([text.toString("utf8", cursor.keyStart, cursor.keyEnd), text.toString("utf8", cursor.keyEnd, cursor.valueEnd)]);
  }
  passes.close();
  expect(found).toEqual(expected.map(({ pair }) => pair));
  // What took passes of its own was told.
  expect(merged > 0).toBe(fanIn < files.length);
  for (const file of files) file.close();
});
