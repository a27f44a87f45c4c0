// `make test`: runs its suites one after another, goes on after a failure, and ends with one table and one total. `make test-more` names its
// target, and `node tests/suites/main.ts scenarios labs` runs some of either.
import { appendFileSync } from "node:fs";
import { SUITES } from "./list.ts";
import type { Suite } from "./list.ts";
import { collectSuite, runSuite } from "./run-suite.ts";
import type { SuiteResult } from "./run-suite.ts";

const named = process.argv.slice(2);
const wanted = named.length === 0 ? ["test"] : named;
const isWanted = ({ name, target }: Suite): boolean => wanted.includes(name) || wanted.includes(target);
const unknown = wanted.filter((word) => !SUITES.some(({ name, target }) => word === name || word === target));
if (unknown.length > 0) {
  console.error(`no such suite: ${unknown.join(", ")}. There are ${SUITES.map(({ name }) => name).join(", ")}.`);
  process.exit(2);
}

const results: SuiteResult[] = [];
const suites = SUITES.filter(isWanted);
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
  console.log(`${suite.padEnd(16)} ${counts} ${times(ofSuite, processorSeconds)}${trouble === null ? "" : `  ${trouble}`}`);
}
const ofProcessors = results.map(({ processorSeconds }) => processorSeconds);
const processorTotal = ofProcessors.every((each) => each !== null) ? ofProcessors.reduce((sum, each) => sum + each, 0) : null;
console.log(`${"all".padEnd(16)} ${" ".repeat(25)} ${times(seconds, processorTotal)}`);
for (const { suite, failures = [] } of results) for (const failure of failures) console.log(`✗ ${suite}: ${failure}`);
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
const total = `${passed} passed, ${failed} failed`;
console.log(`\n${total}`);

// .ci/run adds the totals up for its own last line.
const totalFile = process.env["FLOTILLA_TOTAL_FILE"];
if (totalFile !== undefined) appendFileSync(totalFile, `${total}\n`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

function times(ofClock: number, ofProcessors: number | null): string {
  const clock = `${ofClock.toFixed(1).padStart(7)} s`;
  return ofProcessors === null ? clock : `${clock} ${ofProcessors.toFixed(0).padStart(5)} s of processor time`;
}

function announce({ name, command }: Suite): void {
  console.log(`\n--- ${name}: ${command.join(" ")}`);
}
