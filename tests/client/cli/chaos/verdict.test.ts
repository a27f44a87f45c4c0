import { checkExactlyOnce, checkJobs, checkLinearizable, checkRecovery, checkSeen } from "../../../../client/cli/chaos/checks.ts";
import { differenceOf } from "../../../../client/cli/chaos/job-load.ts";
import type { Check } from "../../../../client/cli/chaos/verdict.ts";
import { verdictOf } from "../../../../client/cli/chaos/verdict.ts";

const checks = (...verdicts: readonly Check["verdict"][]): readonly Check[] =>
  verdicts.map((verdict) => ({ name: "n", verdict, message: "" }));

test.each([
  { name: "all passed", given: checks("passed", "passed"), expected: "passed" },
  { name: "one undecided is no pass", given: checks("passed", "unchecked"), expected: "unchecked" },
  { name: "one failure is enough", given: checks("unchecked", "failed", "passed"), expected: "failed" },
  { name: "nothing checked", given: [], expected: "unchecked" },
])("$name", ({ given, expected }) => {
  expect(verdictOf(given)).toBe(expected);
});

test("a run in which nothing happened proves nothing", () => {
  const nothing = { problems: [], unread: [], appended: 0, counted: 0, unknown: 0 };
  const all = [checkLinearizable([], 0).check, checkExactlyOnce(nothing), checkJobs([]), checkRecovery([], null)];
  expect(all.map(({ verdict }) => verdict)).toEqual(["unchecked", "unchecked", "unchecked", "unchecked"]);
});

test("what members hold has to have been compared, in every group", () => {
  expect(checkSeen([], { differing: [], uncompared: [] }).verdict).toBe("passed");
  expect(checkSeen([], { differing: ["a and b differ"], uncompared: ["group 2"] }).verdict).toBe("failed");
  expect(checkSeen([], { differing: [], uncompared: ["group 2"] })).toMatchObject({
    verdict: "unchecked",
    message: expect.stringContaining("group 2"),
  });
});

test("keys that could not be read in the end are no pass", () => {
  const history = [
    { client: "c", calledAt: 1, input: { kind: "get", key: "k" }, outcome: { kind: "done", returnedAt: 2, output: { kind: "absent" } } },
  ] as const;
  expect(checkLinearizable(history, 0).check.verdict).toBe("passed");
  expect(checkLinearizable(history, 1).check.verdict).toBe("unchecked");
});

test("a stale read is a failure, and the page gets what it needs to show it", () => {
  const history = [
    {
      client: "w",
      calledAt: 1,
      input: { kind: "put", key: "k", value: "v" },
      outcome: { kind: "done", returnedAt: 2, output: { kind: "written" } },
    },
    { client: "r", calledAt: 3, input: { kind: "get", key: "k" }, outcome: { kind: "done", returnedAt: 4, output: { kind: "absent" } } },
  ] as const;
  const { check, failure } = checkLinearizable(history, 0);
  expect([check.verdict, failure?.kind]).toEqual(["failed", "violation"]);
});

test.each([
  {
    name: "the same",
    lines: [
      ["a", "2"],
      ["b", "1"],
    ],
    isRight: true,
  },
  { name: "a word missing", lines: [["a", "2"]], isRight: false },
  {
    name: "a wrong count",
    lines: [
      ["a", "2"],
      ["b", "2"],
    ],
    isRight: false,
  },
  {
    name: "a word twice",
    lines: [
      ["a", "2"],
      ["b", "1"],
      ["b", "1"],
    ],
    isRight: false,
  },
  {
    name: "a word from nowhere",
    lines: [
      ["a", "2"],
      ["b", "1"],
      ["c", "1"],
    ],
    isRight: false,
  },
] as { name: string; lines: [string, string][]; isRight: boolean }[])("an output of a word count: $name", ({ lines, isRight }) => {
  expect(
    differenceOf(
      new Map([
        ["a", 2],
        ["b", 1],
      ]),
      lines,
    ) === null,
  ).toBe(isRight);
});

test("what is not well when all faults are over is a failure, whatever was seen after each of them", () => {
  const { verdict, message } = checkRecovery([], "shard 7 is still on its way to group 1 (pulling)");
  expect(verdict).toBe("failed");
  expect(message).toContain("shard 7 is still on its way");
});
