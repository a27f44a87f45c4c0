import { rewrite } from "./mutant.ts";

test.each([
  { name: "fits once", source: "a b c", find: "b", expected: "a x c" },
  { name: "fits nowhere", source: "a b c", find: "d", expected: null },
  { name: "fits twice", source: "a b b", find: "b", expected: null },
  { name: "fits twice, overlapping", source: "aaa", find: "aa", expected: null },
])("a rewrite that $name", ({ source, find, expected }) => {
  expect(rewrite(source, { file: "x.ts", find, replace: "x" })).toBe(expected);
});

test("what is put in is taken as it is", () => {
  expect(rewrite("a b", { file: "x.ts", find: "b", replace: "$& $1" })).toBe("a $& $1");
});

test("a second edit sees what the first has left, and both must fit", () => {
  expect(rewrite("a b", { file: "x.ts", find: "a", replace: "c", and: { find: "b", replace: "d" } })).toBe("c d");
  expect(rewrite("a b", { file: "x.ts", find: "a", replace: "c", and: { find: "a", replace: "d" } })).toBeNull();
});
