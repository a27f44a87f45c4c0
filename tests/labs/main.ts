// Runs the labs and shows each with its figures against its thresholds; of several seeds, the worst figures.
//   node tests/labs/main.ts [--seeds 20] [--from 1] [--seed 7] [--only WORD] [--jobs 2] [--results FILE]
// --only takes a part of a name; --seed runs that one alone.
import { parseArgs } from "node:util";
import { reportSuite } from "../suites/report.ts";
import { LABS } from "./catalogue.ts";
import { describeFailure, describeLab } from "./report.ts";
import { runInParallel } from "./run-in-parallel.ts";
import type { TimedResult } from "./run-lab.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "3" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    only: { type: "string", default: "" },
    jobs: { type: "string", default: "2" },
    results: { type: "string" },
  },
});

const [first, count] = values.seed === undefined ? [wholeNumber("from"), wholeNumber("seeds")] : [wholeNumber("seed"), 1];
const labs = LABS.filter(({ name }) => name.includes(values.only));
const seeds = Array.from({ length: count }, (_, i) => first + i);

const perLab = new Map(labs.map(({ name }) => [name, [] as TimedResult[]]));
const unshown = [...perLab.values()];
const runs = labs.flatMap(({ name: lab }) => seeds.map((seed) => ({ lab, seed })));
await runInParallel(runs, wholeNumber("jobs"), (result) => {
  perLab.get(result.lab)?.push(result);
  while (unshown[0]?.length === seeds.length) console.log(describeLab(unshown.shift() ?? []));
});

// A lab has passed when it did with every seed.
const failures = [...perLab.values()].map((results) => results.filter(({ failure }) => failure !== null));
for (const failure of failures.flat()) console.log(describeFailure(failure));
const failed = failures.filter(({ length }) => length > 0).length;
const passed = labs.length - failed;
console.log(`\n${passed} passed, ${failed} failed`);
reportSuite(values.results, { passed, failed });
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

function wholeNumber(option: "seeds" | "from" | "seed" | "jobs"): number {
  const text = values[option] ?? "";
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  console.error(`--${option} takes a whole number from 1, not "${text}"`);
  process.exit(2);
}
