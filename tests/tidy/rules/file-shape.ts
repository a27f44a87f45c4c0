// Names that say nothing hide things that belong elsewhere; a file of more than 400 lines holds more than one idea; a
// folder without a README makes its reader guess.
import { folderOf, nameOf } from "./source-tree.ts";
import type { Rule } from "./source-tree.ts";

const EMPTY_NAMES = /^(?:utils?|helpers?|common|misc|index|shared|lib)\./;
const LINES_MAX = 400;
const CODE = /\.(?:ts|js|mjs|cjs)$/;
const FOLDERS_WITH_README = /^(?:core|runtime|client|services)(?:\/|$)/;

export const namesSaySomething: Rule = (files) =>
  files.filter(({ path }) => CODE.test(path) && EMPTY_NAMES.test(nameOf(path))).map(({ path }) => `${path} has a name that says nothing`);

export const filesAreShort: Rule = (files) =>
  files
    .filter(({ path }) => CODE.test(path))
    .map(({ path, text }) => ({ path, lines: text.split("\n").length - (text.endsWith("\n") ? 1 : 0) }))
    .filter(({ lines }) => lines > LINES_MAX)
    .map(({ path, lines }) => `${path} has ${lines} lines, more than ${LINES_MAX}`);

export const foldersHaveReadmes: Rule = (files) => {
  const paths = new Set(files.map(({ path }) => path));
  const folders = new Set(files.filter(({ path }) => CODE.test(path)).map(({ path }) => folderOf(path)));
  return [...folders]
    .filter((folder) => FOLDERS_WITH_README.test(folder) && !paths.has(`${folder}/README.md`))
    .map((folder) => `${folder} has no README.md`);
};

export const codeOpensWithItsIdea: Rule = (files) =>
  files
    .filter(({ path, text }) => /^(?:core|runtime|client|services)\/.*\.ts$/.test(path) && !/^(?:#!.*\n)?(?:\/\/|\/\*)/.test(text))
    .map(({ path }) => `${path} does not open with a comment that says what it is for`);
