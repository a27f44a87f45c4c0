// A procedure that nobody has followed is a guess. Every script of docs/operations/ is in operations.md, every script that is named there
// exists, stops at its first failure, is run by a test, and needs no newer bash than macOS has.
import type { Rule, SourceFile } from "./source-tree.ts";
import { nameOf } from "./source-tree.ts";

const FOLDER = "docs/operations/";
/** What the others read first. */
const SHARED = "environment.sh";
const DOCUMENT = "docs/operations.md";
/** What came with bash 4 and 5. */
const NEWER_BASH =
  /\b(?:mapfile|readarray|coproc)\b|\b(?:declare|local|typeset) -\w*[Aglnu]|\bwait -[np]\b|\[\[ -v |&>>|\|&|\$\{\w+(?:\[[^\]]*\])?[,^@]|\$EPOCH/;
const CASES = /^tests\/(?:cluster|integration)\/cases\/.*\.ts$/;

export const proceduresAreDocumented: Rule = (files) => {
  const document = files.find(({ path }) => path === DOCUMENT)?.text ?? "";
  const named = new Set([...document.matchAll(/\b[a-z][a-z-]*\.(?:sh|mjs)\b/g)].map(([name]) => name));
  const there = new Set(procedures(files).map(({ path }) => nameOf(path)));
  return [
    ...[...there].filter((name) => !named.has(name)).map((name) => `${DOCUMENT} does not tell of ${name}`),
    ...[...named].filter((name) => !there.has(name)).map((name) => `${DOCUMENT} tells of ${name}, which does not exist`),
  ];
};

export const proceduresAreTested: Rule = (files) => {
  const cases = files.filter(({ path }) => CASES.test(path));
  return procedures(files)
    .map(({ path }) => nameOf(path))
    .filter((name) => name !== SHARED && !cases.some(({ text }) => text.includes(`"${name}"`)))
    .map((name) => `no case runs ${FOLDER}${name}`);
};

export const proceduresStopWhereTheyFail: Rule = (files) =>
  shellScripts(files)
    .filter(({ text }) => !/^#!\/usr\/bin\/env bash\n# .+\n(?:# .*\n)*# {3}\S.*\n(?:#.*\n)*set -euo pipefail\n/.test(text))
    .map(({ path }) => `${path} does not begin with what it does, how it is called, and set -euo pipefail`);

export const proceduresNeedNoNewerBash: Rule = (files) =>
  shellScripts(files).flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, i) => {
      const [construct] = NEWER_BASH.exec(line.replace(/^\s*#.*/, "")) ?? [];
      return construct === undefined ? [] : [`${path}:${i + 1} has ${construct}, which bash 3.2 of macOS does not know`];
    }),
  );

const procedures = (files: readonly SourceFile[]): readonly SourceFile[] => files.filter(({ path }) => path.startsWith(FOLDER));
const shellScripts = (files: readonly SourceFile[]): readonly SourceFile[] => procedures(files).filter(({ path }) => path.endsWith(".sh"));
