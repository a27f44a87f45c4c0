// What jest says of its tests with --json, and how one of them is asked for.
import { join, relative } from "node:path";
import type { SuiteReport } from "../suites/report.ts";
import type { KnownTest } from "./mutant.ts";

const ROOT = join(import.meta.dirname, "../..");

export type JestReport = {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string; readonly duration?: number | null }[];
  }[];
};

/** What a suite says, and by which test, where it was one. */
export type CatcherReport = SuiteReport & { readonly by?: KnownTest | undefined };

export const isOfJest = (report: object): report is JestReport => "numPassedTests" in report;

/** A test file that doesn't even load counts for nothing here, and has caught nothing. */
export function fromJest(report: JestReport): CatcherReport {
  const counts = { passed: report.numPassedTests, failed: report.numFailedTests };
  const by = quickestFailure(report);
  return by === null ? counts : { ...counts, failures: [`unit test "${by.test}"`], by };
}

export function quickestFailure(report: JestReport): KnownTest | null {
  const failures = testsOf(report).filter(({ status }) => status === "failed");
  return failures.sort((a, b) => a.tookMs - b.tookMs)[0]?.known ?? null;
}

export function passedTests(report: JestReport): readonly KnownTest[] {
  return testsOf(report).flatMap(({ status, known }) => (status === "passed" ? [known] : []));
}

function testsOf({ testResults }: JestReport): { readonly known: KnownTest; readonly status: string; readonly tookMs: number }[] {
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status, duration }) => ({
      known: { kind: "test" as const, path: relative(ROOT, name), test: fullName },
      status,
      tookMs: duration ?? 0,
    })),
  );
}

/** Matches these full names and nothing else. */
export function patternOf(tests: readonly Pick<KnownTest, "test">[]): string {
  return `^(${tests.map(({ test }) => test.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&")).join("|")})$`;
}
