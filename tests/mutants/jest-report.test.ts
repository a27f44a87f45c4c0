import { join } from "node:path";
import type { JestReport } from "./jest-report.ts";
import { passedTests, patternOf, quickestFailure } from "./jest-report.ts";

const REPORT: JestReport = {
  numPassedTests: 1,
  numFailedTests: 2,
  testResults: [
    { name: join(__dirname, "a.test.ts"), assertionResults: [{ status: "failed", fullName: "slow", duration: 900 }] },
    {
      name: join(__dirname, "b.test.ts"),
      assertionResults: [
        { status: "passed", fullName: "good", duration: 1 },
        { status: "pending", fullName: "not asked for", duration: null },
        { status: "failed", fullName: "quick", duration: 3 },
      ],
    },
  ],
};

test("of the tests that failed, the quickest one is named, with its file", () => {
  expect(quickestFailure(REPORT)).toEqual({ kind: "test", path: "tests/mutants/b.test.ts", test: "quick" });
  expect(quickestFailure({ ...REPORT, testResults: [] })).toBeNull();
});

test("a test that was not asked for has not passed", () => {
  expect(passedTests(REPORT)).toEqual([{ kind: "test", path: "tests/mutants/b.test.ts", test: "good" }]);
});

test.each([
  { name: "the test itself", asked: "a (b) [c] 1+1?", found: "a (b) [c] 1+1?", expected: true },
  { name: "a longer name", asked: "a", found: "a b", expected: false },
  { name: "what only a pattern would match", asked: "a.b", found: "a-b", expected: false },
])("a test is asked for by its whole name: $name", ({ asked, found, expected }) => {
  expect(new RegExp(patternOf([{ test: "another" }, { test: asked }]), "i").test(found)).toBe(expected);
});
