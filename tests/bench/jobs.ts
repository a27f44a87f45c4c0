// `make bench-jobs`: what a worker makes of its processors, as JSON. Word counts, built in and written by a user, against mawk and the same
// functions in a bare Node process; and sorting records of 100 bytes. Each output is compared with what coreutils say: where one is another, it
// ends with 1. What each figure is to be stands beside it, and whether it is that; a figure alone ends nothing.
// --megabytes N, --sort-megabytes N: of input; --directory DIR: where inputs are kept.
// --workers 1,2: the built-in word count of four times the text with so many workers, one run after the other; none of them where it is empty.
// --memory 0.064,1,16,256,4000: what workers and tasks take for a word count of so many megabytes each; this is long.
import { execFileSync, spawnSync } from "node:child_process";
import { linkSync, mkdirSync, rmSync, statSync, truncateSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { JobDescription, JobOptions, Program } from "../../core/mapreduce/job.ts";
import { asJob, DEFAULT_OPTIONS } from "../../core/mapreduce/job.ts";
import { hashOfCode } from "../../runtime/tasks/processes/code-files.ts";
import { atLeast, atMost } from "./jobs/bars.ts";
import { recordFile, textFile } from "./jobs/inputs.ts";
import type { Measured } from "./jobs/two-workers.ts";
import { runJob } from "./jobs/two-workers.ts";
import { WORD_COUNT_SOURCE } from "./jobs/word-count-job.ts";

const { values: given } = parseArgs({
  options: {
    megabytes: { type: "string", default: "800" },
    "sort-megabytes": { type: "string", default: "1000" },
    directory: { type: "string", default: join(tmpdir(), "flotilla-bench-jobs") },
    workers: { type: "string", default: "1,2" },
    memory: { type: "string", default: "" },
  },
});
const numbersIn = (list: string): readonly number[] => list.split(",").filter(Boolean).map(Number);
const MB = 1_000_000;
const SPLIT_BYTES = 32 << 20;
const REDUCES = 4;
const WORKERS = 2;
/** What starts up is to be a small part of what several workers take. */
const TIMES = 4;
/** The machine's rate changes within minutes: so often, in turns, of which the middle ratio counts. */
const TURNS = 3;
const WORD_COUNT = { kind: "app", name: "word-count" } as const;
const directory = resolve(given.directory);
const MAWK =
  '{ gsub(/[^A-Za-z]+/, " "); n = split($0, words, " "); for (i = 1; i <= n; i++) count[words[i]]++ } END { for (word in count) print word "\\t" count[word] }';
const COUNTED = `mawk '${MAWK}'`;

type Figures = Readonly<Record<string, number | boolean | string | null>>;

/** Outputs that are not what coreutils make of the same input. */
const others: string[] = [];

mkdirSync(directory, { recursive: true });
const text = join(directory, "text", "text.txt");
const records = join(directory, "records", "records.txt");
textFile(text, Number(given.megabytes) * MB);
recordFile(records, Number(given["sort-megabytes"]) * MB);

const mawk = timed(`${COUNTED} ${text} > ${directory}/mawk.out`);
if (mawk === null) console.error("mawk can't be run (Debian has it as mawk): no word count is compared with anything");
const expected = mawk === null ? null : shell(`LC_ALL=C sort ${directory}/mawk.out | sha256sum`);
const builtIn = await job({ name: "word-count", input: text, program: WORD_COUNT });
const user = await job({
  name: "user",
  input: text,
  program: { kind: "code", hash: hashOfCode(WORD_COUNT_SOURCE) },
  code: WORD_COUNT_SOURCE,
});
const bare = JSON.parse(
  execFileSync(process.execPath, [join(import.meta.dirname, "jobs/bare-word-count.ts"), text], { encoding: "utf8" }),
) as { readonly cpuMs: number };
const sorted = await job({ name: "sort", input: records, program: { kind: "app", name: "sort" }, options: { partitioner: "range" } });

const manyTimes = join(directory, "many-times");
rmSync(manyTimes, { recursive: true, force: true });
mkdirSync(manyTimes);
for (let i = 0; i < TIMES; i++) linkSync(text, join(manyTimes, `${i}.txt`));
const expectedOfMany =
  mawk === null ? null : shell(`mawk '{ print $1 "\\t" ${TIMES} * $2 }' ${directory}/mawk.out | LC_ALL=C sort | sha256sum`);
const byWorkers: Figures[] = [];
const workerCounts = numbersIn(given.workers);
const turns = Array.from({ length: TURNS }, (_, turn) => (turn % 2 === 0 ? workerCounts : workerCounts.toReversed()));
for (const workers of turns.flat()) {
  const { measured, digest } = await job({ name: "word-count", input: manyTimes, program: WORD_COUNT, workers });
  const equalsCoreutils = isAsExpected(`the word count of ${workers} workers`, digest, expectedOfMany);
  byWorkers.push({ workers, ...figuresOf(measured, TIMES * statSync(text).size), equalsCoreutils });
}
const memory: Figures[] = [];
for (const megabytes of numbersIn(given.memory)) {
  const input = join(directory, "sizes", `${megabytes}.txt`);
  textFile(input, megabytes * MB);
  truncateSync(input, megabytes * MB);
  const counted = mawk === null ? null : shell(`${COUNTED} ${input} | LC_ALL=C sort | sha256sum`);
  const { measured, digest } = await job({ name: "word-count", input, program: WORD_COUNT });
  const equalsCoreutils = isAsExpected(`the word count of ${megabytes} MB`, digest, counted);
  memory.push({ ...figuresOf(measured, statSync(input).size), equalsCoreutils });
  rmSync(input);
}

const perCore = (path: string, cpuMs: number): number => rounded(statSync(path).size / MB / (cpuMs / 1_000));
const speedsOf = (workers: number): readonly number[] =>
  byWorkers.filter((each) => each["workers"] === workers).map((each) => Number(each["megabytesPerSecond"]));
const timesOne = speedsOf(1)
  .map((one, turn) => (speedsOf(2)[turn] ?? NaN) / one)
  .sort((a, b) => a - b);
const bars = [
  atLeast("wordCount.megabytesPerCoreSecond", perCore(text, builtIn.measured.cpuMs), 100),
  atLeast("wordCount.timesMawkPerCore", mawk === null ? null : mawk / builtIn.measured.cpuMs, 1.5),
  atLeast("userWordCount.ofBarePerCore", bare.cpuMs / user.measured.cpuMs, 0.8),
  // Each worker has one task at a time. Their own process is one for all of them here.
  atMost("sort, megabytes of a worker with its task", (sorted.measured.memoryBytes + sorted.measured.workersBytes) / MB, 512),
  atLeast("two workers in times of one, with two free cores", timesOne[timesOne.length >> 1] ?? NaN, 1.8),
];
console.log(
  JSON.stringify(
    {
      machine: { cpus: availableParallelism(), workers: WORKERS },
      wordCount: {
        ...figuresOf(builtIn.measured, statSync(text).size),
        mawkMegabytesPerCoreSecond: mawk === null ? null : perCore(text, mawk),
        timesMawkPerCore: mawk === null ? null : rounded(mawk / builtIn.measured.cpuMs),
        equalsCoreutils: isAsExpected("the word count", builtIn.digest, expected),
      },
      userWordCount: {
        ...figuresOf(user.measured, statSync(text).size),
        bareMegabytesPerCoreSecond: perCore(text, bare.cpuMs),
        ofBarePerCore: rounded(bare.cpuMs / user.measured.cpuMs),
        equalsCoreutils: isAsExpected("the user's word count", user.digest, expected),
      },
      sort: {
        ...figuresOf(sorted.measured, statSync(records).size),
        equalsCoreutils: isAsExpected("the sort", sorted.whole, shell(`LC_ALL=C sort ${records} | sha256sum`)),
      },
      ...(byWorkers.length === 0 ? {} : { byWorkers, twoWorkersInTimesOfOne: timesOne.map(rounded) }),
      ...(memory.length === 0 ? {} : { memory }),
      bars,
    },
    null,
    2,
  ),
);
if (others.length > 0) {
  console.error(`not what coreutils make of the same input: ${others.join(", ")}`);
  process.exitCode = 1;
}

type Job = {
  readonly name: string;
  readonly input: string;
  readonly program: Program;
  readonly code?: string;
  readonly options?: Partial<JobOptions>;
  readonly workers?: number;
};

/** `digest`: of all lines in order, `whole`: of the parts one behind the other. */
async function job({
  name,
  input,
  program,
  code,
  options = {},
  workers = WORKERS,
}: Job): Promise<{ readonly measured: Measured; readonly digest: string; readonly whole: string }> {
  const output = join(directory, "output");
  rmSync(output, { recursive: true, force: true });
  const description: JobDescription = {
    ...{ id: asJob(`bench-${name}`), program, inputs: [`file:${input}`], output: `file:${output}` },
    ...{ reduces: REDUCES, splitBytes: SPLIT_BYTES, options: { ...DEFAULT_OPTIONS, ...options } },
  };
  const measured = await runJob({ description, ...(code === undefined ? {} : { code }), workers, directory });
  const whole = shell(`cat ${output}/part-* | sha256sum`);
  const digest = name === "sort" ? "" : shell(`cat ${output}/part-* | LC_ALL=C sort | sha256sum`);
  rmSync(output, { recursive: true, force: true });
  return { measured, digest, whole };
}

/** Null: there is nothing to compare with. */
function isAsExpected(what: string, digest: string, expected: string | null): boolean | null {
  if (expected === null) return null;
  if (digest !== expected) others.push(what);
  return digest === expected;
}

function figuresOf({ wallMs, cpuMs, memoryBytes, workersBytes, maps }: Measured, bytes: number): Figures {
  const megabytes = bytes / MB;
  return {
    megabytes: rounded(megabytes),
    maps,
    megabytesPerSecond: rounded(megabytes / (wallMs / 1_000)),
    megabytesPerCoreSecond: rounded(megabytes / (cpuMs / 1_000)),
    largestTaskMegabytes: rounded(memoryBytes / MB),
    workersMegabytes: rounded(workersBytes / MB),
  };
}

/** Processor time in milliseconds; null when the command is not there. */
function timed(command: string): number | null {
  const { status, stderr } = spawnSync("bash", ["--norc", "-c", `TIMEFORMAT='%U %S'; time ${command}`], { encoding: "utf8" });
  if (status !== 0) return null;
  const [seconds = "", more = ""] = stderr.trim().split("\n").at(-1)?.split(" ") ?? [];
  return 1_000 * (Number(seconds) + Number(more));
}

function shell(command: string): string {
  return execFileSync("bash", ["--norc", "-c", command], { encoding: "utf8" }).split(" ", 1)[0] ?? "";
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
