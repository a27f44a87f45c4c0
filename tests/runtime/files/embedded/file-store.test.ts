import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { EmbeddedInputs } from "../../../../runtime/files/embedded/embedded-inputs.ts";
import { EmbeddedOutputs } from "../../../../runtime/files/embedded/embedded-outputs.ts";
import { FileStore } from "../../../../runtime/files/embedded/file-store.ts";
import { sweep } from "../../../../runtime/files/embedded/sweep.ts";
import { KeyValues } from "../../../../runtime/files/store/key-values.ts";
import type { OutputFile } from "../../../../core/mapreduce/assignment.ts";
import { TaskProblem } from "../../../../runtime/tasks/task-problem.ts";
import { AnOutput, describeOutput } from "../an-output.ts";
import { pausing, putFile, textOfFile } from "./written-files.ts";
import { MemoryStore } from "../memory-store.ts";

const CHUNK_BYTES = 1 << 18;

let directory = "";
let store: MemoryStore;
let files: FileStore;
let nowMs = 0;
const sweepNow = (liveJobs: readonly string[] = []): Promise<number> =>
  sweep({ kv: new KeyValues(store), files, wallMs: () => nowMs, isLive: (job) => Promise.resolve(liveJobs.includes(job)) });
/** Twice: what is given up by the first is looked at again by the second. */
async function sweepMuchLater(): Promise<void> {
  for (let i = 0; i < 2; i++) {
    nowMs += 3_700_000;
    await sweepNow();
  }
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "flotilla-embedded-"));
  store = new MemoryStore();
  nowMs = 1_000;
  files = new FileStore({ kv: new KeyValues(store), quotaBytes: 3 * CHUNK_BYTES, wallMs: () => nowMs });
});
afterEach(() => rmSync(directory, { recursive: true }));

const put = (path: string, content: string | Buffer): Promise<void> => putFile(files, path, content);
const textOf = (path: string, from = 0): Promise<string | null> => textOfFile(files, path, from);

test("a file is there whole or not at all, whatever its length", async () => {
  for (const length of [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES + 5]) {
    const content = "abcdefg".repeat(Math.ceil(length / 7)).slice(0, length);
    const upload = await files.upload({ job: null, source: Readable.from([Buffer.from(content)]) });
    expect(await textOf("a/b")).toBeNull();
    await files.show([files.fileOf("a/b", upload)], { mayReplace: true });
    expect(await textOf("a/b")).toBe(content);
    expect(await textOf("a/b", Math.floor(length / 2))).toBe(content.slice(Math.floor(length / 2)));
    expect(await files.bytes()).toBe(length);
    await files.remove("a/b");
    nowMs += 700_000;
    await sweepNow();
  }
  expect(await files.bytes()).toBe(0);
  expect(store.keys()).toEqual(["{files}:bytes"]);
});

test("who reads a file that is replaced goes on reading the old one for a while", async () => {
  await put("f", "x".repeat(CHUNK_BYTES) + "old");
  const file = await files.find("f");
  if (file === null) throw new Error("it is there");
  const reading = files.read(file);
  await reading.next();
  await put("f", "new");
  nowMs += 500_000;
  await sweepNow();
  expect((await reading.next()).value?.toString()).toBe("old");
  expect(await textOf("f")).toBe("new");
  nowMs += 200_000;
  expect(await sweepNow()).toBe(1);
  expect(store.keys("flotilla/file-chunks/").length).toBe(1);
});

test("more than the quota is refused, names s3: and leaves nothing", async () => {
  await put("f", "x".repeat(2 * CHUNK_BYTES));
  await expect(put("g", "x".repeat(CHUNK_BYTES + 1))).rejects.toThrow("use s3:");
  expect(await textOf("g")).toBeNull();
  await sweepMuchLater();
  expect(store.keys()).toEqual(["{files}:bytes", ...store.keys("flotilla/file-chunks/"), "{files}:file:f"].sort());
  expect(store.keys("flotilla/file-chunks/").length).toBe(2);
  // Two that come at once don't get past it together, and the room of the one that is refused is free at once.
  const outcomes = await Promise.allSettled(["g", "h"].map((path) => put(path, "x".repeat(CHUNK_BYTES))));
  expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(await files.bytes()).toBe(3 * CHUNK_BYTES);
});

test("an upload that is finished while it is being taken away is one or the other", async () => {
  const upload = await files.upload({ job: null, source: Readable.from([Buffer.from("x")]) });
  nowMs += 4_000_000;
  let hasShown: boolean | null = null;
  store.beforeWrite = async (keys) => {
    if (hasShown !== null || !keys.some((key) => key.includes("file-chunks"))) return;
    hasShown = false;
    await files.show([files.fileOf("f", upload)], { mayReplace: true }).then(
      () => (hasShown = true),
      () => undefined,
    );
  };
  await sweepNow();
  expect(hasShown).not.toBeNull();
  expect(await textOf("f")).toBe(hasShown === true ? "x" : null);
});

test("damage is found by the checksum", async () => {
  await put("f", "content");
  const [chunk] = store.keys("flotilla/file-chunks/");
  await new KeyValues(store).put(chunk ?? "", "cOntent");
  await expect(textOf("f")).rejects.toThrow("its checksum is another");
});

test("a folder and a file are inputs; a change after the listing is noticed", async () => {
  await put("in/b.txt", "b");
  await put("in/a.gz", "a");
  await put("in/_hidden", "h");
  await put("inner", "no");
  const inputs = new EmbeddedInputs(files);
  const listed = await inputs.list("files:in");
  expect(listed.map(({ url, compression }) => [url, compression])).toEqual([
    ["files:in/a.gz", "gzip"],
    ["files:in/b.txt", "none"],
  ]);
  await put("in/b.txt", "c");
  const [, file] = listed;
  if (file === undefined) throw new Error("two");
  const reading = inputs.read({ ...file, offset: 0, fileLength: 1 }, 0);
  await expect(reading[Symbol.asyncIterator]().next()).rejects.toMatchObject({ reason: "inputChanged" });
  await expect(inputs.list("files:nothing")).rejects.toMatchObject({ reason: "missingInput" });
  await expect(inputs.list("files:../x")).rejects.toMatchObject({ reason: "badUrl" });
});

test("a job's parts are there all at once, of each one attempt, and nothing else stays", async () => {
  const output = new AnOutput(new EmbeddedOutputs(files), directory, describeOutput("files:out"));
  await output.check();
  const [first, other, second] = [
    await output.write(0, 1, { a: "1" }),
    await output.write(0, 2, { a: "2" }),
    await output.write(1, 1, { b: "3" }),
  ];
  await output.publish(0, 2, other);
  await output.publish(0, 2, other);
  expect(await files.page("out/", { after: null, limit: 9 })).toMatchObject({ files: [] });
  await output.publish(1, 1, second);
  expect([await textOf("out/part-00000"), await textOf("out/part-00001")]).toEqual(["a\t2\n", "b\t3\n"]);
  await output.publish(1, 1, second);
  await output.finish(true);
  await output.discard(first);
  expect(store.keys("flotilla/file-chunks/").length).toBe(2);
  await sweepMuchLater();
  expect(store.keys("{files}:held:")).toEqual([]);
  expect(store.keys("flotilla/file-chunks/").length).toBe(2);
  await expect(output.check()).rejects.toMatchObject({ reason: "outputExists" });
});

test("of a job that fails nothing stays; parts of a job that goes on are kept however long it takes", async () => {
  const output = new AnOutput(new EmbeddedOutputs(files), directory, describeOutput("files:out"));
  const [first, second] = [await output.write(0, 1, { a: "1" }), await output.write(1, 1, { b: "1" })];
  await output.publish(0, 1, first);
  nowMs += 10_000_000;
  expect(await sweepNow(["job-1.000000000001"])).toBe(0);
  await output.finish(false);
  expect(store.keys("flotilla/")).toEqual([]);
  await expect(output.publish(1, 1, second)).rejects.toThrow("its job has ended");
  await sweepMuchLater();
  expect([store.keys(), await files.bytes()]).toEqual([["{files}:bytes"], 0]);
  const late = await output.write(1, 2, { b: "2" });
  expect(late.bytes).toBe(4);
  nowMs += 10_000_000;
  expect(await sweepNow()).toBe(1);
});

/** Once, before this chunk is written. */
function beforeChunk(chunk: number, then: () => Promise<unknown>): void {
  let isDone = false;
  store.beforeWrite = async (keys) => {
    if (isDone || !keys.some((key) => key.includes("file-chunks") && key.endsWith(String(chunk)))) return;
    isDone = true;
    await then();
  };
}

test("chunks that are written after their upload was taken away are taken away by whoever wrote them", async () => {
  beforeChunk(2, async () => {
    for (const { upload, text } of await files.held()) await files.drop(upload, text);
  });
  const source = Readable.from([Buffer.alloc(3 * CHUNK_BYTES)]);
  await expect(files.upload({ job: "job-1", source })).rejects.toThrow("its job has ended");
  expect(store.keys("flotilla/")).toEqual([]);
});

test("where the one who wrote them is gone as well, the sweep finds them", async () => {
  files = new FileStore({ kv: new KeyValues(store), quotaBytes: 8 * CHUNK_BYTES, wallMs: () => nowMs });
  const { source, paused } = pausing(4 * CHUNK_BYTES);
  void files.upload({ job: "job-1", source });
  await paused;
  for (const held of await files.held()) {
    await files.drop(held.upload, held.text);
    await new KeyValues(store).put(`flotilla/file-chunks/${held.upload}/00000001`, "late");
  }
  expect(await sweepNow()).toBe(0);
  await sweepMuchLater();
  expect([store.keys(), await files.bytes()]).toEqual([["{files}:bytes"], 0]);
});

test("an output of more parts than a transaction takes is refused at once", async () => {
  const output = new AnOutput(new EmbeddedOutputs(files), directory, describeOutput("files:out", { reduces: 301 }));
  await expect(output.check()).rejects.toThrow("at most 300 parts");
});

test("an output of many parts is published by looking at each of them a few times, and not at all of them for each", async () => {
  const parts = 60;
  store.pageMax = 500;
  const output = new AnOutput(new EmbeddedOutputs(files), directory, describeOutput("files:out", { reduces: parts }));
  const written: OutputFile[] = [];
  for (let task = 0; task < parts; task++) written.push(await output.write(task, 1, { [String(task)]: "1" }));
  store.scanned = 0;
  for (const [task, file] of written.entries()) {
    expect(await files.page("out/", { after: null, limit: 1 })).toMatchObject({ files: [] });
    await output.publish(task, 1, file);
    await output.publish(task, 1, file);
  }
  expect((await files.page("out/", { after: null, limit: 100 })).files).toHaveLength(parts);
  expect(store.scanned).toBeLessThan(6 * parts);
  await output.finish(true);
  await sweepMuchLater();
  expect(store.keys("{files}:held:")).toEqual([]);
});

test("what another job of the same id has left makes no output visible before it is whole", async () => {
  const output = new AnOutput(new EmbeddedOutputs(files), directory, describeOutput("files:out"));
  for (const task of [0, 1]) await output.publish(task, 1, await output.write(task, 1, { a: "1" }));
  await output.finish(true);
  for (const name of ["part-00000", "part-00001"]) await files.remove(`out/${name}`);
  await output.publish(0, 1, await output.write(0, 1, { a: "2" }));
  expect(await textOf("out/part-00000")).toBeNull();
  await output.publish(1, 1, await output.write(1, 1, { b: "3" }));
  expect([await textOf("out/part-00000"), await textOf("out/part-00001")]).toEqual(["a\t2\n", "b\t3\n"]);
});

test("a chunk that the store refuses while the source is slow fails the upload and nothing else", async () => {
  const unhandled: unknown[] = [];
  const hear = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", hear);
  store.beforeWrite = (keys) => {
    if (keys.some((key) => key.includes("file-chunks"))) throw new TaskProblem("unreachable", "the store did not write");
  };
  async function* slowly(): AsyncGenerator<Buffer> {
    yield Buffer.alloc(CHUNK_BYTES);
    await new Promise((resolve) => setTimeout(resolve, 20));
    yield Buffer.alloc(1);
  }
  await expect(files.upload({ job: null, source: slowly() })).rejects.toThrow("the store did not write");
  process.removeListener("unhandledRejection", hear);
  expect(unhandled).toEqual([]);
});

test.each([1, 2, 3, 4, 5])("two that show the same output at once both find it shown, whenever the second comes (%i)", async (moment) => {
  const shown: ReturnType<FileStore["fileOf"]>[] = [];
  for (const path of ["out/a", "out/b"])
    shown.push(files.fileOf(path, await files.upload({ job: "j.000000000001", source: Readable.from([Buffer.from(path)]) })));
  const get = store.get.bind(store);
  let asked = 0;
  store.get = async (key) => {
    if (++asked === moment) {
      store.get = get;
      await files.show(shown, { mayReplace: false });
    }
    return get(key);
  };
  await files.show(shown, { mayReplace: false });
  expect(await textOf("out/a")).toBe("out/a");
});
