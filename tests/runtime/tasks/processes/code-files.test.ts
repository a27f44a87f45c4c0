import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CodeFiles, hashOfCode, readCode } from "../../../../runtime/tasks/processes/code-files.ts";

let root = "";
let directory = "";
let fetched = 0;
let files: CodeFiles;
const CODE = "export default 1";
const HASH = hashOfCode(CODE);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "flotilla-code-"));
  directory = join(root, ".code");
  fetched = 0;
  files = new CodeFiles(directory, () => (fetched++, Promise.resolve(CODE)));
});
afterEach(() => rmSync(root, { recursive: true }));

test("code is fetched once, and goes with the last job that has it", async () => {
  await files.ensure(HASH, "one");
  await files.ensure(HASH, "two");
  expect([fetched, readCode(directory, HASH)]).toEqual([1, CODE]);
  files.forget("one");
  files.forget("one");
  expect(readCode(directory, HASH)).toBe(CODE);
  files.forget("two");
  expect(readdirSync(directory)).toEqual([]);
  await files.ensure(HASH, "three");
  expect([fetched, readCode(directory, HASH)]).toEqual([2, CODE]);
});

test("a job that is forgotten while its code is fetched leaves nothing", async () => {
  const ensuring = files.ensure(HASH, "one");
  files.forget("one");
  await ensuring;
  expect(readCode(directory, HASH)).toBeNull();
});

test("code that nobody could say anything about now is out of reach, and may be there later", async () => {
  const unlucky = new CodeFiles(directory, () => Promise.reject(new Error("connect ECONNREFUSED")));
  await expect(unlucky.ensure(HASH, "one")).rejects.toMatchObject({
    reason: "unreachable",
    message: expect.stringContaining("ECONNREFUSED") as string,
  });
});

test("a job that needs it while another is forgotten keeps it", async () => {
  await files.ensure(HASH, "one");
  const ensuring = files.ensure(HASH, "two");
  files.forget("one");
  await ensuring;
  expect(readCode(directory, HASH)).toBe(CODE);
});

test("what an earlier process has left goes", async () => {
  await files.ensure(HASH, "one");
  const next = new CodeFiles(directory, () => Promise.resolve(CODE));
  next.removeLeftovers();
  expect(readCode(directory, HASH)).toBeNull();
  await next.ensure(HASH, "one");
  expect(readCode(directory, HASH)).toBe(CODE);
});
