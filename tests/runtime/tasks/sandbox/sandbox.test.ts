// Whatever job code does is one failed attempt with a clear reason, in a worker that lives on.
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { asJob } from "../../../../core/mapreduce/job.ts";
import type { AttemptReport, Failure } from "../../../../core/mapreduce/report.ts";
import type { Program } from "../../../../core/mapreduce/job.ts";
import type { JobSetting } from "../run-here.ts";
import { TO_SANDBOX } from "../../../../runtime/tasks/sandbox/frames.ts";
import { Sandbox } from "../../../../runtime/tasks/sandbox/sandbox.ts";
import { Sandboxes } from "../../../../runtime/tasks/sandbox/sandboxes.ts";
import { attempt, SANDBOX, TestFolder } from "../run-here.ts";

let folder: TestFolder;
beforeEach(() => void (folder = new TestFolder()));
afterEach(() => folder.remove());

const LINES = "one two\nbad three\nfour\n";
const COUNT = "let n = 0; for (const v of values) n += v; emit(key, n);";
const WORDS = "for (const word of value.split(' ')) emit(word, 1);";

type Setting = JobSetting & { readonly skip?: readonly number[]; readonly content?: string };

async function mapped(code: string, setting: Setting = {}): Promise<AttemptReport> {
  const options = { recordTimeoutMs: 1_500, memoryBytes: 160 << 20, ...setting.options };
  const description = folder.description({ reduces: 2, ...setting, program: { kind: "code", hash: "" }, options });
  const skip = (setting.skip ?? []).map((record) => ({ record, reason: "" }));
  const split = folder.splitOf("lines.txt", setting.content ?? LINES);
  const assignment = { job: asJob("job-1"), phase: "map", task: 0, attempt: 1, description, split, skip, boundaries: null } as const;
  return attempt(assignment, folder.environment({ loadCode: () => Promise.resolve(code) }));
}

const job = (map: string): string => `export default { map({ value }, emit, context) { ${map} }, reduce(key, values, emit) { ${COUNT} } };`;

async function failed(code: string, setting: Setting = {}): Promise<Failure> {
  const { result } = await mapped(code, setting);
  if (result.kind !== "failed") throw new Error(`it did not fail: ${JSON.stringify(result)}`);
  return result.failure;
}

test.each([
  { name: "fetch", map: "fetch('http://127.0.0.1:1')", message: "fetch" },
  { name: "a socket", map: "new WebSocket('ws://127.0.0.1:1')", message: "WebSocket" },
  {
    name: "the environment of a process",
    map: "process.getBuiltinModule('fs').readFileSync('/proc/self/environ')",
    message: "process.getBuiltinModule",
  },
  { name: "a process of its own", map: "process.binding('spawn_sync')", message: "process.binding" },
  { name: "killing its parent", map: "process.kill(process.ppid)", message: "process.kill" },
  { name: "ending", map: "process.exit(0)", message: "process.exit" },
  { name: "the process by another way", map: "(() => {}).constructor('return process')().abort()", message: "process.abort" },
  { name: "a stream in another thread", map: "new CompressionStream('gzip')", message: "CompressionStream: it would end when the call" },
  { name: "keys in another thread", map: "crypto.subtle.generateKey({}, true, []).then(emit)", message: "crypto.subtle.generateKey: it" },
  { name: "compiling in another thread", map: "WebAssembly.compile(new Uint8Array(8)).then(emit)", message: "WebAssembly.compile: it" },
  { name: "a timer of nobody's", map: "AbortSignal.timeout(9).addEventListener('abort', emit)", message: "AbortSignal.timeout: it" },
  { name: "waiting beside the call", map: "Atomics.waitAsync(new Int32Array(8), 0, 0, 9)", message: "Atomics.waitAsync: it" },
])("forbidden: $name", async ({ map, message }) => {
  const failure = await failed(job(map));
  expect(failure).toMatchObject({ reason: "forbidden", record: 0, file: "lines.txt", offset: 0 });
  expect(failure.message).toContain(`a job's code may not use ${message}`);
});

test("a map that would emit when another thread has digested its record is refused: it would be over by then", async () => {
  const digest = "crypto.subtle.digest('SHA-256', new TextEncoder().encode(value)).then(() => emit('digested', 1))";
  const failure = await failed(job(digest), { content: "x".repeat(10 << 20), options: { inputFormat: "whole" } });
  expect(failure.reason).toBe("forbidden");
  expect(failure.message).toContain("crypto.subtle.digest: it would end when the call has returned");
});

test("what ends within the call stays", async () => {
  const module = "new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])));";
  const report = await mapped(job(`${module} emit(crypto.randomUUID(), crypto.getRandomValues(new Uint8Array(4)).length);`));
  expect(report).toMatchObject({ result: { kind: "mapped" }, work: { recordsWritten: 3 } });
});

test("forbidden: modules of Node, wherever they are asked for", async () => {
  expect(await failed(`import "node:fs"; ${job("")}`)).toMatchObject({ reason: "forbidden", record: null });
  expect(await failed(`await import("node:net"); ${job("")}`)).toMatchObject({ reason: "forbidden" });
  expect(await failed(job("import('node:fs')"))).toMatchObject({ reason: "forbidden" });
});

test("the environment is empty", async () => {
  expect((await failed(job("throw new Error(JSON.stringify(process.env))"))).message).toContain("Error: {}");
});

test("what it throws names the record, the file and the place in the code", async () => {
  const failure = await failed(job("if (value.startsWith('bad')) null.x; emit('a', 1)"));
  expect(failure).toMatchObject({ reason: "threw", record: 1, file: "lines.txt", offset: 8 });
  expect(failure.message).toMatch(/^TypeError: .*null[^]*at .*map.*job:1:\d+/);
});

// Slowly enough for the watch within, which knows the record, on a machine that has other things to do: the worker's own look does not.
test.each([
  { name: "Buffers", fill: "{ kept.push(Buffer.alloc(1 << 20, 1)); for (let i = 0; i < 10_000_000; i++); }" },
  { name: "objects", fill: "kept.push({ value: [kept.length, 1, 2] })" },
])("memory: $name", async ({ fill }) => {
  const failure = await failed(job(`if (value.startsWith('bad')) { const kept = []; for (;;) ${fill}; }`), {
    options: { recordTimeoutMs: 20_000 },
  });
  expect(failure).toMatchObject({ reason: "outOfMemory", record: 1, file: "lines.txt", offset: 8 });
});

test("a call that never ends", async () => {
  const failure = await failed(job("if (value === 'four') for (;;);"));
  expect(failure).toMatchObject({ reason: "timedOut", record: 2, file: "lines.txt", offset: 18 });
});

test.each([
  { name: "combine, at the end", map: "emit('a', 1); emit(value, 1)", more: "combine() { for (;;); }" },
  { name: "partition, at the end", map: WORDS, more: "partition() { for (;;); }, combine() {}" },
  { name: "a chain of promises", map: "(async () => { for (;;) await null; })()", more: "" },
])("what never ends behind the last record: $name", async ({ map, more }) => {
  const failure = await failed(job(map).replace("reduce(", `${more === "" ? "" : `${more}, `}reduce(`), {
    options: { recordTimeoutMs: 500 },
  });
  expect(failure).toMatchObject({ reason: "timedOut", record: null, message: "a call of the code took more than 500 ms" });
});

test.each([
  { name: "a mistake in the syntax", code: "export default {", message: "SyntaxError" },
  { name: "no default", code: "export const map = 1;", message: "defineJob" },
  { name: "no reduce", code: "export default { map() {} };", message: "no function `reduce`" },
  { name: "a loop while it is loaded", code: `for (;;); ${job("")}`, message: "took more than", reason: "timedOut" },
])("a program that can't be loaded: $name", async ({ code, message, reason = "badProgram" }) => {
  const failure = await failed(code);
  expect(failure).toMatchObject({ reason, record: null });
  expect(failure.message).toContain(message);
});

test("a record that is skipped is not shown to the code, and counted", async () => {
  const code = job(`if (value.startsWith('bad')) throw new Error(value); ${WORDS} context.count('lines')`);
  const report = await mapped(code, { skip: [1] });
  expect(report).toMatchObject({ result: { kind: "mapped" }, skipped: 1, counters: { lines: 2 } });
  expect(report.work).toMatchObject({ recordsRead: 3, recordsWritten: 3 });
});

test("a promise is no answer, and a partition is one of those there are", async () => {
  expect((await failed(job("return Promise.resolve()"))).message).toContain("returned a promise");
  const partition = job("emit('a', 1)").replace("reduce(", "partition: () => 2, reduce(");
  expect((await failed(partition)).message).toContain("`partition` gave 2");
});

test.each([
  { name: "in a promise", map: "Promise.resolve(value).then((v) => emit(v, 1))", message: "`map` emitted when it had returned" },
  {
    name: "and catches what that throws",
    map: "Promise.resolve().then(() => emit(value)).catch(() => {})",
    message: "`map` emitted when it had returned",
  },
  { name: "in a timer", map: "setTimeout(() => emit(value, 1), 100)", message: "`map` left a timer running" },
])("a map that emits after it has returned fails, and loses nothing without a word: $name", async ({ map, message }) => {
  const failure = await failed(job(map));
  expect(failure.reason).toBe("threw");
  expect(failure.message).toContain(`${message}: it must have emitted everything when it returns`);
});

test("so does a combine", async () => {
  const combine = "combine(key, values, emit) { Promise.resolve().then(() => emit(key, 1)); }";
  const failure = await failed(job("emit('a', 1)").replace("reduce(", `${combine}, reduce(`));
  expect(failure.message).toContain("`combine` emitted when it had returned");
});

test("so does a reduce, and nothing of it is in the output", async () => {
  folder.input("lines.txt", LINES);
  const code = `export default { map({ value }, emit) { emit(value, 1); }, reduce(key, values, emit) {
    Promise.resolve().then(() => { for (let i = 0; i < 100; i++) emit(key, "x".repeat(1_000)); });
  } };`;
  const run = folder.run({ program: { kind: "code", hash: "" }, reduces: 1 }, { loadCode: () => Promise.resolve(code) });
  await expect(run).rejects.toMatchObject({
    reason: "threw",
    message: expect.stringContaining("`reduce` emitted when it had returned") as string,
  });
});

test.each([
  { name: "emits", late: "emit('late', 1)" },
  { name: "throws", late: "throw new Error('late')" },
  { name: "rejects", late: "void Promise.reject(new Error('late'))" },
])("a timer that $name in the next attempt of a kept sandbox does nothing to that", async ({ late }) => {
  // The second attempt lasts until the timer of the first has fired.
  const code = `await new Promise((resolve) => setTimeout(resolve, 400));
    export default { map({ value }, emit) { emit(value, 1); setTimeout(() => { console.log("fired"); ${late}; }, 50).unref(); }, reduce() {} };`;
  const sandboxes = new Sandboxes(SANDBOX, 800);
  const limits = { memoryBytes: 512 << 20, recordTimeoutMs: 10_000 };
  const description = folder.description({ reduces: 1, program: { kind: "code", hash: "" }, options: limits });
  const split = folder.splitOf("lines.txt", LINES);
  const environment = folder.environment({ sandboxes, loadCode: () => Promise.resolve(code) });
  const reports = [];
  for (const number of [1, 2]) {
    const name = { job: asJob("job-1"), phase: "map", task: 0, attempt: number } as const;
    reports.push(await attempt({ ...name, description, split, skip: [], boundaries: null }, environment));
  }
  expect(reports.map(({ result }) => result)).toMatchObject([1, 2].map(() => ({ kind: "mapped", regionRecords: [3] })));
  expect(reports[1]?.log).toContain("fired");
});

const KEEPING = { reduces: 1, program: { kind: "code", hash: "" } } as const;

/** One attempt after the other, with sandboxes that are kept. */
async function mappedAgain(code: string, times: number): Promise<readonly AttemptReport[]> {
  const sandboxes = new Sandboxes(SANDBOX, 60_000);
  const environment = folder.environment({ sandboxes, loadCode: () => Promise.resolve(code) });
  const split = folder.splitOf("lines.txt", LINES);
  const description = folder.description({ ...KEEPING, options: { memoryBytes: 512 << 20 } });
  const reports: AttemptReport[] = [];
  for (let number = 1; number <= times; number++) {
    const name = { job: asJob("job-1"), phase: "map", task: 0, attempt: number } as const;
    reports.push(await attempt({ ...name, description, split, skip: [], boundaries: null }, environment));
  }
  sandboxes.drop();
  return reports;
}

test.each([
  { name: "a global variable", map: "globalThis.seen ??= []; if (!seen.includes(value)) emit(seen[seen.push(value) - 1], 1);", records: 3 },
  { name: "a new method", map: "if ([].twice === undefined) emit(value, 1); Array.prototype.twice = () => 2;", records: 1 },
  { name: "another method", map: "if ('a'.at(0) === 'a') emit(value, 1); String.prototype.at = () => 'b';", records: 1 },
  { name: "an iterator", map: "emit([...value].length, 1); Object.getPrototypeOf([].values()).seen = 1;", records: 3 },
  { name: "a global that was there", map: "if (isNaN('x')) emit(value, 1); globalThis.isNaN = () => false;", records: 1 },
])("what code leaves behind is not found by the next attempt: $name", async ({ map, records }) => {
  const reports = await mappedAgain(job(map), 2);
  expect(reports.map(({ result }) => result)).toMatchObject([1, 2].map(() => ({ kind: "mapped", regionRecords: [records] })));
});

test("a sandbox is kept whatever of Node its code has used", async () => {
  const uses = "new URL('http://a'); new Blob([value]); new TextDecoder(); new AbortController(); crypto.randomUUID(); performance.now();";
  // No two processes have begun at the same moment.
  const code = job(`${uses} structuredClone({ value }); context.count("began", Math.round(performance.timeOrigin))`);
  const [first, second] = await mappedAgain(code, 2);
  expect([first?.result.kind, second?.result.kind]).toEqual(["mapped", "mapped"]);
  expect(second?.counters["began"]).toBe(first?.counters["began"]);
  const [other, another] = await mappedAgain(code.replace("structuredClone(", "globalThis.left = ("), 2);
  expect(another?.counters["began"]).not.toBe(other?.counters["began"]);
});

const childProcesses = (): number => readFileSync(`/proc/self/task/${String(process.pid)}/children`, "utf8").split(" ").length - 1;

test("a sandbox that is kept gives way to a task that needs none, and to another code", async () => {
  const sandboxes = new Sandboxes(SANDBOX, 60_000);
  const split = folder.splitOf("lines.txt", LINES);
  let number = 0;
  const run = async (program: Program, code: string): Promise<void> => {
    const name = { job: asJob("job-1"), phase: "map", task: 0, attempt: ++number } as const;
    const description = folder.description({ reduces: 1, program });
    const environment = folder.environment({ sandboxes, loadCode: () => Promise.resolve(code) });
    const { result } = await attempt({ ...name, description, split, skip: [], boundaries: null }, environment);
    expect(result).toMatchObject({ kind: "mapped" });
  };
  const becomes = async (count: number): Promise<void> => {
    for (let tries = 0; childProcesses() !== count && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(childProcesses()).toBe(count);
  };
  const code = "export default { map({ value }, emit) { emit(value, 1); }, reduce() {} };";
  // Those of other tests.
  await becomes(0);
  await run({ kind: "code", hash: "" }, code);
  await becomes(1);
  await run({ kind: "app", name: "word-count" }, "");
  await becomes(0);
  await run({ kind: "code", hash: "" }, code);
  const plan = { kind: "map", map: {} as never } as const;
  const other = { plan, bundle: "export default 1", onFrame: () => undefined, onLog: () => undefined };
  const sandbox = sandboxes.begin({ memoryBytes: 268_435_456, callMsMax: 60_000 }, other);
  await becomes(1);
  await expect(sandbox.finish()).rejects.toThrow("as its default");
  await becomes(0);
});

test("what it prints is in the log, and the end of a long log is what is kept", async () => {
  const { log } = await mapped(job("console.log('seen', { value })"));
  expect(log).toContain("seen { value: 'one two' }");
  const long = await mapped(job("for (let i = 0; i < 5000; i++) console.log('line', i)"));
  expect(long.log.length).toBeLessThanOrEqual(16_384);
  expect(long.log).toContain("line 4999");
});

test("what was sent long ago is not remembered, however much it was", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const plan = {
    input: "in",
    inputFormat: "lines",
    reduces: 1,
    boundaries: null,
    combine: false,
    parameters: {},
    skip: [],
    bufferBytes: 1 << 20,
  } as const;
  const sandbox = new Sandbox(SANDBOX, { memoryBytes: 256 << 20, callMsMax: 10_000 });
  sandbox.begin({ plan: { kind: "map", map: plan }, bundle: job(""), onFrame: () => undefined, onLog: () => undefined });
  const lines = Buffer.concat([Buffer.alloc(8), Buffer.from("a\n")]);
  const send = async (times: number): Promise<number> => {
    for (let i = 0; i < times; i++) await sandbox.send(TO_SANDBOX.lines, lines);
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await send(2_000);
  const after = await send(20_000);
  await sandbox.finish();
  sandbox.end();
  expect(after - before).toBeLessThan(2 << 20);
});
