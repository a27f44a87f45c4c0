// What the tidy rules look at: every file of the project as a path and a text. A rule is a function from such a list to
// complaints, so that each can be shown to fail on a tree that was made up for it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type SourceFile = { readonly path: string; readonly text: string };
export type Rule = (files: readonly SourceFile[]) => readonly string[];

const NOT_OURS = new Set([".git", "node_modules", "dist", ".flotilla", ".tmp", "coverage"]);
const ROOT = join(__dirname, "../../..");

let read: readonly SourceFile[] | null = null;

/** The files of this clone; read once. */
export function thisRepository(): readonly SourceFile[] {
  read ??= filesBelow("").map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") }));
  return read;
}

/** A tree that exists only for a test: paths and what they hold. */
export function tree(files: Readonly<Record<string, string>>): readonly SourceFile[] {
  return Object.entries(files).map(([path, text]) => ({ path, text }));
}

/** The folder of a path, "" for the root. */
export function folderOf(path: string): string {
  return path.split("/").slice(0, -1).join("/");
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((item) => {
    const path = folder === "" ? item.name : `${folder}/${item.name}`;
    // In a second work tree of the repository, .git is a file.
    if (NOT_OURS.has(item.name)) return [];
    if (item.isDirectory()) return filesBelow(path);
    return item.isFile() && !item.name.endsWith(".tsbuildinfo") ? [path] : [];
  });
}
