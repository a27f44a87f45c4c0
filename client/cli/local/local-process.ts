// One process on this machine as a child: started, signalled, and started again on the same data and ports. Its output goes
// to its log file, straight, so that it doesn't need whoever started it; what it last said there is why it ended.
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { dirname } from "node:path";
import type { ProcessMark } from "./process-mark.ts";
import { markOf } from "./process-mark.ts";
import { makeDirectory } from "./make-directory.ts";

export type LocalProcessOptions = {
  readonly name: string;
  readonly log: string;
  /** The program and its arguments, for Node. */
  readonly program: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** In a group of its own: Ctrl-C reaches whoever started it, and not the process itself. */
  readonly isApart?: boolean;
};

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly lastWords: string };

const LAST_WORDS_BYTES_MAX = 16_384;

export class LocalProcess {
  readonly name: string;
  readonly log: string;
  readonly #options: LocalProcessOptions;
  #child: ChildProcess | null = null;
  #mark: ProcessMark | null = null;
  #exit: Promise<Exit> = Promise.resolve({ code: 0, signal: null, lastWords: "" });

  constructor(options: LocalProcessOptions) {
    this.#options = options;
    this.name = options.name;
    this.log = options.log;
  }

  /** Null while it does not run. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  get mark(): ProcessMark | null {
    return this.#child === null ? null : this.#mark;
  }

  /** The end of the life that was started last. */
  get exit(): Promise<Exit> {
    return this.#exit;
  }

  start(changes: Partial<Pick<LocalProcessOptions, "program" | "environment">> = {}): void {
    if (this.#child !== null) throw new Error(`${this.name} runs already`);
    const { program, environment, isApart = false } = this.#options;
    makeDirectory(dirname(this.log));
    const log = openSync(this.log, "a+");
    const begin = fstatSync(log).size;
    const child = spawn(process.execPath, changes.program ?? program, {
      stdio: ["ignore", log, log],
      env: { ...environment, ...changes.environment },
      detached: isApart,
    });
    this.#child = child;
    this.#mark = child.pid === undefined ? null : markOf(child.pid);
    this.#exit = new Promise((resolve) => {
      const ended = (exit: Omit<Exit, "lastWords">, trouble: string | null): void => {
        if (this.#child === child) this.#child = null;
        const lastWords = trouble ?? plainLines(log, begin);
        closeSync(log);
        resolve({ ...exit, lastWords });
      };
      child.once("error", (error) => {
        if (child.pid === undefined) ended({ code: null, signal: null }, error.message);
      });
      child.once("exit", (code, signal) => ended({ code, signal }, null));
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Asks it to end, and insists after the deadline. */
  async stop(deadlineMs: number): Promise<Exit> {
    this.signal("SIGCONT");
    this.signal("SIGTERM");
    const insist = setTimeout(() => this.signal("SIGKILL"), deadlineMs);
    const exit = await this.#exit;
    clearTimeout(insist);
    return exit;
  }
}

/** What was said on standard error since `begin`: the log itself is lines of JSON. */
function plainLines(log: number, begin: number): string {
  const from = Math.max(begin, fstatSync(log).size - LAST_WORDS_BYTES_MAX);
  const bytes = Buffer.alloc(LAST_WORDS_BYTES_MAX);
  const length = readSync(log, bytes, 0, bytes.length, from);
  const lines = bytes.subarray(0, length).toString("utf8").split("\n");
  // Where it was cut, the first line is a part of one.
  if (from > begin) lines.shift();
  return lines
    .filter((line) => line.trim() !== "" && !line.startsWith("{"))
    .join("\n")
    .trim();
}
