// `make integration`: real processes on loopback. Bounded by default; `--long` is all of it, `--idle` only the ten idle
// minutes, `--part` one half of the bounded ones, `--only TEXT` the cases whose names contain it, `--seed N` the same faults again.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "../../core/base/random.ts";
import { failureLine, reportSuite } from "../suites/report.ts";
import { BOUNDED_CASES, IDLE_CASES, LONG_CASES, PARTS } from "./cases/list.ts";
import type { CaseContext, TestCase } from "./test-case.ts";
import { makeCaseDirectory, sleep } from "./test-case.ts";

const { values: options } = parseArgs({
  options: {
    long: { type: "boolean", default: false },
    idle: { type: "boolean", default: false },
    part: { type: "string" },
    only: { type: "string" },
    seed: { type: "string" },
    keep: { type: "boolean", default: false },
    results: { type: "string" },
  },
});

const seed = Number(options.seed ?? Math.floor(Math.random() * 2 ** 31));
const scale = options.long || options.idle ? "long" : "bounded";
const bounded = options.part === undefined ? BOUNDED_CASES : (PARTS[options.part] ?? []);
const suite = options.idle ? IDLE_CASES : options.long ? LONG_CASES : bounded;
const cases = suite.filter(({ name }) => options.only === undefined || name.includes(options.only));
if (suite.length === 0) {
  console.error(`no such part: ${options.part ?? ""}. There are ${Object.keys(PARTS).join(" and ")}.`);
  process.exit(2);
}
if (cases.length === 0) {
  console.error(`no case contains ${JSON.stringify(options.only)}. There are:\n${suite.map(({ name }) => `  ${name}`).join("\n")}`);
  process.exit(2);
}

const LANES = 3;
const SETTLES_AFTER_MS = 30_000;
/** For what the case before has left: processes that end, files that are deleted. */
const QUIET_AFTER_MS = 300;
const root = join(import.meta.dirname, "../../.tmp/integration");
console.log(`seed ${seed}`);
const failures: string[] = [];
// Most cases mostly wait. Those that measure something run alone, one after the other; at full length all do.
const together = cases.filter(({ measures }) => scale === "bounded" && !measures);
const alone = cases
  .filter(({ measures }) => scale !== "bounded" || measures)
  .sort((a, b) => Number(b.settles ?? 0) - Number(a.settles ?? 0));
const settlesAfterMs = together.length === 0 ? 0 : SETTLES_AFTER_MS;
const lanes = Promise.all(Array.from({ length: LANES }, () => runAll(together))).then(() => undefined);
let before: Turn = { measured: lanes, over: lanes };
for (const each of alone) before = takeTurn(each, before);
await before.over;
const failed = failures.length;
console.log(`${cases.length - failed} passed, ${failed} failed`);
reportSuite(options.results, { passed: cases.length - failed, failed, failures });
process.exit(failed === 0 ? 0 : 1);

/** Takes one after the other, as whoever else takes from the same list. */
async function runAll(waiting: TestCase[]): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
    await runCase(next, { quiet: Promise.resolve(), measured: () => undefined });
}

/** Of a case that runs alone: when it measures nothing more, and when nothing of it runs any more. */
type Turn = { readonly measured: Promise<void>; readonly over: Promise<void> };

function takeTurn(testCase: TestCase, before: Turn): Turn {
  let resolve = (): void => undefined;
  const measured = new Promise<void>((hasMeasured) => (resolve = hasMeasured));
  const quiet = before.over.then(() => sleep(QUIET_AFTER_MS));
  const run = beginning(testCase, before).then(() => runCase(testCase, { quiet, measured: resolve }));
  // One that fails before it is its turn ends before the one before it.
  const over = Promise.all([run, before.over]).then(() => resolve());
  return { measured, over };
}

function beginning({ settles, prepares }: TestCase, before: Turn): Promise<void> {
  // Not with the others at once: many starts at a time keep each other from being in time.
  if (settles === true) return sleep(settlesAfterMs);
  return prepares === true ? before.measured : before.over;
}

async function runCase({ name, run }: TestCase, turn: Pick<CaseContext, "quiet" | "measured">): Promise<void> {
  const directory = makeCaseDirectory(root, name);
  const startedMs = performance.now();
  const seconds = (): string => `${((performance.now() - startedMs) / 1_000).toFixed(1)} s`;
  const notes: string[] = [];
  try {
    await run({ directory, scale, random: new Random(seed).child(name), say: (note) => notes.push(note), ...turn });
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
