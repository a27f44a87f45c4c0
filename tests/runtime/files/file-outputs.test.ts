import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { OutputFile } from "../../../core/mapreduce/assignment.ts";
import type { JobDescription } from "../../../core/mapreduce/job.ts";
import { asJob, DEFAULT_OPTIONS } from "../../../core/mapreduce/job.ts";
import { FileInputs } from "../../../runtime/files/file-inputs.ts";
import { FileOutputs } from "../../../runtime/files/file-outputs.ts";
import { Roots } from "../../../runtime/files/roots.ts";

let directory = "";
let outputs: FileOutputs;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "flotilla-outputs-"));
  mkdirSync(join(directory, "data"));
  outputs = new FileOutputs(new Roots([join(directory, "data")]));
});
afterEach(() => rmSync(directory, { recursive: true }));

function job(output = "out"): JobDescription {
  const program = { kind: "app", name: "sort" } as const;
  return {
    id: asJob("job-1"),
    program,
    inputs: [],
    output: `file:${directory}/data/${output}`,
    reduces: 2,
    splitBytes: 1,
    options: DEFAULT_OPTIONS,
  };
}

const named = (task: number, attempt: number) => ({ job: "job-1.00000000000a", task, attempt, description: job() });
const check = (description = job()): Promise<void> => outputs.check({ ...named(0, 1), description, phase: "list" });

async function write(task: number, attempt: number, text: string): Promise<OutputFile> {
  const writer = await outputs.begin({ ...named(task, attempt), phase: "reduce", maps: 0, sources: [], skip: [] });
  writer.write(Buffer.from(text));
  return writer.finish();
}

const publish = (task: number, winner: number, file: OutputFile): Promise<void> =>
  outputs.publish({ ...named(task, 1), phase: "publish", winner, files: [file] });
const finish = (succeeded: boolean): Promise<void> => outputs.finish({ ...named(0, 1), phase: "finish", reduces: 2, succeeded });
const shown = (): string[] => (existsSync(join(directory, "data/out")) ? readdirSync(join(directory, "data/out")).sort() : []);
const textOf = (name: string): string => readFileSync(join(directory, "data/out", name), "utf8");

test("readers see the output when its last part is published, and of each part one attempt", async () => {
  await check();
  const first = await write(0, 1, "a1");
  const other = await write(0, 2, "a2");
  const second = await write(1, 1, "b1");
  await publish(0, 2, other);
  expect(shown()).toEqual([]);
  await publish(0, 2, other);
  await expect(publish(0, 1, first)).rejects.toMatchObject({ reason: "badOutput" });
  await publish(1, 1, second);
  expect(shown()).toEqual(["part-00000", "part-00001"]);
  expect([textOf("part-00000"), textOf("part-00001")]).toEqual(["a2", "b1"]);
  // A worker that was paused while all this happened.
  await publish(1, 1, second);
  await write(0, 3, "late");
  await finish(true);
  await finish(true);
  await expect(write(0, 4, "later")).rejects.toMatchObject({ reason: "badOutput" });
  expect(shown()).toEqual(["part-00000", "part-00001"]);
  expect(textOf("part-00000")).toBe("a2");
  expect(readdirSync(join(directory, "data"))).toEqual(["out"]);
});

test("of a job that failed nothing is seen and nothing stays", async () => {
  await check();
  await publish(0, 1, await write(0, 1, "a"));
  await write(1, 1, "b");
  await finish(false);
  // A worker that does not know yet.
  await expect(write(1, 2, "late")).rejects.toMatchObject({ reason: "badOutput" });
  await expect(publish(1, 1, { name: "part-00001", temporary: "part-00001-1", bytes: 1, checksum: "0" })).rejects.toMatchObject({
    reason: "badOutput",
  });
  expect(readdirSync(join(directory, "data"))).toEqual([]);
});

test("an attempt that is given up leaves nothing", async () => {
  await check();
  const writer = await outputs.begin({ ...named(0, 1), phase: "reduce", maps: 0, sources: [], skip: [] });
  writer.write(Buffer.alloc(1 << 20));
  writer.abort();
  await outputs.discard(await write(0, 2, "x"));
  expect(readdirSync(join(directory, "data/.out.job-1.00000000000a.flotilla/attempts"))).toEqual([]);
});

test("an output that exists is refused; an empty folder is none", async () => {
  mkdirSync(join(directory, "data/out"));
  await check();
  writeFileSync(join(directory, "data/out/x"), "");
  await expect(check()).rejects.toMatchObject({ reason: "outputExists" });
  writeFileSync(join(directory, "data/file"), "");
  await expect(check(job("file"))).rejects.toMatchObject({ reason: "outputExists" });
});

test.each(["../out", "link/out", "a/../../out", "%2e%2e/out", "."])("nothing leads out of the roots: %s", async (path) => {
  mkdirSync(join(directory, "elsewhere"));
  symlinkSync(join(directory, "elsewhere"), join(directory, "data/link"));
  await expect(check(job(path))).rejects.toMatchObject({ reason: "badUrl" });
});

test("nor do inputs, by a link in a folder either", async () => {
  writeFileSync(join(directory, "secret"), "x");
  writeFileSync(join(directory, "data/plain"), "x");
  const inputs = new FileInputs(new Roots([join(directory, "data")]));
  expect(await inputs.list(`file:${directory}/data`)).toHaveLength(1);
  symlinkSync(join(directory, "secret"), join(directory, "data/link"));
  for (const path of ["data", "data/link", "data/l*", "secret", "data/../secret"]) {
    await expect(inputs.list(`file:${directory}/${path}`)).rejects.toMatchObject({ reason: "badUrl" });
  }
  await expect(inputs.list(`file:${directory}/data/none`)).rejects.toMatchObject({ reason: "missingInput" });
  await expect(inputs.list(`file:${directory}/data/n*`)).rejects.toMatchObject({ reason: "missingInput" });
  await expect(new FileInputs(new Roots([])).list(`file:${directory}/data/plain`)).rejects.toMatchObject({ reason: "badUrl" });
});

test("of two jobs that were begun with the same output, one shows its parts, and the other fails and does not take them for its own", async () => {
  const other = { ...job(), id: asJob("job-2") };
  const begun = { job: "job-2.00000000000a", attempt: 1, description: other };
  await check();
  await outputs.check({ ...begun, task: 0, phase: "list" });
  const written: OutputFile[] = [];
  for (const task of [0, 1]) {
    const writer = await outputs.begin({ ...begun, task, phase: "reduce", maps: 0, sources: [], skip: [] });
    writer.write(Buffer.from(`other ${String(task)}`));
    written.push(await writer.finish());
  }
  const publishOther = (task: number): Promise<void> =>
    outputs.publish({ ...begun, task, phase: "publish", winner: 1, files: [written[task] as OutputFile] });
  await publishOther(0);
  for (const task of [0, 1]) await publish(task, 1, await write(task, 1, `mine ${String(task)}`));
  for (const task of [1, 0]) {
    const error = await publishOther(task).catch((problem: unknown) => problem);
    if (task === 1) expect(error).toMatchObject({ reason: "outputExists", message: expect.stringContaining("while the job ran") as never });
  }
  await outputs.finish({ ...begun, task: 0, phase: "finish", reduces: 2, succeeded: false });
  await publish(1, 1, { name: "part-00001", temporary: "part-00001-1", bytes: 6, checksum: crc32("mine 1").toString(16) });
  await finish(true);
  expect([textOf("part-00000"), textOf("part-00001")]).toEqual(["mine 0", "mine 1"]);
  expect(readdirSync(join(directory, "data"))).toEqual(["out"]);
});

test("a job that has all its parts when another shows its own in the same place fails", async () => {
  await check();
  const parts = [await write(0, 1, "a"), await write(1, 1, "b")];
  await publish(0, 1, parts[0] as OutputFile);
  mkdirSync(join(directory, "data/out"));
  writeFileSync(join(directory, "data/out/theirs"), "");
  await expect(publish(1, 1, parts[1] as OutputFile)).rejects.toMatchObject({ reason: "outputExists" });
  expect(shown()).toEqual(["theirs"]);
});

test("inputs are what bears a name with wildcards, and what a pattern matches; links that lead nowhere are none", async () => {
  for (const name of ["notes[1].txt", "notes1.txt"]) writeFileSync(join(directory, "data", name), name);
  symlinkSync(join(directory, "data/nowhere"), join(directory, "data/dangling.txt"));
  const inputs = new FileInputs(new Roots([join(directory, "data")]));
  const namesOf = async (path: string): Promise<readonly string[]> =>
    (await inputs.list(`file:${directory}/data/${path}`)).map(({ url }) => decodeURIComponent(url.slice(url.lastIndexOf("/") + 1)));
  expect(await namesOf("notes[1].txt")).toEqual(["notes[1].txt"]);
  expect(await namesOf("notes[0-9].txt")).toEqual(["notes1.txt"]);
  expect(await namesOf("*.txt")).toEqual(["notes1.txt", "notes[1].txt"]);
});

test.each(["one byte is another", "the end is missing", "nothing is left"])(
  "what was damaged between the end of an attempt and its publication is shown to nobody: %s",
  async (damage) => {
    await check();
    const parts = [await write(0, 1, "all of it"), await write(1, 1, "b")] as const;
    const { temporary } = parts[0];
    writeFileSync(temporary, { "one byte is another": "all of 1t", "the end is missing": "all of i" }[damage] ?? "");
    await publish(1, 1, parts[1]);
    await expect(publish(0, 1, parts[0])).rejects.toMatchObject({
      reason: "badOutput",
      message: expect.stringContaining("damaged") as never,
    });
    expect(shown()).toEqual([]);
    await finish(false);
    expect(readdirSync(join(directory, "data"))).toEqual([]);
  },
);

test("a part that was damaged when it was collected already is shown to nobody either", async () => {
  await check();
  const parts = [await write(0, 1, "a"), await write(1, 1, "b")] as const;
  await publish(0, 1, parts[0]);
  writeFileSync(join(directory, "data/.out.job-1.00000000000a.flotilla/parts/part-00000"), "x");
  await expect(publish(0, 1, parts[0])).rejects.toMatchObject({ reason: "badOutput" });
});

test("a job under the id of an earlier one finds nothing of what that one has left", async () => {
  await check();
  await publish(0, 1, await write(0, 1, "earlier"));
  await write(1, 1, "earlier");
  const later = { job: "job-1.00000000000b", attempt: 1, description: job() };
  await outputs.check({ ...later, task: 0, phase: "list" });
  for (const task of [0, 1]) {
    const writer = await outputs.begin({ ...later, task, phase: "reduce", maps: 0, sources: [], skip: [] });
    writer.write(Buffer.from("later"));
    const file = await writer.finish();
    await outputs.publish({ ...later, task, phase: "publish", winner: 1, files: [file] });
  }
  expect([textOf("part-00000"), textOf("part-00001")]).toEqual(["later", "later"]);
});

test("an input that is cut off or written over while it is read is no end of it", async () => {
  const path = join(directory, "data/in");
  const inputs = new FileInputs(new Roots([join(directory, "data")]));
  for (const content of ["", "x".repeat(3 << 20)]) {
    writeFileSync(path, "a".repeat(3 << 20));
    const [file] = await inputs.list(`file:${path}`);
    if (file === undefined) throw new Error("it is not there");
    const pieces = inputs.read({ ...file, offset: 0, fileLength: file.length }, 0);
    await pieces.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    writeFileSync(path, content);
    await expect(pieces.next()).rejects.toMatchObject({ reason: "inputChanged" });
  }
});
