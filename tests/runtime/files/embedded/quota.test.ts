// Never more bytes than the quota, and nothing counted that is not there, whoever writes, removes or dies in between.
import { Readable } from "node:stream";
import { Random } from "../../../../core/base/random.ts";
import { FileStore } from "../../../../runtime/files/embedded/file-store.ts";
import { recount } from "../../../../runtime/files/embedded/recount.ts";
import { sweep } from "../../../../runtime/files/embedded/sweep.ts";
import { KeyValues } from "../../../../runtime/files/store/key-values.ts";
import { TaskProblem } from "../../../../runtime/tasks/task-problem.ts";
import { MemoryStore } from "../memory-store.ts";
import { pausing, putFile, textOfFile } from "./written-files.ts";

const CHUNK_BYTES = 1 << 18;

let store: MemoryStore;
let files: FileStore;
let nowMs = 0;
const storeOf = (chunks: number): FileStore =>
  new FileStore({ kv: new KeyValues(store), quotaBytes: chunks * CHUNK_BYTES, wallMs: () => nowMs });
beforeEach(() => {
  store = new MemoryStore();
  nowMs = 1_000;
  files = storeOf(3);
});

const put = (path: string, content: string | Buffer): Promise<void> => putFile(files, path, content);
const textOf = (path: string): Promise<string | null> => textOfFile(files, path);
const sweepNow = (liveJobs: readonly string[] = []): Promise<number> =>
  sweep({ kv: new KeyValues(store), files, wallMs: () => nowMs, isLive: (job) => Promise.resolve(liveJobs.includes(job)) });

/** Bytes that there are. */
async function occupied(): Promise<number> {
  let bytes = 0;
  for await (const entries of new KeyValues(store).all("flotilla/file-chunks/")) for (const { value } of entries) bytes += value.length;
  return bytes;
}

test("uploads that are under way never hold more than the quota together", async () => {
  files = storeOf(10);
  let most = 0;
  const upload = async (job: string): Promise<void> => {
    async function* source(): AsyncGenerator<Buffer> {
      for (let i = 0; i < 6; i++) {
        yield Buffer.alloc(CHUNK_BYTES);
        most = Math.max(most, await occupied());
      }
    }
    await files.upload({ job, source: source() });
  };
  const outcomes = await Promise.allSettled(["a", "b", "c", "d"].map(upload));
  const refusals = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as TaskProblem] : []));
  expect(most).toBeLessThanOrEqual(10 * CHUNK_BYTES);
  expect(refusals.length).toBeGreaterThanOrEqual(3);
  // Others may go: it is worth another try.
  for (const { reason, message } of refusals) expect([reason, message]).toEqual(["unreachable", expect.stringContaining("try again")]);
  expect(await files.bytes()).toBe(await occupied());
});

test("what is held for readers of a file that was replaced or removed counts for as long as it is", async () => {
  await put("f", "x".repeat(2 * CHUNK_BYTES));
  await put("f", "y".repeat(CHUNK_BYTES));
  await expect(put("g", "z")).rejects.toThrow(
    `${String(2 * CHUNK_BYTES)} of them by uploads under way and by files that were replaced or removed`,
  );
  await files.remove("f");
  await expect(put("g", "z")).rejects.toThrow("try again in ten minutes");
  nowMs += 601_000;
  await sweepNow();
  expect(await files.bytes()).toBe(0);
  await put("g", "z");
});

test("an upload that nobody finished is taken away, and can't be finished any more", async () => {
  const upload = await files.upload({ job: null, source: Readable.from([Buffer.from("x")]) });
  nowMs += 599_000;
  expect(await sweepNow()).toBe(0);
  nowMs += 2_000;
  expect(await sweepNow()).toBe(1);
  await expect(files.show([files.fileOf("f", upload)], { mayReplace: true })).rejects.toThrow("it took too long");
  expect(store.keys("flotilla/")).toEqual([]);
  expect(await files.bytes()).toBe(0);
});

test("an upload whose writer died gives its room back, also while its job goes on; what the writer may still write stays counted", async () => {
  files = storeOf(13);
  const whole = await files.upload({ job: "job-1", source: Readable.from([Buffer.from("whole")]) });
  const sources = [pausing(8 * CHUNK_BYTES), pausing(4 * CHUNK_BYTES)];
  for (const { source } of sources) void files.upload({ job: "job-1", source });
  await Promise.all(sources.map(({ paused }) => paused));
  expect([await occupied(), await files.bytes()]).toEqual([12 * CHUNK_BYTES + whole.length, 12 * CHUNK_BYTES + whole.length]);
  nowMs += 601_000;
  expect(await sweepNow(["job-1"])).toBe(2);
  expect([await occupied(), await files.bytes()]).toEqual([whole.length, 8 * CHUNK_BYTES + whole.length]);
  nowMs += 601_000;
  expect(await sweepNow(["job-1"])).toBe(2);
  expect(await files.bytes()).toBe(whole.length);
  await files.show([files.fileOf("f", whole)], { mayReplace: true });
  expect(await textOf("f")).toBe("whole");
});

test("an upload from a source that is slow says that it lives", async () => {
  async function* slowly(): AsyncGenerator<Buffer> {
    for (let i = 0; i < 30; i++) {
      nowMs += 61_000;
      expect(await sweepNow()).toBe(0);
      yield Buffer.from("x");
    }
  }
  await files.show([files.fileOf("f", await files.upload({ job: null, source: slowly() }))], { mayReplace: true });
  expect(await textOf("f")).toBe("x".repeat(30));
});

test("who began to take something away and died is followed by the next sweep, which gives the room back", async () => {
  await put("f", "x".repeat(CHUNK_BYTES));
  await files.remove("f");
  nowMs += 601_000;
  store.beforeWrite = (keys) => {
    if (keys.some((key) => key.includes("file-chunks"))) throw new Error("killed");
  };
  await expect(sweepNow()).rejects.toThrow("killed");
  store.beforeWrite = () => undefined;
  expect(await files.bytes()).toBe(CHUNK_BYTES);
  nowMs += 61_000;
  expect(await sweepNow()).toBe(1);
  expect(await files.bytes()).toBe(0);
});

test("what an earlier version uploaded, and did not count, counts when it is shown", async () => {
  const upload = await files.upload({ job: null, source: Readable.from([Buffer.from("old")]) });
  const kv = new KeyValues(store);
  await kv.put(`{files}:held:${upload.upload}`, JSON.stringify({ why: "upload", sinceMs: nowMs, job: null, ready: null }));
  await kv.put("{files}:bytes", "0");
  await files.show([files.fileOf("f", upload)], { mayReplace: true });
  expect(await files.bytes()).toBe(3);
});

test("what an earlier version shows of an upload counts twice; counted anew it is right again, with all that is held", async () => {
  const upload = await files.upload({ job: null, source: Readable.from([Buffer.alloc(CHUNK_BYTES)]) });
  const kv = new KeyValues(store);
  // As it did that: nothing told it that the bytes are counted already.
  const { text } = (await files.held())[0] ?? { text: "" };
  await kv.add({
    compare: [{ key: `{files}:held:${upload.upload}`, value: text }],
    put: [["{files}:file:f", JSON.stringify(files.fileOf("f", upload))]],
    remove: [`{files}:held:${upload.upload}`],
    ...{ to: "{files}:bytes", by: CHUNK_BYTES },
  });
  await files.upload({ job: "job-1", source: Readable.from([Buffer.from("held")]) });
  expect(await files.bytes()).toBe(2 * CHUNK_BYTES + 4);
  expect(await recount(kv, files)).toBe(-CHUNK_BYTES);
  expect(await files.bytes()).toBe(CHUNK_BYTES + 4);
  expect(await recount(kv, files)).toBe(0);
});

test.each([
  { name: "written", change: () => put("g", Buffer.alloc(CHUNK_BYTES)) },
  { name: "removed", change: () => files.remove("f") },
])("what is $name while it is counted anew is not counted twice, nor left out", async ({ change }) => {
  await put("f", Buffer.alloc(CHUNK_BYTES));
  const kv = new KeyValues(store);
  await kv.add({ compare: [], to: "{files}:bytes", by: -7 });
  let isFirst = true;
  const meanwhile = {
    bytes: () => files.bytes(),
    list: (prefix: string) => files.list(prefix),
    held: async () => {
      if (isFirst) await change();
      isFirst = false;
      return files.held();
    },
  } as FileStore;
  expect(await recount(kv, meanwhile)).toBe(7);
  expect(await files.bytes()).toBe(await occupied());
});

test("whatever comes in between, and whatever fails, at least what there is is counted, and in the end nothing else", async () => {
  const beyond: unknown[] = [];
  for (let seed = 1; seed <= 12; seed++) {
    const random = new Random(seed);
    store = new MemoryStore();
    files = storeOf(9);
    store.beforeWrite = async () => {
      for (let turns = random.between(0, 5); turns > 0; turns--) await Promise.resolve();
      if (random.chance(0.1)) throw new TaskProblem("unreachable", "the store did not write");
      const [counted, there] = [await files.bytes(), await occupied()];
      if (there > Math.min(counted, 9 * CHUNK_BYTES)) beyond.push({ seed, counted, there });
    };
    const step = async (): Promise<unknown> => {
      const path = `f${String(random.between(0, 2))}`;
      if (random.chance(0.2)) return files.remove(path);
      if (random.chance(0.2)) return sweepNow();
      if (random.chance(0.2)) return (nowMs += 400_000);
      return put(path, Buffer.alloc(random.between(0, 5 * CHUNK_BYTES)));
    };
    await Promise.allSettled(Array.from({ length: 4 }, async () => void (await step(), await step(), await step())));
    store.beforeWrite = () => undefined;
    for (let i = 0; i < 3; i++) {
      nowMs += 700_000;
      await sweepNow();
    }
    const shown = (await files.page("", { after: null, limit: 9 })).files.reduce((sum, { length }) => sum + length, 0);
    expect([await files.bytes(), await occupied(), store.keys("{files}:held:")]).toEqual([shown, shown, []]);
  }
  expect(beyond).toEqual([]);
});
