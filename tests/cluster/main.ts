// `make cluster-test`: cases on a real Kubernetes, whichever kubectl points at, with the images loaded. Each in a namespace of
// its own. `--only TEXT` runs the cases whose names contain it; each pod is deleted ten times, or as often as `--rounds 1` says.
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { CASES } from "./cases/list.ts";
import { endLoadIn } from "./checked-load.ts";
import type { ClusterCase } from "./cluster-case.ts";
import type { End } from "./ends.ts";
import { exitCode, lastLine } from "./ends.ts";
import { ALL_IMAGES, needImages } from "./images.ts";
import { endAndKeep } from "./left-behind.ts";
import { lookAhead } from "./look-ahead.ts";
import { runProgram } from "./run-program.ts";
import { VERSION } from "./tool-pod.ts";

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
const LOAD = "Run make images kind-load, or make images minikube-load";
const images = { name: "every case", needs: () => needImages({ images: ALL_IMAGES, tag: VERSION }, LOAD) };
// What else is needed is tried with these.
const first = await lookAhead([images]);
const { skipped, missing } = first.missing.length > 0 ? first : await lookAhead(cases);
if (missing.length > 0) {
  console.error(`nothing is run, because something has to be made first:\n${missing.map((line) => `  ${line}`).join("\n")}`);
  process.exit(2);
}

const ends: End[] = [];
for (const [name, why] of skipped) ends.push(skip(name, why));
for (const each of cases) if (!skipped.has(each.name)) ends.push(await runCase(each));
const code = exitCode(ends, { isUnattended: process.env["CI"] === "true" });
if (code !== 0 && ends.every(({ how }) => how !== "failed")) console.log("with CI=true, what is skipped has failed");
console.log(lastLine(ends));
process.exit(code);

function skip(name: string, why: string): End {
  console.log(`- ${name}: skipped, because ${why}`);
  return { name, how: "skipped" };
}

async function runCase({ name, run }: ClusterCase): Promise<End> {
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
    return { name, how: "passed" };
  } catch (error) {
    tell("✗");
    console.log(`    ${error instanceof Error ? error.message : String(error)}`);
    await endLoadIn(namespace);
    console.log(`    to look at: ${await endAndKeep(namespace)}, and the volumes in namespace ${namespace}`);
    return { name, how: "failed" };
  }
}
