import { codeProblem } from "../../../runtime/tasks/code/code-problem.ts";
import { failureOf, TaskProblem } from "../../../runtime/tasks/task-problem.ts";

test("a failure says where, and is never longer than its job's record and a report may be", () => {
  const problem = new TaskProblem("badRecord", "x".repeat(100_000), { file: "file:/in/a", offset: 12 });
  const { message, file, offset } = failureOf(problem);
  expect(message).toBe(`${"x".repeat(4_000)} (file:/in/a, byte 12)`);
  expect([file, offset]).toEqual(["file:/in/a", 12]);
});

test("nor is one of code that has written its stack itself", () => {
  const error = Object.assign(new Error("no"), { stack: `Error: no\n    at ${"x".repeat(100_000)}` });
  expect(failureOf(codeProblem(error, {})).message).toMatch(/^Error: no\n {4}at x{3,4000}$/);
});
