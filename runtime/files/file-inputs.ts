// `file:` inputs: a file, all files of a folder, or those that a pattern with `*`, `?` and `**` matches. Hidden files are none of them.
import type { Stats } from "node:fs";
import { closeSync, fstatSync, globSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { InputSplit } from "../../core/mapreduce/assignment.ts";
import type { InputFile } from "../../core/mapreduce/report.ts";
import { TaskProblem } from "../tasks/task-problem.ts";
import type { InputKind } from "./inputs.ts";
import { packingOf } from "./inputs.ts";
import type { Roots } from "./roots.ts";

const READ_BYTES = 1 << 20;
const WILDCARD = /[*?[{]/;

export class FileInputs implements InputKind {
  readonly #roots: Roots;

  constructor(roots: Roots) {
    this.#roots = roots;
  }

  async list(url: string): Promise<readonly InputFile[]> {
    const paths = this.#pathsOf(url);
    return Promise.resolve(paths.map((path) => this.#described(path, url)));
  }

  async *read(split: InputSplit, from: number): AsyncGenerator<Buffer> {
    const { url, etag } = split;
    const path = this.#roots.pathOf(url);
    const file = opened(path, url);
    try {
      const checkUnchanged = (): void => {
        if (etag === null || etagOf(fstatSync(file)) === etag) return;
        throw new TaskProblem("inputChanged", "the file was changed after the job had looked at it", { file: url });
      };
      const buffer = Buffer.allocUnsafe(READ_BYTES);
      for (let at = from; ;) {
        const read = readOrComplain(() => readSync(file, buffer, 0, READ_BYTES, at), url);
        // After each piece: it may be cut off, or written over, while it is read.
        checkUnchanged();
        if (read === 0) return;
        yield buffer.subarray(0, read);
        at += read;
      }
    } finally {
      closeSync(file);
    }
  }

  #pathsOf(url: string): readonly string[] {
    const path = this.#roots.pathOf(url);
    const facts = statOrNull(path);
    // What bears such a name, `notes[1].txt`, is meant itself.
    if (facts === null && WILDCARD.test(path)) {
      const found = globSync(path).filter((each) => !isHidden(each) && statOrNull(each)?.isFile() === true);
      if (found.length === 0) throw new TaskProblem("missingInput", `${url} matches no file`);
      return found.sort();
    }
    if (facts === null) throw new TaskProblem("missingInput", `${url} does not exist`);
    if (!facts.isDirectory()) return [path];
    return readOrComplain(() => readdirSync(path, { recursive: true, encoding: "utf8" }), url)
      .filter((name) => !name.split(sep).some((part) => part.startsWith(".") || part.startsWith("_")))
      .map((name) => join(path, name))
      .filter((each) => statOrNull(each)?.isFile() === true)
      .sort();
  }

  #described(path: string, url: string): InputFile {
    // A link inside of a folder may lead out of it.
    this.#roots.check(path, url);
    const facts = statOrNull(path);
    if (facts === null) throw new TaskProblem("missingInput", `${url}: ${path} does not exist`);
    if (!facts.isFile()) throw new TaskProblem("badInput", `${url} is neither a file nor a folder`);
    return { url: pathToFileURL(path).href, length: facts.size, etag: etagOf(facts), nodes: [], ...packingOf(path) };
  }
}

function isHidden(path: string): boolean {
  const name = path.slice(path.lastIndexOf(sep) + 1);
  return name.startsWith(".") || name.startsWith("_");
}

function etagOf({ size, mtimeMs }: { readonly size: number; readonly mtimeMs: number }): string {
  return `${String(size)}-${String(mtimeMs)}`;
}

function statOrNull(path: string): Stats | null {
  return readOrComplain(() => statSync(path, { throwIfNoEntry: false }) ?? null, pathToFileURL(path).href);
}

function opened(path: string, url: string): number {
  return readOrComplain(() => openSync(path, "r"), url);
}

function readOrComplain<Result>(work: () => Result, url: string): Result {
  try {
    return work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new TaskProblem(code === "ENOENT" ? "missingInput" : "badInput", `it can't be read: ${message}`, { file: url, cause: error });
  }
}
