// Every file of core/ that decides something has its unit test at the mirrored path. A file of types and constants
// decides nothing.
import ts from "typescript";
import type { Rule } from "./source-tree.ts";

export const coreFilesHaveTests: Rule = (files) => {
  const paths = new Set(files.map(({ path }) => path));
  return files
    .filter(({ path, text }) => /^core\/.*\.ts$/.test(path) && !path.endsWith(".d.ts") && hasBehaviour(path, text))
    .filter(({ path }) => !paths.has(testOf(path)))
    .map(({ path }) => `${path} has no ${testOf(path)}`);
};

function testOf(path: string): string {
  return `tests/${path.replace(/\.ts$/, ".test.ts")}`;
}

export function hasBehaviour(path: string, text: string): boolean {
  const decides = (node: ts.Node): boolean => {
    if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) return true;
    return ts.forEachChild(node, (child) => decides(child) || undefined) ?? false;
  };
  return decides(ts.createSourceFile(path, text, ts.ScriptTarget.ES2023));
}
