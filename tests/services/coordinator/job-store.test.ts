// What a coordinator writes that stood still, when the job that it writes of is gone and its id is another one's.
import type { KvClient } from "../../../client/kv-client.ts";
import type { StoreEffect } from "../../../core/coordinator/effects.ts";
import { encodeRecord, newRecord } from "../../../core/mapreduce/job-record.ts";
import { SILENT } from "../../../runtime/logger.ts";
import { KvJobStore } from "../../../services/coordinator/job-store.ts";
import { MemoryStore } from "../../runtime/files/memory-store.ts";

let memory: MemoryStore;
let jobs: KvJobStore;
beforeEach(() => {
  memory = new MemoryStore();
  const put = async (key: string, value: string, guards: object) => (await memory.batch([{ op: "put", key, value, ...guards }]))[0];
  const kv = { get: memory.get.bind(memory), txn: memory.txn.bind(memory), put } as unknown as KvClient;
  jobs = new KvJobStore(kv, SILENT);
});

const lineNow = async (): Promise<string | null> => {
  const entry = await memory.get("{jobs}:j");
  return entry.kind === "done" && entry.value !== null ? Buffer.from(entry.value.value).toString() : null;
};
const create = (run: string): StoreEffect => ({
  kind: "create",
  job: "j",
  writes: [
    ["{job:j}:description", "{}"],
    ["{job:j}:record", encodeRecord(newRecord(1, run))],
  ],
});
const ended = (run: string): string => JSON.stringify({ ended: true, view: { run } });
const end = (run: string): StoreEffect => ({ kind: "writeIndex", job: "j", run, value: ended(run) });
const removeAll = async (): Promise<void> => {
  for (const key of memory.keys()) await memory.batch([{ op: "delete", key }]);
};

test("a job that has ended is written over its own line alone", async () => {
  await jobs.perform(create("j.000000000001"));
  expect(await lineNow()).toBe('{"ended":false,"run":"j.000000000001"}');
  expect(await jobs.perform(end("j.000000000001"))).toMatchObject({ isDone: true });
  expect(await lineNow()).toBe(ended("j.000000000001"));
  await removeAll();
  expect(await jobs.perform(end("j.000000000001"))).toMatchObject({ isDone: true });
  expect(memory.keys()).toEqual([]);
  await jobs.perform(create("j.000000000002"));
  expect(await jobs.perform(end("j.000000000001"))).toMatchObject({ isDone: true });
  expect(await lineNow()).toBe('{"ended":false,"run":"j.000000000002"}');
});

test("one that takes its place while it is looked at is left alone, and it is looked at again", async () => {
  await jobs.perform(create("j.000000000001"));
  memory.beforeWrite = async () => {
    memory.beforeWrite = () => undefined;
    await removeAll();
    await jobs.perform(create("j.000000000002"));
  };
  expect(await jobs.perform(end("j.000000000001"))).toMatchObject({ isDone: false });
  expect(await jobs.perform(end("j.000000000001"))).toMatchObject({ isDone: true });
  expect(await lineNow()).toBe('{"ended":false,"run":"j.000000000002"}');
});

test("a job whose line is missing, because whoever took it was interrupted, gets one, of the run that there is", async () => {
  await jobs.perform(create("j.000000000001"));
  await memory.batch([{ op: "delete", key: "{jobs}:j" }]);
  await jobs.perform(create("j.000000000002"));
  expect(await lineNow()).toBe('{"ended":false,"run":"j.000000000001"}');
  await memory.batch([{ op: "delete", key: "{jobs}:j" }]);
  expect(await jobs.perform(end("j.000000000001"))).toMatchObject({ isDone: true });
  expect(await lineNow()).toBe(ended("j.000000000001"));
});

test("a job whose id is still listed takes the place of the earlier one there", async () => {
  await jobs.perform(create("j.000000000001"));
  await jobs.perform(end("j.000000000001"));
  await memory.batch(memory.keys("{job:").map((key) => ({ op: "delete", key })));
  expect(await jobs.perform(create("j.000000000002"))).toMatchObject({ made: { run: "j.000000000002" } });
  expect(await lineNow()).toBe('{"ended":false,"run":"j.000000000002"}');
});
