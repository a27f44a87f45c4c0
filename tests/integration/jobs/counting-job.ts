// A word count as people write it, which counts what it does and takes a little time for each map and each key; its input; and
// what a sequential run says. Each attempt signs what it emits, where it is asked to, of maps and of reduces: two of them are never alike.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { JobView } from "../../../core/coordinator/view.ts";
import { Random } from "../../../core/base/random.ts";
import type { JobOptions } from "../../../core/mapreduce/job.ts";
import { check } from "../test-case.ts";

export const COUNTING_REDUCES = 4;
const WORDS = "the of and to in a is that for it was on are as with his they at be this from have or by one".split(" ");
const [LINES, WORDS_A_LINE] = [200, 12];

const CODE = `
const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const own = "/" + Math.random().toString(36).slice(2);
let signature = "";
export default {
  map({ value, offset }, emit, { count, options }) {
    if (offset === 0) {
      signature = "/" + Math.random().toString(36).slice(2);
      pause(Number(options.mapMs));
    }
    count("lines");
    for (const word of value.split(" ")) emit(word, options.signed === "yes" ? signature : 1);
  },
  reduce(key, values, emit, { count, options }) {
    pause(Number(options.keyMs));
    count("keys");
    if (options.signed === "yes") return emit(key, [...values].join("") + own);
    let n = 0;
    for (const value of values) n += value;
    emit(key, n);
  },
};
`;

export type CountingJob = {
  readonly id: string;
  readonly directory: string;
  readonly options?: Partial<JobOptions>;
  readonly mapMs?: number;
  readonly keyMs?: number;
  readonly isSigned?: boolean;
};

export class CountedInput {
  readonly #counts = new Map<string, number>();
  readonly #files: number;
  readonly #directory: string;

  /** Writes it. One file is one map. */
  constructor(directory: string, files: number) {
    this.#files = files;
    this.#directory = join(directory, `in-${files}`);
    mkdirSync(this.#directory, { recursive: true });
    const random = new Random(6);
    for (let file = 0; file < files; file++) {
      const lines = Array.from({ length: LINES }, () => Array.from({ length: WORDS_A_LINE }, () => random.pick(WORDS)));
      for (const word of lines.flat()) this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1);
      writeFileSync(
        join(this.#directory, `book-${String(file).padStart(4, "0")}.txt`),
        lines.map((line) => `${line.join(" ")}\n`).join(""),
      );
    }
  }

  get maps(): number {
    return this.#files;
  }

  /** What is submitted. */
  body({ id, directory, options = {}, mapMs = 0, keyMs = 0, isSigned = false }: CountingJob): Readonly<Record<string, unknown>> {
    const parameters = { mapMs: String(mapMs), keyMs: String(keyMs), signed: isSigned ? "yes" : "no" };
    return {
      ...{ id, code: CODE, inputs: [pathToFileURL(this.#directory).href], output: pathToFileURL(join(directory, `out-${id}`)).href },
      ...{ reduces: COUNTING_REDUCES, options: { attemptsMax: 20, ...options, parameters } },
    };
  }

  /** Output, sums and counters are those of a sequential run. */
  checkEnded(job: JobView, directory: string): void {
    check(job.state === "succeeded", `the job has ${job.state}: ${job.error?.message ?? ""}`);
    check(outputOf(directory, job.id) === this.#expected, "the output is that of a sequential run");
    this.#checkSums(job);
  }

  #checkSums(job: JobView): void {
    const lines = this.#files * LINES;
    const wanted = { lines, keys: WORDS.length };
    check(isSame(job.counters, wanted), `counters are ${JSON.stringify(job.counters)}, of a sequential run ${JSON.stringify(wanted)}`);
    const { mapInput, mapOutput, reduceInput, reduceOutput } = job.records;
    const pairs = lines * WORDS_A_LINE;
    const records = { mapInput, mapOutput, reduceInput, reduceOutput };
    const all = { mapInput: lines, mapOutput: pairs, reduceInput: pairs, reduceOutput: WORDS.length };
    check(isSame(records, all), `records are ${JSON.stringify(records)}, of a sequential run ${JSON.stringify(all)}`);
  }

  /** Of a signed job: each part is of one attempt of its reduce, which had one whole attempt of every map; and sums and counters as above. */
  checkSigned(job: JobView, directory: string): void {
    check(job.state === "succeeded", `the job has ${job.state}: ${job.error?.message ?? ""}`);
    const out = join(directory, `out-${job.id}`);
    let pairs = 0;
    for (const part of partsIn(out)) {
      const signed = linesIn(join(out, part)).map((line) => (line.split("\t")[1] ?? "").split("/").slice(1));
      const reduces = new Set(signed.map((values) => values.at(-1))).size;
      check(reduces <= 1, `${part} is of ${reduces} attempts of its reduce`);
      const signatures = signed.flatMap((values) => values.slice(0, -1));
      pairs += signatures.length;
      const different = new Set(signatures).size;
      check(signatures.length === 0 || different === this.#files, `${part} has values of ${different} attempts of ${this.#files} maps`);
    }
    const all = this.#files * LINES * WORDS_A_LINE;
    check(pairs === all, `the parts have ${pairs} values, and ${all} were emitted`);
    this.#checkSums(job);
  }

  get #expected(): string {
    return [...this.#counts]
      .map(([word, count]) => `${word}\t${count}`)
      .sort()
      .join("\n");
  }
}

/** All lines of all parts, in order. */
export function outputOf(directory: string, job: string): string {
  const out = join(directory, `out-${job}`);
  return partsIn(out)
    .flatMap((name) => linesIn(join(out, name)))
    .sort()
    .join("\n");
}

const partsIn = (directory: string): readonly string[] => readdirSync(directory).filter((name) => name.startsWith("part-"));
const linesIn = (path: string): readonly string[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "");

const isSame = (a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean =>
  Object.keys({ ...a, ...b }).every((name) => a[name] === b[name]);
