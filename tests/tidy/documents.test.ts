import { REFUSALS } from "../../core/base/outcome.ts";
import * as documents from "./rules/documents.ts";
import { thisRepository, tree } from "./rules/source-tree.ts";

test.each([
  { name: "every target of the Makefile is explained", rule: documents.targetsAreExplained },
  { name: "documents speak of targets that exist", rule: documents.documentedTargetsExist },
  { name: "documents speak of files that exist", rule: documents.documentedFilesExist },
  { name: "links lead somewhere", rule: documents.linksLeadSomewhere },
  { name: "upgrades keep the values of a release", rule: documents.upgradesKeepValues },
  { name: "every decision says why", rule: documents.decisionsSayWhy },
  { name: "no two decisions have one number", rule: documents.decisionNumbersAreUnique },
])("$name", ({ rule }) => {
  expect(rule(thisRepository())).toEqual([]);
});

test("every refusal is documented, and nothing else is", () => {
  const document = thisRepository().find(({ path }) => path === "docs/errors.md");
  expect(documents.codesIn(document?.text ?? "", "Refused")).toEqual(Object.keys(REFUSALS).sort());
});

test("codes are the backticked first cells of the section's tables", () => {
  const text = "# Errors\n## Refused\n| code | status |\n|---|---|\n| `b` | 1 |\n| `a` | 2 | `c` |\ntext `d`\n## Unknown\n| `e` | 3 |\n";
  expect(documents.codesIn(text, "Refused")).toEqual(["a", "b"]);
});

test("a target without an explanation is found", () => {
  const text = "help: ## List.\n\t@true\nlint: install\n\t@true\ntest: install ## Test.\nname := x\n";
  expect(documents.targetsAreExplained(tree({ Makefile: text }))).toEqual(["Makefile: lint has no ## comment"]);
});

test("a target, a file and a link that do not exist are found", () => {
  const files = tree({
    Makefile: "test: ## Test.\n",
    "core/raft/log.ts": "",
    "README.md":
      "`make test`, `make tea`; `core/raft/log.ts`, `core/raft/`, `core/raft/gone.ts`; [a](core/raft/log.ts) [b](docs/none.md) [c](https://x)",
  });
  expect(documents.documentedTargetsExist(files)).toEqual(["README.md speaks of make tea, which does not exist"]);
  expect(documents.documentedFilesExist(files)).toEqual(["README.md speaks of core/raft/gone.ts, which does not exist"]);
  expect(documents.linksLeadSomewhere(files)).toEqual(["README.md links to docs/none.md, which does not exist"]);
});

test("an upgrade that forgets values is found", () => {
  const files = tree({
    "a.md": "`helm upgrade r c --set groups=3` and `helm upgrade r c --reset-then-reuse-values --set groups=3`",
    "b.ts": 'const command = "helm upgrade r c --reuse-values";',
    "c.md": "`helm upgrade` with `--set groups=` and `helm upgrade r c --values all.yaml`",
  });
  const said = (path: string, command: string): string =>
    `${path} says ${command}, which does not keep the values: --reset-then-reuse-values does`;
  expect(documents.upgradesKeepValues(files)).toEqual([
    said("a.md", "helm upgrade r c --set"),
    said("b.ts", "helm upgrade r c --reuse-values"),
  ]);
});

test("a decision with a heading missing, or a name out of order, is found", () => {
  const complete = "# 1. x\n## Context\n## Choice\n## Alternatives\n## Revisit if\n";
  const files = tree({
    "docs/decisions/0001-a.md": complete,
    "docs/decisions/0001-b.md": complete.replace("## Choice\n", ""),
    "docs/decisions/c.md": complete,
  });
  expect(documents.decisionsSayWhy(files)).toEqual([
    "docs/decisions/0001-b.md does not have the headings Context, Choice, Alternatives, Revisit if",
    "docs/decisions/c.md is not named NNNN-words.md",
  ]);
  expect(documents.decisionNumbersAreUnique(files)).toEqual(["two decisions have the number 0001"]);
});
