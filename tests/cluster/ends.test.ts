import type { End } from "./ends.ts";
import { exitCode, lastLine } from "./ends.ts";

const ended = (how: End["how"], ...names: readonly string[]): readonly End[] => names.map((name) => ({ name, how }));

test("the last line names what was skipped", () => {
  const ends = [...ended("passed", "a", "b"), ...ended("skipped", "c"), ...ended("failed", "d"), ...ended("skipped", "e, and f")];
  expect(lastLine(ends)).toBe("2 passed, 1 failed, 2 skipped: c; e, and f");
  expect(lastLine(ended("passed", "a"))).toBe("1 passed, 0 failed, 0 skipped");
});

test.each([
  { name: "all passed", ends: ended("passed", "a", "b"), attended: 0, unattended: 0 },
  { name: "one was skipped", ends: [...ended("passed", "a"), ...ended("skipped", "b")], attended: 0, unattended: 1 },
  { name: "one failed", ends: [...ended("passed", "a"), ...ended("failed", "b")], attended: 1, unattended: 1 },
])("$name: $attended, and $unattended where nobody looks on", ({ ends, attended, unattended }) => {
  expect(exitCode(ends, { isUnattended: false })).toBe(attended);
  expect(exitCode(ends, { isUnattended: true })).toBe(unattended);
});
