// Runs the labs and shows each with its figures against its thresholds; of several seeds, the worst figures. Those that
// measure time, calls or bytes are then run on real processes as well. Chance is the machine's there, so a seed means nothing
// and there are rounds instead; the table says how many. --seeds 20 is every lab 20 times in a row, and those on processes as
// long as the originals; without it, as in `make test`, each runs once.
//   node tests/labs/main.ts [--seeds 20] [--from 1] [--seed 7] [--only WORD] [--jobs 2] [--rounds 3] [--processes] [--results FILE]
// --only takes a part of a name; --seed runs that one alone, in simulated time; --processes runs only those on real processes.
import { parseArgs } from "node:util";
import { failureLine, reportSuite } from "../suites/report.ts";
import { LABS } from "./catalogue.ts";
import { MAPREDUCE_LANES } from "./mapreduce/mapreduce-labs.ts";
import { runLane } from "./mapreduce/run-lane.ts";
import { PROCESS_LABS } from "./processes/process-labs.ts";
import { runProcessLab } from "./processes/run-process-lab.ts";
import { describeFailure, describeLab } from "./report.ts";
import { runInParallel } from "./run-in-parallel.ts";
import type { TimedResult } from "./run-lab.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    only: { type: "string", default: "" },
    jobs: { type: "string", default: "2" },
    rounds: { type: "string" },
    processes: { type: "boolean", default: false },
    results: { type: "string" },
  },
});

const isWanted = ({ name }: { readonly name: string }): boolean => name.includes(values.only);
const isSeedWanted = values.seed !== undefined;
const rounds = wholeNumber("rounds", values.seeds ?? "1");
// Those of MapReduce mostly wait, so they do that beside the others.
const mapReduce = isSeedWanted ? [] : runMapReduce();
const simulated = values.processes ? [] : await runSimulated();
const jobs = await mapReduce;
const real = isSeedWanted ? [] : await runOnProcesses();

// A lab has passed when it did with every seed.
const results = [...simulated, ...real, ...jobs];
const failures = results.map((ofLab) => ofLab.filter(({ failure }) => failure !== null));
for (const failure of failures.flat()) console.log(describeFailure(failure));
const failed = failures.filter(({ length }) => length > 0).length;
const passed = results.length - failed;
console.log(`\n${passed} passed, ${failed} failed`);
const lines = failures.flatMap(([first]) => (first === undefined ? [] : [failureLine(first.lab, first.failure ?? "")]));
reportSuite(values.results, { passed, failed, failures: lines });
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

async function runSimulated(): Promise<readonly (readonly TimedResult[])[]> {
  const [first, count] = values.seed === undefined ? [wholeNumber("from"), wholeNumber("seeds", "1")] : [wholeNumber("seed"), 1];
  const seeds = Array.from({ length: count }, (_, i) => first + i);
  const labs = LABS.filter(isWanted);
  const perLab = new Map(labs.map(({ name }) => [name, [] as TimedResult[]]));
  const unshown = [...perLab.values()];
  const runs = labs.flatMap((lab) => seeds.map((seed) => ({ lab: lab.name, seed })));
  await runInParallel(runs, wholeNumber("jobs"), (result) => {
    perLab.get(result.lab)?.push(result);
    while (unshown[0]?.length === count) console.log(describeLab(unshown.shift() ?? []));
  });
  return [...perLab.values()];
}

/** Two at once: none of them keeps a core busy. */
async function runOnProcesses(): Promise<readonly (readonly TimedResult[])[]> {
  const results: (readonly TimedResult[])[] = [];
  const waiting = PROCESS_LABS.filter(isWanted);
  const work = async (): Promise<void> => {
    for (let lab = waiting.shift(); lab !== undefined; lab = waiting.shift()) {
      const ofLab: TimedResult[] = [];
      for (let round = 0; round < rounds; round++) ofLab.push(await runProcessLab(lab, rounds > 1 ? "original" : "bounded"));
      results.push(ofLab);
      console.log(describeLab(ofLab));
    }
  };
  await Promise.all([work(), work()]);
  return results;
}

/** Both lanes at once: they mostly wait. */
async function runMapReduce(): Promise<readonly (readonly TimedResult[])[]> {
  const results = new Map<string, TimedResult[]>();
  const lanes = MAPREDUCE_LANES.map((lane) => ({ ...lane, labs: lane.labs.filter(isWanted) })).filter(({ labs }) => labs.length > 0);
  for (let round = 0; round < rounds; round++) {
    const show = (result: TimedResult): void => void results.set(result.lab, [...(results.get(result.lab) ?? []), result]);
    await Promise.all(lanes.map((lane) => runLane(lane, show)));
  }
  for (const ofLab of results.values()) console.log(describeLab(ofLab));
  return [...results.values()];
}

function wholeNumber(option: "seeds" | "from" | "seed" | "jobs" | "rounds", otherwise = ""): number {
  const text = values[option] ?? otherwise;
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  console.error(`--${option} takes a whole number from 1, not "${text}"`);
  process.exit(2);
}
