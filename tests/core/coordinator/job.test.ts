import { Job, liveKey } from "../../../core/coordinator/job.ts";
import { TaskTable } from "../../../core/coordinator/task-table.ts";
import { PHASES } from "../../../core/mapreduce/assignment.ts";
import { newRecord } from "../../../core/mapreduce/job-record.ts";
import { ACoordinator, describeJob, inputFile } from "./a-coordinator.ts";

const aJob = (): Job => {
  const tables = Object.fromEntries(PHASES.map((phase) => [phase, TaskTable.blank(phase, phase === "list" ? 1 : 0)])) as never;
  return new Job({ description: describeJob(), fence: 1, record: newRecord(0, "j.000000000001"), files: [], tables });
};

test("a worker has one number in a job, also under another address", () => {
  const job = aJob();
  expect([
    job.workerNumber({ id: "a", origin: "1" }),
    job.workerNumber({ id: "b", origin: "2" }),
    job.workerNumber({ id: "a", origin: "3" }),
  ]).toEqual([0, 1, 0]);
  expect(job.record.workers).toEqual([
    { id: "a", origin: "3" },
    { id: "b", origin: "2" },
  ]);
  job.meet({ worker: "b", origin: "4" });
  job.meet({ worker: "c", origin: "5" });
  expect(job.record.workers.map(({ origin }) => origin)).toEqual(["3", "4"]);
});

test("a small change is one transaction, with the record last", () => {
  const job = aJob();
  expect(job.takeCommit()).toBeNull();
  job.plan([inputFile(0)], null);
  expect(job.takeCommit()?.map(([key]) => key)).toEqual(["{job:j}:files:0", "{job:j}:record"]);
  expect(job.takeCommit()).toBeNull();
  job.committed();
  expect(job.isSettled).toBe(true);
});

test("many inputs go ahead in parts, and the record that speaks of them comes last", () => {
  const job = aJob();
  job.plan(
    Array.from({ length: 20_000 }, (_, i) => inputFile(i)),
    null,
  );
  const keys: string[][] = [];
  for (let writes = job.takeCommit(); writes !== null; writes = job.takeCommit()) {
    keys.push(writes.map(([key]) => key));
    expect(writes.reduce((sum, [, value]) => sum + value.length, 0)).toBeLessThan(400_000);
    job.committed();
  }
  expect(keys.length).toBeGreaterThan(3);
  expect(keys.flat().filter((key) => key.endsWith(":record"))).toHaveLength(1);
  expect(keys.at(-1)?.at(-1)).toBe("{job:j}:record");
});

test("logs are kept as long as there is room, and what is left of attempts that failed has a room of its own", () => {
  const job = aJob();
  for (let i = 0; i < 100; i++) job.keepLog(`log${i}`, "x".repeat(10_000), "done");
  for (let i = 0; i < 100; i++) job.keepLog(`failed${i}`, "x".repeat(10_000), "failed");
  const writes: (readonly [string, string])[] = [];
  for (let next = job.takeCommit(); next !== null; next = job.takeCommit()) writes.push(...next, ...(job.committed(), []));
  for (const begin of ["log", "failed"]) expect(writes.filter(([key]) => key.startsWith(begin))).toHaveLength(26);
});

test("an attempt's name within its job", () => {
  expect(liveKey({ phase: "map", task: 1, attempt: 2 })).toBe("map-1/2");
});

test("inputs with long names lie in smaller pieces, none of which is too large for the store, and a take-over reads all of them", () => {
  const files = Array.from({ length: 700 }, (_, i) => inputFile(i, { url: `file:/in/${"%E3%81%82".repeat(400)}/${i}` }));
  const coordinator = new ACoordinator().planned(files);
  const pages = [...coordinator.store.values].filter(([key]) => key.startsWith("{job:j}:files:"));
  for (const [, value] of pages) expect(value.length).toBeLessThan(300_000);
  const other = new ACoordinator(coordinator.store);
  expect(other.job().splits.map(({ url }) => url)).toEqual(files.map(({ url }) => url));
});
