// `make integration`: real processes on loopback. Bounded by default; `--long` is all of it, `--idle` only the ten idle
// minutes, `--only TEXT` the cases whose names contain it, `--seed N` the same faults again.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "../../core/base/random.ts";
import { failureLine, reportSuite } from "../suites/report.ts";
import { BOUNDED_CASES, IDLE_CASES, LONG_CASES } from "./cases/list.ts";
import type { TestCase } from "./test-case.ts";
import { makeCaseDirectory, sleep } from "./test-case.ts";

const { values: options } = parseArgs({
  options: {
    long: { type: "boolean", default: false },
    idle: { type: "boolean", default: false },
    only: { type: "string" },
    seed: { type: "string" },
    keep: { type: "boolean", default: false },
    results: { type: "string" },
  },
});

const seed = Number(options.seed ?? Math.floor(Math.random() * 2 ** 31));
const scale = options.long || options.idle ? "long" : "bounded";
const suite = options.idle ? IDLE_CASES : options.long ? LONG_CASES : BOUNDED_CASES;
const cases = suite.filter(({ name }) => options.only === undefined || name.includes(options.only));
if (cases.length === 0) {
  console.error(`no case contains ${JSON.stringify(options.only)}. There are:\n${suite.map(({ name }) => `  ${name}`).join("\n")}`);
  process.exit(2);
}

const LANES = 3;
const SETTLES_AFTER_MS = 30_000;
const root = join(import.meta.dirname, "../../.tmp/integration");
console.log(`seed ${seed}`);
const failures: string[] = [];
// Most cases mostly wait. Those that measure something run alone; at full length all do. What has to settle first does so meanwhile.
const together = cases.filter(({ measures }) => scale === "bounded" && !measures);
const alone = cases.filter(({ measures }) => scale !== "bounded" || measures);
const settling = together.length === 0 ? [] : alone.filter(({ settles }) => settles === true);
let beQuiet = (): void => undefined;
const quiet = new Promise<void>((resolve) => (beQuiet = resolve));
const lanes = Array.from({ length: LANES }, () => runAll(together));
// Not with the others at once: many starts at a time keep each other from being in time.
const settled = sleep(settling.length === 0 ? 0 : SETTLES_AFTER_MS).then(() => runAll([...settling], quiet));
await Promise.all(lanes);
beQuiet();
await settled;
await runAll(alone.filter((each) => !settling.includes(each)));
const failed = failures.length;
console.log(`${cases.length - failed} passed, ${failed} failed`);
reportSuite(options.results, { passed: cases.length - failed, failed, failures });
process.exit(failed === 0 ? 0 : 1);

/** Takes one after the other, as whoever else takes from the same list. */
async function runAll(waiting: TestCase[], quiet = Promise.resolve()): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await runCase(next, quiet);
}

async function runCase({ name, run }: TestCase, quiet: Promise<void>): Promise<void> {
  const directory = makeCaseDirectory(root, name);
  const startedMs = performance.now();
  const seconds = (): string => `${((performance.now() - startedMs) / 1_000).toFixed(1)} s`;
  const notes: string[] = [];
  try {
    await run({ directory, scale, random: new Random(seed).child(name), say: (note) => notes.push(note), quiet });
    console.log(`✓ ${name} (${seconds()})${notes.map((note) => `\n    ${note}`).join("")}`);
    if (!options.keep) rmSync(directory, { recursive: true, force: true });
  } catch (error) {
    failures.push(failureLine(name, error instanceof Error ? error.message : String(error)));
    console.log(`✗ ${name} (${seconds()})${notes.map((note) => `\n    ${note}`).join("")}`);
    console.log(
      `    ${error instanceof Error ? (error.name === "BrokenPromise" ? error.message : (error.stack ?? error.message)) : String(error)}`,
    );
    console.log(`    data and logs: ${directory}; again: node tests/integration/main.ts --seed ${seed} --only ${JSON.stringify(name)}`);
  }
}
