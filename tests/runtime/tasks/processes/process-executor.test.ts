// Attempts in processes of their own: whatever happens to one, the executor goes on.
import { join } from "node:path";
import { existsSync, readdirSync } from "node:fs";
import type { Assignment, AttemptName } from "../../../../core/mapreduce/assignment.ts";
import type { JobOptions } from "../../../../core/mapreduce/job.ts";
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
    memoryBytes: 4 * 2 ** 30,
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

type Begun = { readonly running: RunningAttempt; readonly report: Promise<AttemptReport> };

function started(map: string, attempt = 1, options: Partial<JobOptions> = {}): Begun {
  const program = `${map.startsWith("import") ? map.slice(0, map.indexOf(";") + 1) : ""} export default { map({ value }, emit) { ${map.slice(map.startsWith("import") ? map.indexOf(";") + 1 : 0)} }, reduce() {} };`;
  return startedAs(program, attempt, options);
}

function startedAs(program: string, attempt: number, options: Partial<JobOptions> = {}): Begun {
  code = program;
  const description = folder.description({ program: { kind: "code", hash: hashOfCode(code) }, options: { isolation: "none", ...options } });
  const split = folder.splitOf("text", "a\nb\n");
  return begun({ job: description.id, phase: "map", task: 0, attempt, description, split, skip: [], boundaries: null });
}

function begun(assignment: Assignment): Begun {
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

test("code without isolation whose process ends is over, whatever it has left running with its pipes", async () => {
  const { result, log } = await started(
    `import { spawn } from "node:child_process"; const { pid } = spawn("sleep", ["30"], { stdio: "inherit" }); console.log(pid); process.exit(1)`,
  ).report;
  expect(result).toMatchObject({ kind: "failed", failure: { reason: "crashed" } });
  process.kill(Number(log));
});

test("an attempt that is ended is over when its process is gone, and its process takes no other one meanwhile", async () => {
  const first = started("for (;;);");
  const work = join(folder.scratch, "job-1/work-map-0-1");
  for (let waitedMs = 0; !existsSync(work) && waitedMs < 10_000; waitedMs += 20) await new Promise((resolve) => setTimeout(resolve, 20));
  let isOver = false;
  void first.report.then(() => (isOver = true));
  first.running.end();
  await Promise.resolve();
  expect(isOver).toBe(false);
  expect((await started("emit(value, 1)", 2).report).result).toMatchObject({ kind: "mapped" });
  expect((await first.report).result).toEqual({ kind: "givenBack" });
  await worker.executor.forget("job-1");
  expect(readdirSync(folder.scratch)).not.toContain("job-1");
});

test("discarding what a job wrote that is forgotten makes no folder for it", async () => {
  await worker.executor.discard({ job: "gone.000000000001", phase: "reduce", task: 0, attempt: 1 } as AttemptName);
  expect(existsSync(join(folder.scratch, "gone.000000000001"))).toBe(false);
});

test("code without isolation that never comes back is ended, and it is said which record it was", async () => {
  const { result, log } = await started("if (value === 'b') for (;;);", 1, { recordTimeoutMs: 300 }).report;
  expect(result).toMatchObject({ kind: "failed", failure: { reason: "timedOut", message: "a call of the code took more than 300 ms" } });
  expect(log).toContain("record 1, at byte 2,");
});

test.each([
  { name: "while it is loaded", program: "for (;;); export default { map() {}, reduce() {} };" },
  {
    name: "in combine, at the end",
    program: "export default { map({ value }, emit) { emit('a', 1); emit(value, 1); }, combine() { for (;;); }, reduce() {} };",
  },
  { name: "in a chain of promises", program: "export default { map() { (async () => { for (;;) await null; })(); }, reduce() {} };" },
])("code without isolation that never ends $name is ended", async ({ program }) => {
  const { result, log } = await startedAs(program, 1, { recordTimeoutMs: 300 }).report;
  expect(result).toMatchObject({ kind: "failed", failure: { reason: "timedOut", message: "a call of the code took more than 300 ms" } });
  expect(log).toContain("code outside of any record took more than 300 ms");
});

test("code without isolation that emits after it has returned fails, and no attempt behind it does", async () => {
  const first = await started("Promise.resolve().then(() => emit(value, 1))").report;
  expect(first.result).toMatchObject({
    kind: "failed",
    failure: { reason: "threw", message: expect.stringContaining("`map` emitted when it had returned") as string },
  });
  expect((await started("setTimeout(() => emit(value, 1), 50).unref()", 2).report).result).toMatchObject({ kind: "mapped" });
  const waits = "await new Promise((resolve) => setTimeout(resolve, 300)); export default { map() {}, reduce() {} };";
  expect((await startedAs(waits, 3).report).result).toMatchObject({ kind: "mapped" });
});

test("a pattern that takes for ever with a line ends its attempt, and not never", async () => {
  const options = { recordTimeoutMs: 300, parameters: { pattern: "(a+)+$" } };
  const description = folder.description({ program: { kind: "app", name: "grep" }, options });
  const split = folder.splitOf("text", `${"a".repeat(40)}!\n`);
  const name = { job: description.id, phase: "map", task: 0, attempt: 1 } as const;
  const { result } = await begun({ ...name, description, split, skip: [], boundaries: null }).report;
  expect(result).toMatchObject({ kind: "failed", failure: { reason: "timedOut" } });
});

test("after a call that threw, the process is not ended for how long ago that was", async () => {
  const first = await started("if (value === 'a') throw new Error(String(process.pid)); emit(value, 1)", 1, { recordTimeoutMs: 300 })
    .report;
  expect(first.result).toMatchObject({ kind: "failed", failure: { reason: "threw" } });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const description = folder.description();
  const name = { job: description.id, phase: "list", task: 0, attempt: 1 } as const;
  const later = await begun({ ...name, description }).report;
  expect(later.result).toMatchObject({ kind: "listed" });
  const pid = (first.result as { readonly failure: { readonly message: string } }).failure.message.match(/\d+/)?.[0];
  expect((await started("console.log(process.pid)", 2).report).log.split("\n")[0]).toBe(pid);
});

test("code without isolation finds its variables as they were at first, in whichever process it runs", async () => {
  code = "let calls = 0; export default { map() { console.log(++calls); }, reduce() {} };";
  const description = folder.description({ program: { kind: "code", hash: hashOfCode(code) }, options: { isolation: "none" } });
  const split = folder.splitOf("text", "a\nb\n");
  const logs = [];
  for (const attempt of [1, 2]) {
    const name = { job: description.id, phase: "map", task: 0, attempt } as const;
    logs.push((await begun({ ...name, description, split, skip: [], boundaries: null }).report).log);
  }
  expect(logs).toEqual(["1\n2\n", "1\n2\n"]);
});
