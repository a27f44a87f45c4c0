// Runs one catcher in a process, with a mutant in it or without any. Caught means that tests ran and one of them failed, or
// that they never ended; a process that died before it could report has caught nothing.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fromJest, isOfJest, patternOf } from "./jest-report.ts";
import type { CatcherReport, JestReport } from "./jest-report.ts";
import type { Catcher, KnownTest, Rewrite } from "./mutant.ts";
import { MUTANT_VARIABLE } from "./mutant.ts";
import type { TestProcesses } from "./test-processes.ts";

const ROOT = join(import.meta.dirname, "../..");
const LOADER = pathToFileURL(join(import.meta.dirname, "loader.ts")).href;

export type Verdict =
  | { readonly kind: "caught"; readonly how: string; readonly by?: KnownTest }
  | { readonly kind: "passed" }
  | { readonly kind: "broken"; readonly why: string };

type Ending = { readonly code: number | null; readonly late: boolean; readonly output: string };

export type Trial = {
  /** Null: the source as it is. */
  readonly mutant: Rewrite | null;
  readonly deadlineMs: number;
};

export async function tryCatcher(catcher: Catcher, { mutant, deadlineMs }: Trial): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), "flotilla-mutant-"));
  const results = join(folder, "results.json");
  try {
    const ending = await run(commandOf(catcher, results), { mutant, deadlineMs });
    return judge(catcher, ending, readReport(results));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One test, in a process that has run others and will run more. */
export async function tryTest(test: KnownTest, { mutant, deadlineMs }: Trial, processes: TestProcesses): Promise<Verdict> {
  const { report, trouble, ...ending } = await processes.ask({ path: test.path, pattern: patternOf([test]), mutant }, deadlineMs);
  return judge(test, { ...ending, output: trouble }, report === null ? null : fromJest(report));
}

export function judge(catcher: Catcher | KnownTest, ending: Ending, report: CatcherReport | null): Verdict {
  if (ending.late) return { kind: "caught", how: `${nameOf(catcher)}: did not come to an end` };
  if (report === null) return { kind: "broken", why: `${nameOf(catcher)} ended with code ${ending.code}: ${lastLines(ending.output)}` };
  if (report.passed + report.failed === 0) return { kind: "broken", why: `${nameOf(catcher)} ran nothing` };
  const by = catcher.kind === "scenario" ? scenarioIn(report) : report.by;
  if (report.failed > 0) return { kind: "caught", how: report.failures?.[0] ?? nameOf(catcher), ...(by === undefined ? {} : { by }) };
  return { kind: "passed" };
}

/** Of the scenarios that did not go as they are written, the first, as the test that it is in jest. */
function scenarioIn({ failures = [] }: CatcherReport): KnownTest | undefined {
  const [, test] = /^scenario (.+)$/.exec(failures[0] ?? "") ?? [];
  return test === undefined ? undefined : { kind: "test", path: "tests/mutants/scenarios-in-jest.ts", test };
}

export function nameOf(catcher: Catcher | KnownTest): string {
  switch (catcher.kind) {
    case "scenario":
      return "scenarios";
    case "lab":
      return `lab ${catcher.only}`;
    case "simulation":
      return `${catcher.seeds} seeds`;
    case "jest":
      return catcher.path;
    case "test":
      return `${catcher.path} "${catcher.test}"`;
  }
}

function commandOf(catcher: Catcher, results: string): readonly string[] {
  switch (catcher.kind) {
    case "scenario":
      return ["node", "tests/scenarios/main.ts", "--results", results];
    case "lab":
      return ["node", "tests/labs/main.ts", "--only", catcher.only, "--results", results];
    case "simulation":
      return ["node", "tests/simulation/main.ts", "--seeds", String(catcher.seeds), "--results", results];
    case "jest":
      return ["jest", "--config", "tests/mutants/jest.config.js", "--json", `--outputFile=${results}`, "--runInBand", catcher.path];
  }
}

function run(command: readonly string[], { mutant, deadlineMs }: Trial): Promise<Ending> {
  const [program, ...rest] = command;
  const forNode = program === "node" ? { NODE_OPTIONS: `--import=${LOADER}` } : {};
  const env = mutant === null ? process.env : { ...process.env, ...forNode, [MUTANT_VARIABLE]: JSON.stringify(mutant) };
  return new Promise((resolve) => {
    const child = spawn(program as string, rest, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], detached: true, env });
    let output = "";
    let late = false;
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString("utf8")).slice(-4_000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const timer = setTimeout(() => {
      late = true;
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }, deadlineMs);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, late, output });
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      resolve({ code: null, late, output: String(error) });
    });
  });
}

function readReport(results: string): CatcherReport | null {
  try {
    const report = JSON.parse(readFileSync(results, "utf8")) as CatcherReport | JestReport;
    return isOfJest(report) ? fromJest(report) : report;
  } catch {
    return null;
  }
}

function lastLines(output: string): string {
  return output.trim().split("\n").slice(-3).join(" | ");
}
