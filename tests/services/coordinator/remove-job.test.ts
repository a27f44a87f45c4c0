import { done } from "../../../core/base/outcome.ts";
import { encodeRecord, newRecord } from "../../../core/mapreduce/job-record.ts";
import type { JobRecord } from "../../../core/mapreduce/job-record.ts";
import type { RemovableStore } from "../../../services/coordinator/remove-job.ts";
import { removeJob } from "../../../services/coordinator/remove-job.ts";
import { MemoryStore } from "../../runtime/files/memory-store.ts";

let store: MemoryStore;
const kv = (): RemovableStore => store as unknown as RemovableStore;
const put = (key: string, value: string) => store.batch([{ op: "put", key, value }]);
const line = (submittedAt: number, ended = true): string => JSON.stringify(ended ? { ended, view: { submittedAt } } : { ended });

async function aJob(submittedAt: number, more: Partial<JobRecord> = {}): Promise<void> {
  await put("{jobs}:j", line(submittedAt));
  await put("{job:j}:record", encodeRecord({ ...newRecord(submittedAt, "j.000000000001"), status: "succeeded", ...more }));
  for (const rest of ["description", "fence", "files:0", "map:0", "map:1", "log:map-3"]) await put(`{job:j}:${rest}`, "7");
}

beforeEach(async () => {
  store = new MemoryStore();
  await put("{job:jj}:fence", "1");
  await put("{jobs}:jj", line(5));
});
const left = (): readonly string[] => store.keys().filter((key) => !key.includes("jj"));

test("nothing of it stays, and of others everything", async () => {
  await aJob(5);
  expect(await removeJob(kv(), { job: "j", submittedAt: 5 })).toBe(true);
  expect(left()).toEqual([]);
  expect(store.keys().length).toBe(2);
  expect(await removeJob(kv(), { job: "j", submittedAt: 5 })).toBe(true);
});

test("another job under its id is left alone", async () => {
  await aJob(6);
  const before = left();
  expect(await removeJob(kv(), { job: "j", submittedAt: 5 })).toBe(true);
  await put("{jobs}:j", line(6, false));
  expect(await removeJob(kv(), { job: "j", submittedAt: 6 })).toBe(true);
  expect(left()).toEqual(before);
});

test("one whose record says that it goes on stays", async () => {
  await aJob(5, { status: "reducing" });
  expect(await removeJob(kv(), { job: "j", submittedAt: 5 })).toBe(false);
  expect(left()).toContain("{job:j}:map:1");
});

test("a job that takes its place in the middle is left alone", async () => {
  await aJob(5);
  let isTaken = false;
  store.beforeWrite = async (keys) => {
    if (isTaken || !keys.includes("{job:j}:fence")) return;
    isTaken = true;
    for (const key of left()) await store.batch([{ op: "delete", key }]);
    await aJob(9, { status: "mapping" });
  };
  expect(await removeJob(kv(), { job: "j", submittedAt: 5 })).toBe(false);
  expect(left().length).toBe(8);
});

test("whoever is interrupted begins again", async () => {
  await aJob(5);
  let writes = 0;
  const whole = store.txn.bind(store);
  store.txn = (transaction) => (writes++ === 2 ? Promise.resolve(done({ succeeded: false, results: [] })) : whole(transaction));
  expect(await removeJob(kv(), { job: "j", submittedAt: 5 })).toBe(false);
  expect(left()).toContain("{jobs}:j");
  expect(await removeJob(kv(), { job: "j", submittedAt: 5 })).toBe(true);
  expect(left()).toEqual([]);
});
