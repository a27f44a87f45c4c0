// Attempts in processes of their own: whatever happens to one, the executor goes on.
import { join } from "node:path";
import { existsSync, readdirSync } from "node:fs";
import type { Assignment, AttemptName } from "../../../../core/mapreduce/assignment.ts";
import type { AttemptReport } from "../../../../core/mapreduce/report.ts";
import type { RunningAttempt } from "../../../../runtime/tasks/executor.ts";
import { hashOfCode } from "../../../../runtime/tasks/processes/code-files.ts";
import { createWorkerExecutor } from "../../../../runtime/tasks/processes/worker-executor.ts";
import type { WorkerExecutor } from "../../../../runtime/tasks/processes/worker-executor.ts";
import { taskEnvironment } from "../../../../services/worker/config.ts";
import { SANDBOX, TestFolder } from "../run-here.ts";

let folder: TestFolder;
let worker: WorkerExecutor;
let code = "";
/** What the store holds, where it is not the code. */
let stored: string | null = null;

beforeEach(() => {
  stored = null;
  folder = new TestFolder();
  worker = createWorkerExecutor({
    settings: {
      scratch: folder.scratch,
      origin: "http://here",
      fileRoots: [folder.path],
      trustsJobs: true,
      recordBytesMax: 1 << 20,
      sandbox: SANDBOX,
      peerHeaders: {},
      // Of the program below: neither a store nor S3.
      ...{ store: [], storeToken: null, filesBytesMax: 0, s3: null },
    },
    program: join(__dirname, "../../../../services/worker/task-process.ts"),
    environment: taskEnvironment(process.env),
    fetchCode: () => Promise.resolve(stored ?? code),
    outputs: {},
  });
});
afterEach(async () => {
  await worker.executor.close();
  folder.remove();
});

function started(map: string, attempt = 1): { readonly running: RunningAttempt; readonly report: Promise<AttemptReport> } {
  code = `${map.startsWith("import") ? map.slice(0, map.indexOf(";") + 1) : ""} export default { map({ value }, emit) { ${map.slice(map.startsWith("import") ? map.indexOf(";") + 1 : 0)} }, reduce() {} };`;
  const description = folder.description({ program: { kind: "code", hash: hashOfCode(code) }, options: { isolation: "none" } });
  const split = folder.splitOf("text", "a\nb\n");
  const assignment: Assignment = { job: description.id, phase: "map", task: 0, attempt, description, split, skip: [], boundaries: null };
  let running: RunningAttempt | null = null;
  const report = new Promise<AttemptReport>((resolve) => {
    running = worker.executor.start(assignment, { onProgress: () => undefined, onFetchTrouble: () => undefined, onReport: resolve });
  });
  return { running: running as unknown as RunningAttempt, report };
}

test("code without isolation that ends its process has ended one attempt, and the next one runs", async () => {
  const { result } = await started("process.exit(1)").report;
  expect(result).toMatchObject({ kind: "failed", failure: { reason: "crashed", message: "the task's process ended with code 1" } });
  expect((await started("console.log('fine'); emit(value, 1)", 2).report).result).toMatchObject({ kind: "mapped", origin: "http://here" });
  const name = { job: "job-1", phase: "map", task: 0, attempt: 2 } as AttemptName;
  expect(await worker.executor.kept()).toEqual([name]);
  await worker.executor.discard(name);
  expect(await worker.executor.kept()).toEqual([]);
});

test("one process serves attempt after attempt", async () => {
  const pids = [];
  for (const attempt of [1, 2, 3]) pids.push((await started("console.log(process.pid)", attempt).report).log.split("\n")[0]);
  expect(pids[0]).toMatch(/^\d+$/);
  expect(new Set(pids).size).toBe(1);
});

test("an attempt that is not wanted any more ends, however busy it is, and leaves nothing", async () => {
  const { running, report } = started("for (;;);");
  const work = join(folder.scratch, "job-1/work-map-0-1");
  for (let waitedMs = 0; !existsSync(work) && waitedMs < 10_000; waitedMs += 20) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(existsSync(work)).toBe(true);
  running.end();
  expect((await report).result).toEqual({ kind: "givenBack" });
  expect(readdirSync(join(folder.scratch, "job-1"))).toEqual([]);
});

test("code that is not there, and code that is something else, are said", async () => {
  stored = "something else";
  const { result } = await started("emit('a')").report;
  expect(result).toMatchObject({
    kind: "failed",
    failure: { reason: "badProgram", message: expect.stringContaining("is something else") as string },
  });
});
