// Runs every scenario file and compares the traces, or rewrites them: read that diff like code.
//   node tests/scenarios/main.ts [--rewrite] [--only WORD] [--results FILE]
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { reportSuite } from "../suites/report.ts";
import { runScenario } from "./run-scenario.ts";
import { formatScenario, parseScenario } from "./scenario-file.ts";

const { values } = parseArgs({
  options: { rewrite: { type: "boolean", default: false }, only: { type: "string", default: "" }, results: { type: "string" } },
});

const folder = import.meta.dirname;
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".txt") && file.includes(values.only),
);

let passed = 0;
const failed: string[] = [];
for (const file of files.sort()) {
  const path = join(folder, file);
  const text = readFileSync(path, "utf8");
  const actual = formatScenario(runScenario(parseScenario(text)));
  // An error is never the expected trace: a scenario that can't be played proves nothing.
  const problem =
    actual.split("\n").find((line) => line.startsWith("error in ")) ?? (values.rewrite ? undefined : firstDifference(text, actual));
  if (values.rewrite && problem === undefined) writeFileSync(path, actual);
  if (problem === undefined) passed++;
  else {
    failed.push(file);
    console.log(
      `FAILED ${file}\n  ${problem}\n  see the whole difference: make scenarios-rewrite ONLY=${file} && git diff tests/scenarios`,
    );
  }
}
reportSuite(values.results, { passed, failed: failed.length, failures: failed.map((file) => `scenario ${file}`) });
console.log(`scenarios: ${String(passed)} passed, ${String(failed.length)} failed`);
process.exitCode = failed.length > 0 || passed === 0 ? 1 : 0;

function firstDifference(expected: string, actual: string): string | undefined {
  if (expected === actual) return undefined;
  const [wanted, got] = [expected.split("\n"), actual.split("\n")];
  const line = got.findIndex((text, i) => text !== wanted[i]);
  return line === -1
    ? "the trace ends early"
    : `line ${String(line + 1)}: expected ${JSON.stringify(wanted[line] ?? "")}, got ${JSON.stringify(got[line])}`;
}
