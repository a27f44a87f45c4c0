// The code of jobs on this worker's disk, by hash: fetched once, checked whenever it is read, and gone with the last job that has it.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { FileAppender } from "../regions/file-appender.ts";
import { TaskProblem } from "../task-problem.ts";

/** From wherever bundles are kept; null when there is none of this hash. */
export type FetchCode = (hash: string) => Promise<string | null>;

const HASH = /^[0-9a-f]{64}$/;

export class CodeFiles {
  readonly #directory: string;
  readonly #fetch: FetchCode;
  /** By hash, who needs it. */
  readonly #jobs = new Map<string, Set<string>>();

  constructor(directory: string, fetch: FetchCode) {
    this.#directory = directory;
    this.#fetch = fetch;
  }

  async ensure(hash: string, job: string): Promise<void> {
    this.#jobs.set(hash, (this.#jobs.get(hash) ?? new Set()).add(job));
    if (readCode(this.#directory, hash) !== null) return;
    const bundle = await this.#fetch(hash).catch((error: unknown) => {
      throw new TaskProblem("unreachable", `the code ${hash} could not be fetched: ${String(error)}`, { cause: error });
    });
    if (bundle === null) throw new TaskProblem("badProgram", `the code ${hash} is not there`);
    if (hashOfCode(bundle) !== hash) throw new TaskProblem("badProgram", `what was stored as the code ${hash} is something else`);
    // Nobody would remove it.
    if (this.#jobs.get(hash)?.has(job) !== true) return;
    mkdirSync(this.#directory, { recursive: true });
    // Two tasks may fetch the same at once: each writes a file of its own, and the last name wins.
    const file = new FileAppender(pathIn(this.#directory, hash));
    file.append(Buffer.from(bundle));
    file.commit({ isDurable: false });
  }

  forget(job: string): void {
    for (const [hash, jobs] of this.#jobs) {
      if (!jobs.delete(job) || jobs.size > 0) continue;
      this.#jobs.delete(hash);
      rmSync(pathIn(this.#directory, hash), { force: true });
    }
  }

  /** Nothing runs, and nobody knows which job an earlier process had them for. */
  removeLeftovers(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

const pathIn = (directory: string, hash: string): string => join(directory, `${hash}.js`);

/** Null: it is not there, or damaged. */
export function readCode(directory: string, hash: string): string | null {
  if (!HASH.test(hash)) throw new TaskProblem("badProgram", `${JSON.stringify(hash)} is no hash of code`);
  try {
    const bundle = readFileSync(pathIn(directory, hash), "utf8");
    return hashOfCode(bundle) === hash ? bundle : null;
  } catch {
    return null;
  }
}

export function hashOfCode(bundle: string): string {
  return createHash("sha256").update(bundle).digest("hex");
}
