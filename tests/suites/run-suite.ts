// Runs one suite in a process of its own and says what it found. A suite that ends badly, is late, or reports nothing
// has failed, whatever it printed.
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { Suite } from "./list.ts";
import { processorSecondsOfLast } from "./processor-time.ts";
import { failureLine } from "./report.ts";
import type { SuiteReport } from "./report.ts";

export type SuiteResult = SuiteReport & {
  readonly suite: string;
  readonly seconds: number;
  /** Of all its processes; null where the system does not tell. */
  readonly processorSeconds: number | null;
  readonly trouble: string | null;
};

export type Judgement = Omit<SuiteResult, "seconds" | "processorSeconds">;

/** What is read of jest's `--json`. */
type JestResults = {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    /** The file. */
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
};

/** The output of `make test` itself, or a file. */
type Output = "inherit" | number;
type Ending = { readonly code: number | null; readonly late: boolean };

/** Shows what it says while it runs. */
export function runSuite(suite: Suite): Promise<SuiteResult> {
  return run(suite, "inherit");
}

/** Keeps what it says, for afterwards. */
export async function collectSuite(suite: Suite): Promise<{ readonly output: string; readonly result: SuiteResult }> {
  const folder = mkdtempSync(join(tmpdir(), "flotilla-suite-output-"));
  const file = join(folder, "output.txt");
  const descriptor = openSync(file, "w");
  try {
    const result = await run(suite, descriptor);
    return { output: readFileSync(file, "utf8"), result };
  } finally {
    closeSync(descriptor);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(suite: Suite, output: Output): Promise<SuiteResult> {
  const folder = mkdtempSync(join(tmpdir(), "flotilla-suite-"));
  const results = join(folder, "results.json");
  const startedMs = performance.now();
  try {
    const ending = await runCommand(suite, { results, output });
    const processorSeconds = processorSecondsOfLast();
    const report = readReport(suite, results);
    const seconds = (performance.now() - startedMs) / 1_000;
    return { ...judge(suite, ending, report), seconds, processorSeconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function judge(suite: Suite, ending: Ending, report: SuiteReport | null): Judgement {
  const { passed, failed, failures = [] } = report ?? { passed: 0, failed: 0 };
  const trouble = troubleOf(suite, ending, report);
  return { suite: suite.name, passed, failed: trouble === null ? failed : Math.max(failed, 1), failures, trouble };
}

function troubleOf(suite: Suite, ending: Ending, report: SuiteReport | null): string | null {
  if (ending.late) return `was stopped after ${suite.deadlineMs / 1_000} s`;
  if (report === null) return `reported nothing (exit code ${ending.code})`;
  if (report.passed + report.failed === 0) return "ran nothing";
  if (ending.code !== 0 && report.failed === 0) return `ended with exit code ${ending.code}`;
  return null;
}

function runCommand(suite: Suite, { results, output }: { results: string; output: Output }): Promise<Ending> {
  const [program, ...given] = suite.command;
  const wanted = suite.counts === "jest" ? ["--json", `--outputFile=${results}`] : ["--results", results];
  return new Promise((resolve) => {
    // A process group of its own: a late suite is stopped together with the processes that it started.
    const child = spawn(program as string, [...given, ...wanted], {
      stdio: ["ignore", output, output],
      detached: true,
    });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    }, suite.deadlineMs);
    const finish = (code: number | null): void => {
      clearTimeout(timer);
      resolve({ code, late });
    };
    child.on("error", () => finish(null));
    child.on("exit", (code) => finish(code));
  });
}

function readReport(suite: Suite, results: string): SuiteReport | null {
  try {
    const text = readFileSync(results, "utf8");
    return suite.counts === "jest" ? fromJest(text) : (JSON.parse(text) as SuiteReport);
  } catch {
    return null;
  }
}

/** A test file that does not even load has no tests to fail; it counts as one. */
export function fromJest(output: string): SuiteReport {
  const counts = JSON.parse(output) as JestResults;
  const failures = counts.testResults.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === "failed");
    if (failed.length > 0)
      return failed.map((each) => failureLine(`${relative(process.cwd(), name)}, ${each.fullName}`, each.failureMessages[0] ?? ""));
    // Nothing in it ran, so that the file itself is what failed.
    return assertionResults.length === 0 && message !== "" ? [failureLine(relative(process.cwd(), name), message)] : [];
  });
  return { passed: counts.numPassedTests, failed: counts.numFailedTests + counts.numRuntimeErrorTestSuites, failures };
}
