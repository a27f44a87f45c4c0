// Lint rules that never fire protect nothing: each bad snippet is linted with the project's own configuration.
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(__dirname, "../..");

/** Files that exist and stand for their folder. */
const CORE = "core/base/assert.ts";
const RAFT = "core/raft/entry.ts";
const TESTS = "tests/suites/report.ts";
const RUNTIME = "runtime/host.ts";
const CONFIG = "services/replica/config.ts";

const MANY_LINES = `export function long(): number {\n  let n = 0;\n${"  n += 1;\n".repeat(70)}  return n;\n}\n`;

const CASES = [
  { name: "the date in core/", path: CORE, text: "export const now = (): number => Date.now();", rule: "no-restricted-globals" },
  { name: "chance in core/", path: CORE, text: "export const x = Math.random();", rule: "no-restricted-properties" },
  { name: "an async function in core/", path: CORE, text: "export async function f(): Promise<void> {}", rule: "no-restricted-syntax" },
  { name: "an async arrow in core/", path: CORE, text: "export const f = async (): Promise<number> => 1;", rule: "no-restricted-syntax" },
  { name: "await in core/", path: CORE, text: "export const x = await 1;", rule: "no-restricted-syntax" },
  { name: "a promise in core/", path: CORE, text: "export const p = new Promise(() => undefined);", rule: "no-restricted-syntax" },
  { name: "a node module in core/", path: CORE, text: 'import "node:fs";', rule: "no-restricted-imports" },
  { name: "a package in core/", path: CORE, text: 'import "fastify";', rule: "no-restricted-imports" },
  { name: "runtime/ in core/", path: RAFT, text: 'import "../../runtime/host.ts";', rule: "no-restricted-imports" },
  { name: "services/ in core/", path: RAFT, text: 'import "../../services/replica/main.ts";', rule: "no-restricted-imports" },
  { name: "the environment outside config.ts", path: RUNTIME, text: "export const x = process.env;", rule: "no-restricted-properties" },
  {
    name: "a promise that nobody waits for",
    path: TESTS,
    text: "async function f(): Promise<void> {}\nf();",
    rule: "@typescript-eslint/no-floating-promises",
  },
  {
    name: "a case left out",
    path: CORE,
    text: 'type A = "x" | "y";\nexport function f(a: A): number {\n  switch (a) {\n    case "x": return 1;\n  }\n  return 0;\n}',
    rule: "@typescript-eslint/switch-exhaustiveness-check",
  },
  {
    name: "a type imported as a value",
    path: RAFT,
    text: 'import { MemberId } from "../base/ids.ts";\nexport type A = MemberId;',
    rule: "@typescript-eslint/consistent-type-imports",
  },
  {
    name: "a claim that something is there",
    path: CORE,
    text: "export const f = (a: number | null): number => a!;",
    rule: "@typescript-eslint/no-non-null-assertion",
  },
  { name: "any", path: CORE, text: "export const f = (a: any): void => void a;", rule: "@typescript-eslint/no-explicit-any" },
  {
    name: "four parameters",
    path: CORE,
    text: "export function f(a: number, b: number, c: number, d: number): number { return a + b + c + d; }",
    rule: "max-params",
  },
  { name: "a function of more than 70 lines", path: CORE, text: MANY_LINES, rule: "max-lines-per-function" },
  { name: "printing", path: RUNTIME, text: 'console.log("x");', rule: "no-console" },
  { name: "a variable that never varies", path: CORE, text: "let x = 1;\nexport const y = x;", rule: "prefer-const" },
  { name: "loose equality", path: CORE, text: "export const f = (a: number): boolean => a == 1;", rule: "eqeqeq" },
] as const;

const ALLOWED = [
  { name: "the date outside core/", path: RUNTIME, text: "export const now = (): number => Date.now();" },
  { name: "the environment in config.ts", path: CONFIG, text: "export const x = process.env;" },
  { name: "printing in tests", path: TESTS, text: 'console.log("x");' },
  {
    name: "all cases handled",
    path: CORE,
    text: 'export function f(a: "x" | "y"): number {\n  switch (a) {\n    case "x": return 1;\n    case "y": return 2;\n  }\n}',
  },
] as const;

let fired: readonly (readonly string[])[] = [];

beforeAll(() => {
  const snippets = [...CASES, ...ALLOWED].map(({ path, text }) => ({ path, text }));
  const output = execFileSync(process.execPath, [join(__dirname, "rules/lint-snippets.ts")], {
    cwd: ROOT,
    input: JSON.stringify(snippets),
  });
  fired = JSON.parse(output.toString("utf8")) as string[][];
}, 60_000);

test.each(CASES.map((row, i) => ({ ...row, i })))("lint refuses $name", ({ i, rule }) => {
  expect(fired[i]).toContain(rule);
});

test.each(ALLOWED.map((row, i) => ({ ...row, i: CASES.length + i })))("lint allows $name", ({ i }) => {
  expect(fired[i]).toEqual([]);
});
