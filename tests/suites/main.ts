// `make test`: runs the suites one after another, goes on after a failure, and ends with one table and one total.
// `node tests/suites/main.ts scenarios labs` runs some of them.
import { writeFileSync } from "node:fs";
import { SUITES } from "./list.ts";
import type { Suite } from "./list.ts";
import { collectSuite, runSuite } from "./run-suite.ts";
import type { SuiteResult } from "./run-suite.ts";

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !SUITES.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(`no such suite: ${unknown.join(", ")}. There are ${SUITES.map(({ name }) => name).join(", ")}.`);
  process.exit(2);
}

const results: SuiteResult[] = [];
const suites = SUITES.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const isBeside = ({ beside }: Suite): boolean => suites.some(({ name }) => name === beside);
const startedMs = performance.now();
for (const suite of suites.filter((each) => !isBeside(each))) {
  const others = suites.filter(({ beside }) => beside === suite.name).map(async (other) => ({ other, ...(await collectSuite(other)) }));
  announce(suite);
  results.push(await runSuite(suite));
  for (const { other, output, result } of await Promise.all(others)) {
    announce(other);
    process.stdout.write(output);
    results.push(result);
  }
}
const seconds = (performance.now() - startedMs) / 1_000;

console.log("");
for (const { suite, passed, failed, seconds: ofSuite, processorSeconds, trouble } of results) {
  const counts = `${String(passed).padStart(6)} passed ${String(failed).padStart(4)} failed`;
  console.log(`${suite.padEnd(12)} ${counts} ${times(ofSuite, processorSeconds)}${trouble === null ? "" : `  ${trouble}`}`);
}
const ofProcessors = results.map(({ processorSeconds }) => processorSeconds);
const processorTotal = ofProcessors.every((each) => each !== null) ? ofProcessors.reduce((sum, each) => sum + each, 0) : null;
console.log(`${"all".padEnd(12)} ${" ".repeat(25)} ${times(seconds, processorTotal)}`);
for (const { suite, failures = [] } of results) for (const failure of failures) console.log(`✗ ${suite}: ${failure}`);
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
const total = `${passed} passed, ${failed} failed`;
console.log(`\n${total}`);

// .ci/run repeats the total as its own last line.
const totalFile = process.env["FLOTILLA_TOTAL_FILE"];
if (totalFile !== undefined) writeFileSync(totalFile, `${total}\n`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

function times(ofClock: number, ofProcessors: number | null): string {
  const clock = `${ofClock.toFixed(1).padStart(7)} s`;
  return ofProcessors === null ? clock : `${clock} ${ofProcessors.toFixed(0).padStart(5)} s of processor time`;
}

function announce({ name, command }: Suite): void {
  console.log(`\n--- ${name}: ${command.join(" ")}`);
}
