// The simulator's command line: one seed, a plan from a file, or many seeds at once. See README.md.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { reportSuite } from "../suites/report.ts";
import { parseOptions, USAGE } from "./command-line/options.ts";
import type { Options } from "./command-line/options.ts";
import { runMany } from "./command-line/run-many.ts";
import { ACKNOWLEDGED_MIN, describeFailure, describeResult, EVENTS_PER_SECOND_MIN, EXIT_CODES, Summary } from "./command-line/summary.ts";
import { run } from "./run.ts";
import type { RunPlan } from "./run-plan.ts";
import { shrink } from "./shrink.ts";
import { drawPlan } from "./swarm.ts";
import { Trace } from "./world/trace.ts";

const TICK_MS = 25;

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === null) {
    console.error(USAGE);
    return EXIT_CODES.usage;
  }
  if (options.checksDeterminism) return checkDeterminism(options);
  if (options.planFile !== null) return runOne(JSON.parse(readFileSync(options.planFile, "utf8")) as RunPlan, options);
  if (options.seeds === 1) return runOne(drawPlan(options.from, safetyOf(options)), options);
  return runSeeds(options);
}

function runOne(plan: RunPlan, options: Options): number {
  const trace = new Trace({ text: options.traceFile !== null });
  const result = run(plan, trace);
  if (options.traceFile !== null) writeInto(options.traceFile, trace.text);
  console.log(describeResult(result));
  const { verdict } = result;
  if (verdict.kind === "passed") return EXIT_CODES.passed;
  console.log(describeFailure({ seed: plan.seed, verdict }));
  if (options.shrinks) writeShorter(plan);
  return EXIT_CODES[verdict.kind];
}

function writeShorter(plan: RunPlan): void {
  const { plan: shorter, attempts, verdict } = shrink(plan);
  const file = `.tmp/simulation-seed-${plan.seed}.json`;
  writeInto(file, `${JSON.stringify(shorter, null, 1)}\n`);
  console.log(`shrunk in ${attempts} runs to ${shorter.faults.length} faults, ${shorter.clients.length} clients, ${shorter.safetyMs} ms`);
  console.log(`  broken promise: ${verdict.promise}`);
  console.log(`  replay: make simulate ARGS="--plan ${file}"`);
}

/** Into a folder that a fresh clone does not have. */
function writeInto(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

async function runSeeds(options: Options): Promise<number> {
  const summary = new Summary();
  await runMany({
    seeds: seedsOf(options),
    jobs: options.jobs,
    safetyMs: safetyOf(options).safetyMs ?? null,
    onResult: (delivery) => {
      summary.add(delivery);
      const failure = summary.failures.at(-1);
      if (delivery.result.verdict.kind !== "passed" && failure !== undefined) console.log(describeFailure(failure));
      return summary.failures.length < options.failuresMax;
    },
  });
  console.log(summary.text);
  report(summary, options);
  return judge(summary, options);
}

function report({ runs, failures }: Summary, { resultsFile }: Options): void {
  const lines = failures.map(({ seed, verdict }) => `after ${runs} seeds: seed ${seed}, ${verdict.promise}`);
  reportSuite(resultsFile ?? undefined, { passed: runs - failures.length, failed: failures.length, failures: lines });
}

function judge(summary: Summary, options: Options): number {
  const [failure] = summary.failures;
  if (failure !== undefined) {
    console.log(`${summary.failures.length} of ${summary.runs} seeds failed: ${summary.failures.map(({ seed }) => seed).join(" ")}`);
    return EXIT_CODES[failure.verdict.kind];
  }
  if (options.checksSpeed && summary.eventsPerSecond < EVENTS_PER_SECOND_MIN) {
    console.log(`fewer than ${EVENTS_PER_SECOND_MIN} events a second and core`);
    return EXIT_CODES.tooSlow;
  }
  if (options.seeds < options.demandFrom) return EXIT_CODES.passed;
  for (const name of summary.neverHappened) console.log(`never took effect: ${name}`);
  if (summary.acknowledgedPerSeed < ACKNOWLEDGED_MIN) console.log(`fewer than ${ACKNOWLEDGED_MIN} acknowledged operations a seed`);
  const isProof = summary.neverHappened.length === 0 && summary.acknowledgedPerSeed >= ACKNOWLEDGED_MIN;
  return isProof ? EXIT_CODES.passed : EXIT_CODES.proofTooWeak;
}

/** The same seeds in two processes, each with its own memory and its own just-in-time compiler: the traces and all that was counted. */
async function checkDeterminism(options: Options): Promise<number> {
  const results = new Map<number, string>();
  let differing = 0;
  for (let round = 0; round < 2; round++) {
    await runMany({
      seeds: seedsOf(options),
      jobs: options.jobs,
      safetyMs: safetyOf(options).safetyMs ?? null,
      onResult: ({ result }) => {
        const { seed, traceHash } = result;
        const [other, found] = [results.get(seed), JSON.stringify(result)];
        results.set(seed, found);
        if (other === undefined || other === found) return true;
        differing++;
        console.log(`seed ${seed} has trace ${traceHash} in one process, and another run in another:\n  ${found}\n  ${other}`);
        return true;
      },
    });
  }
  console.log(`${results.size} seeds run twice, ${differing} with different traces`);
  reportSuite(options.resultsFile ?? undefined, { passed: results.size - differing, failed: differing });
  return differing === 0 ? EXIT_CODES.passed : EXIT_CODES.notDeterministic;
}

function seedsOf({ from, seeds }: Options): readonly number[] {
  return Array.from({ length: seeds }, (_, i) => from + i);
}

function safetyOf({ ticks }: Options): { readonly safetyMs?: number } {
  return ticks === null ? {} : { safetyMs: ticks * TICK_MS };
}

process.exitCode = await main();
