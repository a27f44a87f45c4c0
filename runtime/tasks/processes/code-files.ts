// The code of jobs on this worker's disk, by hash: fetched once, checked whenever it is read.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FileAppender } from "../regions/file-appender.ts";
import { TaskProblem } from "../task-problem.ts";

/** From wherever bundles are kept; null when there is none of this hash. */
export type FetchCode = (hash: string) => Promise<string | null>;

const HASH = /^[0-9a-f]{64}$/;

export class CodeFiles {
  readonly #directory: string;
  readonly #fetch: FetchCode;

  constructor(directory: string, fetch: FetchCode) {
    this.#directory = directory;
    this.#fetch = fetch;
  }

  async ensure(hash: string): Promise<void> {
    if (readCode(this.#directory, hash) !== null) return;
    const bundle = await this.#fetch(hash);
    if (bundle === null) throw new TaskProblem("badProgram", `the code ${hash} is not there`);
    if (hashOfCode(bundle) !== hash) throw new TaskProblem("badProgram", `what was stored as the code ${hash} is something else`);
    mkdirSync(this.#directory, { recursive: true });
    // Two tasks may fetch the same at once: each writes a file of its own, and the last name wins.
    const file = new FileAppender(join(this.#directory, `${hash}.js`));
    file.append(Buffer.from(bundle));
    file.commit({ isDurable: false });
  }
}

/** Null: it is not there, or damaged. */
export function readCode(directory: string, hash: string): string | null {
  if (!HASH.test(hash)) throw new TaskProblem("badProgram", `${JSON.stringify(hash)} is no hash of code`);
  try {
    const bundle = readFileSync(join(directory, `${hash}.js`), "utf8");
    return hashOfCode(bundle) === hash ? bundle : null;
  } catch {
    return null;
  }
}

export function hashOfCode(bundle: string): string {
  return createHash("sha256").update(bundle).digest("hex");
}
