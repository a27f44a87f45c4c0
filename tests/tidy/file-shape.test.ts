import { codeOpensWithItsIdea, filesAreShort, foldersHaveReadmes, namesSaySomething } from "./rules/file-shape.ts";
import { thisRepository, tree } from "./rules/source-tree.ts";

test.each([
  { name: "no file has a name that says nothing", rule: namesSaySomething },
  { name: "no file is longer than 400 lines", rule: filesAreShort },
  { name: "every folder of the product has a README", rule: foldersHaveReadmes },
  { name: "every file of the product opens with what it is for", rule: codeOpensWithItsIdea },
])("$name", ({ rule }) => {
  expect(rule(thisRepository())).toEqual([]);
});

test.each(["core/raft/utils.ts", "runtime/helpers.ts", "client/common.ts", "services/misc.ts", "core/index.ts"])("%s is found", (path) => {
  expect(namesSaySomething(tree({ [path]: "" }))).toEqual([`${path} has a name that says nothing`]);
});

test("400 lines are allowed and 401 are not", () => {
  const files = tree({ "core/a.ts": "x\n".repeat(400), "core/b.ts": "x\n".repeat(401), "docs/c.md": "x\n".repeat(900) });
  expect(filesAreShort(files)).toEqual(["core/b.ts has 401 lines, more than 400"]);
});

test("a folder without a README is found, at any depth", () => {
  const files = tree({ "core/raft/README.md": "", "core/raft/a.ts": "", "core/raft/roles/b.ts": "", "tests/core/a.test.ts": "" });
  expect(foldersHaveReadmes(files)).toEqual(["core/raft/roles has no README.md"]);
});

test("a file that does not say what it is for is found", () => {
  const files = tree({ "core/a.ts": "// Decides.\n", "core/b.ts": "export {};\n", "client/c.ts": "#!/usr/bin/env node\n// Runs.\n" });
  expect(codeOpensWithItsIdea(files)).toEqual(["core/b.ts does not open with a comment that says what it is for"]);
});
