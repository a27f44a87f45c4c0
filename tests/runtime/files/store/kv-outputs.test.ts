import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asJob } from "../../../../core/mapreduce/job.ts";
import { FileStore } from "../../../../runtime/files/embedded/file-store.ts";
import { sweep } from "../../../../runtime/files/embedded/sweep.ts";
import { KeyValues } from "../../../../runtime/files/store/key-values.ts";
import { KvInputs } from "../../../../runtime/files/store/kv-inputs.ts";
import { KvOutputs } from "../../../../runtime/files/store/kv-outputs.ts";
import { AnOutput, describeOutput } from "../an-output.ts";
import { MemoryStore } from "../memory-store.ts";

let directory = "";
let store: MemoryStore;
let kv: KeyValues;
let output: AnOutput;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "flotilla-kv-"));
  store = new MemoryStore();
  kv = new KeyValues(store);
  output = new AnOutput(new KvOutputs(kv, () => 5), directory, describeOutput("kv:counts/"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const sweepAt = (nowMs: number, liveJobs: readonly string[] = []): Promise<number> =>
  sweep({
    ...{ kv, files: new FileStore({ kv, quotaBytes: 1 }), wallMs: () => nowMs },
    isLive: (job) => Promise.resolve(liveJobs.includes(job)),
  });

/** What a job sees that reads it; a text: why it reads nothing. */
async function read(): Promise<Readonly<Record<string, string>> | string> {
  const inputs = new KvInputs(kv);
  try {
    const found: Record<string, string> = {};
    for (const file of await inputs.list("kv:counts/", { splitBytes: 4 }))
      for await (const pairs of inputs.pairs({ ...file, offset: 0, fileLength: file.length }))
        for (const { key, value } of pairs) found[key.toString()] = value.toString();
    return found;
  } catch (error) {
    return (error as Error).message;
  }
}

test("readers see all pairs when the last part is published, and of each part one attempt", async () => {
  await output.check();
  await output.check();
  const first = await output.write(0, 1, { a: "1", c: "x" });
  const other = await output.write(0, 2, { a: "2", c: "3" });
  const second = await output.write(1, 1, { b: "7" });
  await output.publish(0, 2, other);
  await output.publish(0, 2, other);
  expect(await read()).toBe("kv:counts/ is still being written by job job-1");
  await output.publish(1, 1, second);
  expect(await read()).toEqual({ "counts/a": "2", "counts/b": "7", "counts/c": "3" });
  await output.finish(true);
  await output.discard(first);
  await output.publish(1, 1, second);
  expect(await read()).toEqual({ "counts/a": "2", "counts/b": "7", "counts/c": "3" });
  expect(store.keys("flotilla/outputs/").every((key) => key.includes("/pairs/"))).toBe(true);
});

test("an attempt that lost its lease in the middle and goes on changes nothing", async () => {
  await output.check();
  let goOn = (): void => undefined;
  const isPaused = new Promise<void>((resolve) => {
    store.beforeWrite = (keys) => {
      if (!keys.some((key) => key.includes("part-00000-1"))) return undefined;
      resolve();
      return new Promise((released) => (goOn = released));
    };
  });
  const late = output.write(0, 1, { a: "old", only: "old" });
  await isPaused;
  const file = await output.write(0, 2, { a: "new" });
  const second = await output.write(1, 1, { b: "7" });
  await output.publish(0, 2, file);
  await output.publish(1, 1, second);
  await output.finish(true);
  goOn();
  await late;
  expect(await read()).toEqual({ "counts/a": "new", "counts/b": "7" });
});

test("of a job that fails nothing stays, and a part that is published afterwards shows nothing", async () => {
  await output.check();
  const [first, second] = [await output.write(0, 1, { a: "1" }), await output.write(1, 1, { b: "1" })];
  await output.publish(0, 1, first);
  await output.finish(false);
  expect(store.keys().filter((key) => !key.startsWith("flotilla/output-list/"))).toEqual([]);
  await expect(output.publish(1, 1, second)).rejects.toThrow("is not this job's any more");
  expect(await read()).toMatch("there is no key");
  await sweepAt(3_600_004);
  expect(store.keys().length).toBe(1);
  await sweepAt(3_600_006);
  expect(store.keys()).toEqual([]);
});

test.each([true, false])("what an attempt writes after its job has ended is taken away later (succeeded: %s)", async (succeeded) => {
  await output.check();
  const [late, first, second] = [
    await output.write(0, 1, { a: "1" }),
    await output.write(0, 2, { a: "1" }),
    await output.write(1, 1, { b: "1" }),
  ];
  await output.publish(0, 2, first);
  if (succeeded) await output.publish(1, 1, second);
  await output.finish(succeeded);
  await kv.put(`${late.temporary}00000001`, "late");
  await sweepAt(3_600_006);
  expect(store.keys("flotilla/outputs/").filter((key) => key.includes("/parts/"))).toEqual([]);
  expect(await read()).toEqual(succeeded ? { "counts/a": "1", "counts/b": "1" } : expect.stringMatching("there is no key"));
});

test("what a task reserves that stood still until its job was cleaned up is given back, unless the job goes on", async () => {
  store.beforeWrite = async (keys) => {
    if (!keys.includes("counts/")) return;
    store.beforeWrite = () => undefined;
    await output.finish(false);
  };
  await output.check();
  expect(store.keys("counts/")).toEqual(["counts/"]);
  expect(await sweepAt(3_600_004)).toBe(0);
  expect(await sweepAt(3_600_006, ["job-1.000000000001"])).toBe(0);
  expect(await sweepAt(3_600_006)).toBe(1);
  expect(store.keys("counts/")).toEqual([]);
  await new AnOutput(new KvOutputs(kv, () => 3_600_007), directory, describeOutput("kv:counts/", { id: asJob("job-2") })).check();
  await sweepAt(7_200_006);
  expect(store.keys()).toHaveLength(2);
  expect(await sweepAt(7_200_008, ["job-2.000000000001"])).toBe(0);
});

test("a pointer that was about to be set when the job was given up is not set", async () => {
  await output.check();
  const [first, second] = [await output.write(0, 1, { a: "1" }), await output.write(1, 1, { b: "1" })];
  await output.publish(0, 1, first);
  let isGivenUp = false;
  store.beforeWrite = async (keys) => {
    if (isGivenUp || !keys.includes("counts/")) return;
    isGivenUp = true;
    await output.finish(false);
  };
  await output.publish(1, 1, second);
  expect(isGivenUp).toBe(true);
  expect(store.keys("counts/")).toEqual([]);
});

test("two jobs can't have one output, and neither can be where something is", async () => {
  await output.check();
  const other = new AnOutput(new KvOutputs(kv), directory, describeOutput("kv:counts/", { id: asJob("job-2") }));
  await expect(other.check()).rejects.toThrow("kv:counts/ exists already (job job-1 writes there)");
  await kv.put("users/7", "x");
  const third = new AnOutput(new KvOutputs(kv), directory, describeOutput("kv:users/"));
  await expect(third.check()).rejects.toMatchObject({ reason: "outputExists" });
});

test("the same id again is another output once the first is whole", async () => {
  const single = new AnOutput(new KvOutputs(kv), directory, describeOutput("kv:counts/", { reduces: 1 }));
  await single.check();
  await single.publish(0, 1, await single.write(0, 1, { a: "1" }));
  await single.finish(true);
  await expect(single.check()).rejects.toMatchObject({ reason: "outputExists" });
});

test("a key that is given twice with different values fails its job, with the same value it does not", async () => {
  await output.check();
  const [first, same, second] = [
    await output.write(0, 1, { a: "1" }),
    await output.write(1, 1, { a: "1" }),
    await output.write(1, 2, { a: "2" }),
  ];
  await output.publish(0, 1, first);
  await expect(output.publish(1, 2, second)).rejects.toThrow('the key "a" is given twice');
  await output.publish(1, 1, same);
  expect(await read()).toEqual({ "counts/a": "1" });
});

test("a key that is too long for the store is named", async () => {
  await output.check();
  await expect(output.write(0, 1, { ["k".repeat(1_020)]: "1" })).rejects.toMatchObject({ reason: "badOutput" });
});

test("chunks that are missing are noticed before anything is shown", async () => {
  await output.check();
  const file = await output.write(0, 1, { a: "1" });
  await output.discard(file);
  await expect(output.publish(0, 1, file)).rejects.toThrow("0 of 10 bytes are in the store");
});
