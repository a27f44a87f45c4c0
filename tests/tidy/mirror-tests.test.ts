import { coreFilesHaveTests, hasBehaviour } from "./rules/mirror-tests.ts";
import { thisRepository, tree } from "./rules/source-tree.ts";

test("every file of core/ that decides something has its test", () => {
  expect(coreFilesHaveTests(thisRepository())).toEqual([]);
});

test("a file without its test is found", () => {
  const files = tree({ "core/raft/a.ts": "export function a(): number { return 1; }", "tests/core/raft/b.test.ts": "" });
  expect(coreFilesHaveTests(files)).toEqual(["core/raft/a.ts has no tests/core/raft/a.test.ts"]);
});

test.each([
  { name: "types", text: "export type A = (x: number) => void; export interface B { step(): void }", expected: false },
  { name: "constants", text: "export const LIMIT = 4; export const LIST = [1, 2] as const;", expected: false },
  { name: "a function", text: "export function f(): void {}", expected: true },
  { name: "an arrow", text: "export const f = (x: number): number => x;", expected: true },
  { name: "a class with a method", text: "export class A { step(): void {} }", expected: true },
])("behaviour: $name", ({ text, expected }) => {
  expect(hasBehaviour("core/x.ts", text)).toBe(expected);
});
