// Word counts, one after the other, each compared with a count that was made here: whoever dies meanwhile, a job that has succeeded
// has the output of a sequential run, and nothing else.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Random } from "../../../core/base/random.ts";
import type { Fields } from "../json.ts";
import { textOf } from "../json.ts";
import { patiently } from "./patiently.ts";
import { pause } from "../../waiting.ts";

/** What of a coordinator is needed; a call that finds nobody throws. */
export type Jobs = { submit(body: unknown): Promise<Fields>; job(id: string): Promise<Fields> };

export type JobLoadOptions = {
  readonly jobs: () => Jobs;
  readonly random: Random;
  /** Where inputs and outputs lie; workers see the same. */
  readonly directory: string;
  /** What ids begin with. */
  readonly prefix: string;
  readonly pauseMs: number;
};

export type JobRun = { readonly id: string; readonly fromMs: number; readonly toMs: number; readonly problem: string | null };

const [FILES, LINES, WORDS_A_LINE, REDUCES, SPLIT_BYTES] = [4, 2_500, 12, 3, 20_000];
const LOOK_MS = 250;
/** Of one job, however much dies meanwhile. */
const JOB_MS = 180_000;

export class JobLoad {
  readonly runs: JobRun[] = [];
  readonly #options: JobLoadOptions;
  #isOver = false;
  #working: Promise<void> = Promise.resolve();

  constructor(options: JobLoadOptions) {
    this.#options = options;
  }

  start(): void {
    this.#working = this.#work();
  }

  /** Resolves once the job under way has ended. */
  async finish(): Promise<readonly JobRun[]> {
    this.#isOver = true;
    await this.#working;
    return this.runs;
  }

  async #work(): Promise<void> {
    for (let number = 0; !this.#isOver; number++) {
      const id = `${this.#options.prefix}-${number}`;
      const fromMs = performance.now();
      const problem = await this.#run(id, this.#options.random.child(id)).catch((error: unknown) => String(error));
      this.runs.push({ id, fromMs, toMs: performance.now(), problem });
      for (let waited = 0; waited < this.#options.pauseMs && !this.#isOver; waited += LOOK_MS) await pause(LOOK_MS);
    }
  }

  /** What is wrong; null if nothing is. */
  async #run(id: string, random: Random): Promise<string | null> {
    const folder = join(this.#options.directory, id);
    const [input, output] = [join(folder, "in"), join(folder, "out")];
    const expected = writeWords(input, random);
    const request = {
      ...{ id, app: "word-count", reduces: REDUCES, splitBytes: SPLIT_BYTES },
      ...{ inputs: [pathToFileURL(input).href], output: pathToFileURL(output).href },
    };
    const untilMs = performance.now() + JOB_MS;
    await patiently(untilMs, () => this.#options.jobs().submit(request));
    for (;;) {
      const state = textOf((await patiently(untilMs, () => this.#options.jobs().job(id)))["state"]);
      if (state === "failed" || state === "cancelled") return `it has ${state}`;
      if (state === "succeeded") break;
      if (performance.now() > untilMs) return `it is still ${state ?? "unknown"} after ${JOB_MS / 1_000} s`;
      await pause(LOOK_MS);
    }
    const problem = differenceOf(expected, readCounts(output));
    if (problem === null) rmSync(folder, { recursive: true, force: true });
    return problem;
  }
}

/** How often each word is there. */
export type Counts = ReadonlyMap<string, number>;

function writeWords(folder: string, random: Random): Counts {
  mkdirSync(folder, { recursive: true });
  const counts = new Map<string, number>();
  // Some words often, many seldom, as in texts.
  const words = Array.from({ length: 400 }, (_, i) => wordOf(i));
  for (let file = 0; file < FILES; file++) {
    const lines = Array.from({ length: LINES }, () =>
      Array.from({ length: WORDS_A_LINE }, () => {
        const word = words[Math.floor(random.fraction() ** 3 * words.length)] as string;
        counts.set(word, (counts.get(word) ?? 0) + 1);
        return word;
      }).join(" "),
    );
    writeFileSync(join(folder, `part-${file}.txt`), `${lines.join("\n")}\n`);
  }
  return counts;
}

const wordOf = (n: number): string => {
  const letters = [...n.toString(26)].map((digit) => String.fromCharCode("a".charCodeAt(0) + Number.parseInt(digit, 26)));
  return `w${letters.join("")}`;
};

function readCounts(folder: string): readonly (readonly [string, string])[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith("part-"))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
    .filter((line) => line !== "")
    .map((line) => line.split("\t") as unknown as readonly [string, string]);
}

/** Pure: in which way lines of an output are not these counts; null if they are. */
export function differenceOf(expected: Counts, lines: readonly (readonly [string, string])[]): string | null {
  const seen = new Map<string, string>();
  for (const [word, count] of lines) {
    if (seen.has(word)) return `its output has ${JSON.stringify(word)} twice`;
    seen.set(word, count);
  }
  for (const [word, count] of expected) {
    if (seen.get(word) !== String(count))
      return `its output counts ${JSON.stringify(word)} ${seen.get(word) ?? "no"} times, and it is there ${count} times`;
  }
  return seen.size === expected.size ? null : `its output has ${seen.size - expected.size} words that are not in its input`;
}
