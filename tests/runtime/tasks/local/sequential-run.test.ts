// Whole jobs with functions as people write them, over every format of input.
import { existsSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Emit, JobRecord, TaskContext } from "../../../../core/mapreduce/job-functions.ts";
import { FileAppender } from "../../../../runtime/tasks/regions/file-appender.ts";
import { TestFolder } from "../run-here.ts";

let folder: TestFolder;
beforeEach(() => void (folder = new TestFolder()));
afterEach(() => folder.remove());

const sum = (key: string, values: Iterable<number>, emit: Emit): void => {
  let n = 0;
  for (const value of values) n += value;
  emit(key, n);
};
const words = { map: ({ value }: JobRecord, emit: Emit) => value.split(" ").forEach((word) => emit(word, 1)), reduce: sum };
const sorted = (): string[] => folder.output().sort();

test("a combiner changes what it costs, never what comes out", async () => {
  folder.input(
    "text",
    Array.from({ length: 3_000 }, (_, i) => `w${String(i % 7)} ${"long-word-".repeat(3)}${String(i % 400)} é${String(i % 3)}`).join("\n"),
  );
  const setting = { splitBytes: 20_000, options: { memoryBytes: 1 << 18 } };
  const without = await folder.runFunctions(words, setting);
  const expected = sorted();
  folder.remove();
  folder = new TestFolder();
  folder.input(
    "text",
    Array.from({ length: 3_000 }, (_, i) => `w${String(i % 7)} ${"long-word-".repeat(3)}${String(i % 400)} é${String(i % 3)}`).join("\n"),
  );
  const combined = await folder.runFunctions({ ...words, combine: sum }, setting);
  expect(sorted()).toEqual(expected);
  expect(combined.pairsWritten).toBeLessThan(without.pairsWritten / 2);
  expect([without.pairsRead, combined.pairsRead]).toEqual([without.pairsWritten, combined.pairsWritten]);
});

test("values come back as they were emitted, in the order of the input, once per key", async () => {
  const given = ["text é", "", 0, -5, 1.5, 2 ** 53, -0, true, null, [1, { a: "ü" }], undefined, new Uint8Array([0, 255])];
  folder.input("text", "x\n");
  const seen: unknown[] = [];
  await folder.runFunctions({
    map: (_: JobRecord, emit: Emit) => given.forEach((value) => emit("k", value)),
    reduce: (_: string, values: Iterable<unknown>) => void seen.push(...values),
  });
  expect(seen).toEqual(given.map((value) => (Object.is(value, -0) ? 0 : value)));
});

test("JSON lines; empty ones are none", async () => {
  folder.input("a.json", '{"n":1}\n\n{"n":41}\n');
  const job = { map: ({ value }: JobRecord<{ readonly n: number }>, emit: Emit) => emit("n", value.n), reduce: sum };
  await folder.runFunctions(job, { options: { inputFormat: "jsonLines" } });
  expect(folder.output()).toEqual(["n\t42"]);
});

test("a bad record says which file and byte it is", async () => {
  folder.input("b.json", '{"n":1}\n{"n":\n');
  const job = { map: () => undefined, reduce: () => undefined };
  await expect(folder.runFunctions(job, { options: { inputFormat: "jsonLines" } })).rejects.toMatchObject({
    reason: "badRecord",
    place: { record: 1, file: "b.json", offset: 8 },
  });
  expect(readdirSync(folder.path)).not.toContain("out");
});

test("keys and values of an output are the input of the next job", async () => {
  folder.input("kv", "a\t1\nb\t2\nc\n");
  await folder.runFunctions(
    {
      map: ({ key, value }: JobRecord, emit: Emit) => emit(key, value),
      reduce: (key: string, values: Iterable<string>, emit: Emit) => emit(key, [...values]),
    },
    { options: { inputFormat: "keyValue" } },
  );
  expect(sorted()).toEqual(['a\t["1"]', 'b\t["2"]', 'c\t[""]']);
});

test("whole files are one record each, packed ones are unpacked, empty ones are there", async () => {
  folder.input("plain.txt", "one\ntwo\n");
  folder.input("packed.txt.gz", gzipSync("three\n".repeat(100)));
  folder.input("empty", "");
  folder.input("_hidden", "x");
  const lengths = { map: ({ key, value }: JobRecord, emit: Emit) => emit(key, value.length), reduce: sum };
  await folder.runFunctions(lengths, { splitBytes: 3, options: { inputFormat: "whole" } });
  expect(sorted()).toEqual(["empty\t0", "packed.txt.gz\t600", "plain.txt\t8"]);
});

test("lines of packed files, and one that is damaged", async () => {
  const packed = gzipSync("one two\nthree\n".repeat(500));
  folder.input("a.gz", packed);
  await folder.runFunctions(words, { splitBytes: 10 });
  expect(sorted()).toEqual(["one\t500", "three\t500", "two\t500"]);
  folder.remove();
  folder = new TestFolder();
  folder.input("a.gz", packed.subarray(0, packed.length - 9));
  await expect(folder.runFunctions(words)).rejects.toMatchObject({
    reason: "badInput",
    place: { file: expect.stringContaining("a.gz") as string },
  });
});

test("a partitioner of the job decides where keys go, counters are added up, and parameters arrive", async () => {
  folder.input("text", "a1 b2 c1 d0");
  const job = {
    ...words,
    map: (record: JobRecord, emit: Emit, { count, options }: TaskContext) => {
      words.map(record, emit);
      count("lines");
      count(options["name"] ?? "", 5);
    },
    partition: (key: string, reduces: number) => Number(key[1]) % reduces,
  };
  const { counters } = await folder.runFunctions(job, { reduces: 3, options: { parameters: { name: "mine" } } });
  expect(counters).toEqual({ lines: 1, mine: 5 });
  expect(folder.output()).toEqual(["d0\t1", "a1\t1", "c1\t1", "b2\t1"]);
});

test("a key with a million values goes through the reduce one by one", async () => {
  folder.input("text", "x\n".repeat(4));
  const many = {
    map: (_: JobRecord, emit: Emit) => {
      for (let i = 0; i < 250_000; i++) emit("k", "value");
    },
    reduce: (key: string, values: Iterable<string>, emit: Emit) => {
      let n = 0;
      for (const value of values) n += value.length;
      emit(key, n);
    },
  };
  await folder.runFunctions(many, { reduces: 1, options: { memoryBytes: 8 << 20 } });
  expect(folder.output()).toEqual(["k\t5000000"]);
});

test.each([
  { inputs: ["gopher://x"], reason: "badUrl" },
  { inputs: ["/etc/passwd"], reason: "badUrl" },
  { inputs: ["file:/etc/passwd"], reason: "badUrl" },
])("an input that can't be: $inputs", async ({ inputs, reason }) => {
  await expect(folder.run({ inputs })).rejects.toMatchObject({ reason });
});

test("of nothing comes nothing, in as many parts as were asked for", async () => {
  folder.input("empty", "");
  await folder.runFunctions(words, { reduces: 2 });
  expect(folder.output()).toEqual([]);
  expect(readdirSync(join(folder.path, "out")).sort()).toEqual(["part-00000", "part-00001"]);
});

test("a disk that is full is said, and nothing half-written stays", () => {
  const path = join(folder.path, "output");
  symlinkSync("/dev/full", `${path}.${String(process.pid)}.tmp`);
  const file = new FileAppender(path);
  expect(() => {
    for (let i = 0; i < 100; i++) file.append(Buffer.alloc(100_000));
  }).toThrow(expect.objectContaining({ reason: "diskFull" }) as Error);
  expect(readdirSync(folder.path)).toEqual([]);
  expect(existsSync(path)).toBe(false);
});

test("of a job that fails nothing stays beside its output", async () => {
  folder.input("text", "x\n");
  const failing = { ...words, reduce: () => void JSON.parse("no") };
  await expect(folder.runFunctions(failing)).rejects.toMatchObject({ reason: "threw" });
  await expect(folder.run({ inputs: [`file:${folder.path}/none`] })).rejects.toMatchObject({ reason: "missingInput" });
  expect(readdirSync(folder.path).sort()).toEqual(["in", "scratch"]);
});
