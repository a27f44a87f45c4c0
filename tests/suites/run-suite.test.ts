import { fromJest, judge } from "./run-suite.ts";
import type { Suite } from "./list.ts";

const SUITE: Suite = { name: "labs", command: ["node"], deadlineMs: 1_000, counts: "report", target: "test" };
const report = (passed: number, failed: number): { passed: number; failed: number } => ({ passed, failed });

test.each([
  { name: "all passed", ending: { code: 0, late: false }, report: report(3, 0), expected: { passed: 3, failed: 0, trouble: null } },
  { name: "some failed", ending: { code: 1, late: false }, report: report(2, 1), expected: { passed: 2, failed: 1, trouble: null } },
  {
    name: "failures that the exit code hides",
    ending: { code: 0, late: false },
    report: report(2, 1),
    expected: { passed: 2, failed: 1, trouble: null },
  },
  {
    name: "late",
    ending: { code: null, late: true },
    report: report(2, 0),
    expected: { passed: 2, failed: 1, trouble: "was stopped after 1 s" },
  },
  {
    name: "silent",
    ending: { code: 0, late: false },
    report: null,
    expected: { passed: 0, failed: 1, trouble: "reported nothing (exit code 0)" },
  },
  { name: "empty", ending: { code: 0, late: false }, report: report(0, 0), expected: { passed: 0, failed: 1, trouble: "ran nothing" } },
  {
    name: "a bad end after good news",
    ending: { code: 7, late: false },
    report: report(3, 0),
    expected: { passed: 3, failed: 1, trouble: "ended with exit code 7" },
  },
])("a suite is judged: $name", ({ ending, report: found, expected }) => {
  expect(judge(SUITE, ending, found)).toEqual({ suite: "labs", failures: [], ...expected });
});

test("a test file that does not load counts as a failure, and every failure is named", () => {
  const testResults = [
    { name: `${process.cwd()}/tests/a.test.ts`, message: "Unexpected token\n  at a line", assertionResults: [] },
    {
      name: `${process.cwd()}/tests/b.test.ts`,
      message: "● a leader steps down",
      assertionResults: [
        { fullName: "a leader steps down", status: "failed", failureMessages: ["Error: it did not\n  at a line"] },
        { fullName: "a leader stays", status: "passed", failureMessages: [] },
      ],
    },
  ];
  const output = JSON.stringify({ numPassedTests: 5, numFailedTests: 1, numRuntimeErrorTestSuites: 2, testResults });
  const failures = ["tests/a.test.ts: Unexpected token", "tests/b.test.ts, a leader steps down: Error: it did not"];
  expect(fromJest(output)).toEqual({ passed: 5, failed: 3, failures });
});
