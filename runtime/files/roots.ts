// Where `file:` may lead: below configured folders, also after every symbolic link was followed. A worker reads and writes with its own
// rights, and jobs come over the network.
import { realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { TaskProblem } from "../tasks/task-problem.ts";

export class Roots {
  readonly #roots: readonly string[];

  constructor(roots: readonly string[]) {
    this.#roots = roots.map((root) => realOf(resolve(root)) ?? resolve(root));
  }

  /** The path that a URL means. It need not exist, but what exists of it lies below a root. */
  pathOf(url: string): string {
    const path = plainPath(url);
    this.check(path, url);
    return path;
  }

  check(path: string, url: string): void {
    const real = nearestReal(path);
    if (this.#roots.some((root) => real === root || real.startsWith(root.endsWith(sep) ? root : root + sep))) return;
    const where = this.#roots.length === 0 ? "no folder is configured" : `only what lies below ${this.#roots.join(", ")}`;
    throw new TaskProblem("badUrl", `${url} may not be used: ${where} (FLOTILLA_FILE_ROOTS)`);
  }
}

/** `file:///a/b` and `file:/a/b`; patterns keep their wildcards. */
function plainPath(url: string): string {
  try {
    const path = fileURLToPath(url.replaceAll("?", "%3F").replaceAll("#", "%23"));
    if (!isAbsolute(path) || path.includes("\0")) throw new TypeError("it is not absolute");
    return path.length > 1 && path.endsWith(sep) ? path.slice(0, -1) : path;
  } catch (error) {
    throw new TaskProblem("badUrl", `${url} is no path of a file: ${(error as Error).message}`, { cause: error });
  }
}

/** Of what does not exist yet: where it would be. */
function nearestReal(path: string): string {
  const real = realOf(path);
  if (real !== null) return real;
  const parent = dirname(path);
  return parent === path ? path : join(nearestReal(parent), basename(path));
}

function realOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
