// Documents that can be checked are checked: targets, files and links they name exist, decisions say why, the list of refusals is the
// code's, and whoever upgrades as they say loses no values.
import { posix } from "node:path";
import type { Rule, SourceFile } from "./source-tree.ts";
import { folderOf } from "./source-tree.ts";

const DECISION_HEADINGS = ["Context", "Choice", "Alternatives", "Revisit if"];

export const targetsAreExplained: Rule = (files) =>
  targetsIn(files)
    .filter(({ comment }) => comment === "")
    .map(({ name }) => `Makefile: ${name} has no ## comment`);

export const documentedTargetsExist: Rule = (files) => {
  const known = new Set(targetsIn(files).map(({ name }) => name));
  return markdown(files).flatMap(({ path, text }) =>
    [...text.matchAll(/`make ([a-z][a-z-]*)/g)]
      .map(([, name]) => name as string)
      .filter((name) => !known.has(name))
      .map((name) => `${path} speaks of make ${name}, which does not exist`),
  );
};

/** A path in backticks that begins with one of our folders and has an extension, or ends with a slash. */
export const documentedFilesExist: Rule = (files) => {
  const known = new Set(files.flatMap(({ path }) => [path, ...foldersAbove(path)]));
  return markdown(files).flatMap(({ path, text }) =>
    [...text.matchAll(/`((?:core|runtime|client|services|tests|docs)\/[\w./-]*(?:\.\w+|\/))`/g)]
      .map(([, named]) => named as string)
      .filter((named) => !known.has(named.replace(/\/$/, "")))
      .map((named) => `${path} speaks of ${named}, which does not exist`),
  );
};

export const linksLeadSomewhere: Rule = (files) => {
  const known = new Set(files.flatMap(({ path }) => [path, ...foldersAbove(path)]));
  return markdown(files).flatMap(({ path, text }) =>
    [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, link]) => link as string)
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => !known.has(posix.normalize(posix.join(folderOf(path), link)).replace(/\/$/, "")))
      .map((link) => `${path} links to ${link}, which does not exist`),
  );
};

/** `--set` alone forgets what was set before, and --reuse-values what is new in the chart. */
export const upgradesKeepValues: Rule = (files) =>
  files
    .filter(({ path }) => !path.startsWith("tests/"))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/helm upgrade\b[^`\n]*? --(?:set|reuse-values)\b/g)]
        .map(([command]) => command)
        .filter((command) => !command.includes(" --reset-then-reuse-values "))
        .map((command) => `${path} says ${command}, which does not keep the values: --reset-then-reuse-values does`),
    );

export const decisionsSayWhy: Rule = (files) =>
  files
    .filter(({ path }) => path.startsWith("docs/decisions/") && !path.endsWith("/README.md"))
    .flatMap(({ path, text }) => {
      const named = /^docs\/decisions\/\d{4}-[a-z0-9-]+\.md$/.test(path) ? [] : [`${path} is not named NNNN-words.md`];
      const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
      const complete = DECISION_HEADINGS.every((heading, i) => headings[i] === heading) && headings.length === DECISION_HEADINGS.length;
      return complete ? named : [...named, `${path} does not have the headings ${DECISION_HEADINGS.join(", ")}`];
    });

export const decisionNumbersAreUnique: Rule = (files) => {
  const numbers = files.flatMap(({ path }) => /^docs\/decisions\/(\d{4})-/.exec(path)?.[1] ?? []);
  return [...new Set(numbers.filter((number, i) => numbers.indexOf(number) !== i))].map(
    (number) => `two decisions have the number ${number}`,
  );
};

/** The backticked first cells of the tables of one section. */
export function codesIn(document: string, section: string): readonly string[] {
  const [, text = ""] = document.split(new RegExp(`^## ${section}$`, "m"));
  const [own = ""] = text.split(/^## /m);
  return [...own.matchAll(/^\|\s*`([A-Za-z]+)`\s*\|/gm)].map(([, code]) => code as string).sort();
}

function targetsIn(files: readonly SourceFile[]): { readonly name: string; readonly comment: string }[] {
  const makefile = files.find(({ path }) => path === "Makefile")?.text ?? "";
  return [...makefile.matchAll(/^([a-z][a-z-]*):(?!=)(?:[^#\n]*)(?:## *(.*))?$/gm)].map(([, name, comment]) => ({
    name: name as string,
    comment: (comment ?? "").trim(),
  }));
}

function markdown(files: readonly SourceFile[]): readonly SourceFile[] {
  return files.filter(({ path }) => path.endsWith(".md"));
}

function foldersAbove(path: string): string[] {
  const folder = folderOf(path);
  return folder === "" ? [] : [folder, ...foldersAbove(folder)];
}
