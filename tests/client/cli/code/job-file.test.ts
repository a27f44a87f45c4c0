import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jobCode } from "../../../../client/cli/code/job-file.ts";

const DECLARATIONS = join(__dirname, "../../../../client/define-job.ts");
const WORD_COUNT = `import { defineJob } from "flotilla";
export default defineJob({
  map({ value }, emit) { for (const word of value.split(/[^A-Za-z]+/)) if (word) emit(word, 1); },
  combine(key, values, emit) { let n = 0; for (const v of values) n += v; emit(key, n); },
  reduce(key, values, emit) { let n = 0; for (const v of values) n += v; emit(key, n); },
});
`;

let directory = "";
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "flotilla-job-file-"))));
afterEach(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const options = { declarations: DECLARATIONS, mayUseNode: false };

test("the contract's job file becomes one module, the same each time", async () => {
  const path = file("job.ts", WORD_COUNT);
  const { code, hash } = await jobCode(path, options);
  expect(code).not.toContain("import ");
  expect(code).toContain("export {");
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect((await jobCode(path, options)).hash).toBe(hash);
});

test("what it imports goes with it", async () => {
  file("words.ts", 'export const words = (line: string): string[] => line.split(" ");\n');
  const path = file(
    "job.ts",
    WORD_COUNT.replace("import", 'import { words } from "./words.ts";\nimport').replace("value.split(/[^A-Za-z]+/)", "words(value)"),
  );
  expect((await jobCode(path, options)).code).toContain('line.split(" ")');
});

test.each([
  { name: "a mistake in a type", text: WORD_COUNT.replace("value.split", "value.splitt"), message: /job\.ts:3:\d+ .*splitt/ },
  {
    name: "a function that is missing",
    text: 'import { defineJob } from "flotilla";\nexport default defineJob({ map() {} });\n',
    message: /reduce/,
  },
  { name: "a mistake in the syntax", text: "export default {", message: /job\.ts:\d+:\d+ / },
  { name: "a module that is not there", text: `import x from "./nowhere.ts";\n${WORD_COUNT}`, message: /nowhere/ },
])("$name is said with its place", async ({ text, message }) => {
  await expect(jobCode(file("job.ts", text), options)).rejects.toThrow(message);
});

test("JavaScript needs no types, and still has to be a program", async () => {
  await expect(jobCode(file("job.js", "export default {"), options)).rejects.toThrow(/job\.js:1/);
  expect((await jobCode(file("good.js", WORD_COUNT), options)).code).toContain("split");
});
