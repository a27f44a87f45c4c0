// Who may import whom. The compiler and lint guard core/ already; this reads every import of every file, so that no
// wall depends on a setting.
import { posix } from "node:path";
import ts from "typescript";
import type { Rule, SourceFile } from "./source-tree.ts";
import { folderOf } from "./source-tree.ts";

type Wall = { readonly from: RegExp; readonly allowed: RegExp; readonly packages: boolean };

/** The first wall whose `from` fits a file is the one that holds for it. */
const WALLS: readonly Wall[] = [
  { from: /^core\//, allowed: /^core\//, packages: false },
  { from: /^runtime\//, allowed: /^(?:core|runtime)\//, packages: true },
  { from: /^client\/cli\//, allowed: /^(?:core|runtime|client|services)\//, packages: true },
  { from: /^client\//, allowed: /^(?:core|client|runtime\/http)\//, packages: true },
  { from: /^services\//, allowed: /^(?:core|runtime|client|services)\//, packages: true },
];

/** Packages that only one place may know, because they are likely to be replaced. */
const BEHIND_ONE_MODULE: readonly { readonly name: string; readonly only: RegExp }[] = [
  { name: "prom-client", only: /^runtime\/metrics\.ts$/ },
  { name: "pino", only: /^runtime\/logger\.ts$/ },
  { name: "undici", only: /^runtime\/http\/(?:http-client|undici-parts\.d)\.ts$/ },
];

export const importsStayInsideTheWalls: Rule = (files) =>
  importsOf(files)
    .filter((each) => !isAllowed(each))
    .map(({ file, target }) => `${file} imports ${target}`);

export const replaceablePackagesStayBehindOneModule: Rule = (files) =>
  importsOf(files)
    .filter(
      ({ file, target }) =>
        /^(?:core|runtime|client|services)\//.test(file) &&
        BEHIND_ONE_MODULE.some(({ name, only }) => (name === target || target.startsWith(`${name}/`)) && !only.test(file)),
    )
    .map(({ file, target }) => `${file} imports ${target}`);

function isAllowed({ file, target, isPackage }: Import): boolean {
  const wall = WALLS.find(({ from }) => from.test(file));
  if (wall === undefined) return true;
  return isPackage ? wall.packages : wall.allowed.test(target);
}

type Import = { readonly file: string; readonly target: string; readonly isPackage: boolean };

/** Relative targets as paths from the root, packages as they are written. */
function importsOf(files: readonly SourceFile[]): Import[] {
  return files
    .filter(({ path }) => /\.ts$/.test(path))
    .flatMap(({ path, text }) =>
      ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => ({
        file: path,
        isPackage: !fileName.startsWith("."),
        target: fileName.startsWith(".") ? posix.normalize(posix.join(folderOf(path), fileName)) : fileName,
      })),
    );
}
