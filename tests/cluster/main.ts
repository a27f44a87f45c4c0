// `make cluster-test`: cases on a real Kubernetes, whichever kubectl points at, with the images loaded. Each in a namespace of
// its own. `--only TEXT` runs the cases whose names contain it; each pod is deleted ten times, or as often as `--rounds 1` says.
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { CASES } from "./cases/list.ts";
import { endLoadIn } from "./checked-load.ts";
import type { ClusterCase } from "./cluster-case.ts";
import { Skipped } from "./cluster-case.ts";
import { endAndKeep } from "./left-behind.ts";
import { runProgram } from "./run-program.ts";

const { values: options } = parseArgs({ options: { only: { type: "string" }, rounds: { type: "string", default: "10" } } });

const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`--rounds takes a whole number from 1, not "${options.rounds}"`);
  process.exit(2);
}

const cases = CASES.filter(({ name }) => options.only === undefined || name.includes(options.only));
if (cases.length === 0) {
  console.error(`no case contains ${JSON.stringify(options.only)}. There are:\n${CASES.map(({ name }) => `  ${name}`).join("\n")}`);
  process.exit(2);
}

const context = (await runProgram("kubectl", ["config", "current-context"])).trim();
console.log(`on ${context}`);
const ends = { passed: 0, failed: 0, skipped: 0 };
for (const each of cases) ends[await runCase(each)] += 1;
console.log(`${ends.passed} passed, ${ends.failed} failed, ${ends.skipped} skipped`);
process.exit(ends.failed === 0 ? 0 : 1);

async function runCase({ name, run }: ClusterCase): Promise<keyof typeof ends> {
  const namespace = `flotilla-test-${randomBytes(3).toString("hex")}`;
  const startMs = performance.now();
  const told: string[] = [];
  const tell = (mark: string): void => {
    const notes = told.map((line) => `\n    ${line}`).join("");
    console.log(`${mark} ${name} (${((performance.now() - startMs) / 1_000).toFixed(1)} s)${notes}`);
  };
  try {
    await run({ namespace, say: (line) => told.push(line), rounds });
    tell("✓");
    return "passed";
  } catch (error) {
    if (error instanceof Skipped) {
      console.log(`- ${name}: skipped, because ${error.message}`);
      return "skipped";
    }
    tell("✗");
    console.log(`    ${error instanceof Error ? error.message : String(error)}`);
    await endLoadIn(namespace);
    console.log(`    to look at: ${await endAndKeep(namespace)}, and the volumes in namespace ${namespace}`);
    return "failed";
  }
}
