// `make images-test`: what is in the images, that nothing else is, whether their processes do their work with no more rights than the chart gives
// them, and how soon, from what. Needs the engine that built them. `--runs 9` starts each service so often, `--tag` names other images than those of this version.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { check, sleep } from "../integration/test-case.ts";
import { filesOf, hasProgram, inspectImage, runOnce } from "./engine.ts";
import { IMAGE_RULES } from "./image-rules.ts";
import type { ImageFile } from "./image-rules.ts";
import type { Memory, Times } from "./measures.ts";
import { memoryOf, shortest, timesOf, timesOfProgram } from "./measures.ts";
import { SERVICE_NAMES, SmallCluster } from "./small-cluster.ts";
import type { ServiceName } from "./small-cluster.ts";

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as { version: string };
const { values: options } = parseArgs({
  options: { runs: { type: "string", default: "5" }, tag: { type: "string", default: version } },
});
const runs = Number(options.runs);
if (!Number.isInteger(runs) || runs < 1) {
  console.error(`--runs takes a whole number from 1, not "${options.runs}"`);
  process.exit(2);
}

const NAMES = [...SERVICE_NAMES, "cli"] as const;
/** Of many that other images have. That there is nothing else at all, the list of files says; this is asked of the engine itself. */
const PROGRAMS = ["sh", "npm", "apt-get"];
const HEAD = [
  "image",
  "size",
  "of it bundles",
  "serves after its start",
  "processor time of that",
  "serves after `docker run`",
  "ends after SIGTERM",
  "resident without work",
  "of it its own",
];
const SERVES_MS_MAX = 1_000;
const IDLE_MS = 20_000;

const imageOf = (name: string): string => `flotilla-${name}:${options.tag}`;
const run = `flotilla-images-${randomBytes(3).toString("hex")}`;
const sizes = new Map<string, { readonly bytes: number; readonly app: number }>();
const times = new Map<string, Times>();
const memory = new Map<string, Memory>();
let failed = 0;

const cluster = await SmallCluster.create(run, imageOf);
try {
  for (const name of NAMES) await test(`${name}: what is in it`, () => contents(name));
  for (const name of NAMES) await test(`${name}: there is no ${PROGRAMS.join(", no ")}`, () => programs(name));
  for (const name of SERVICE_NAMES)
    await test(`${name}: serves within ${SERVES_MS_MAX} ms, and ends in order`, () =>
      measureTimes(name, () => timesOf(cluster.containerOf(name))));
  const commandLine = { name: `${run}-cli`, image: imageOf("cli") };
  await test(`cli: has answered within ${SERVES_MS_MAX} ms`, () => measureTimes("cli", () => timesOfProgram(commandLine, ["--help"])));
  await test("one of each serve together", () => cluster.start());
  await test(`memory after ${IDLE_MS / 1_000} s without work`, measureMemory);
  await test("a word count is right: its tasks have processes of their own", countWords);
} finally {
  await cluster.remove();
}
console.log(table());
console.log(failed === 0 ? "all passed" : `${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function test(name: string, prove: () => Promise<void>): Promise<void> {
  try {
    await prove();
    console.log(`✓ ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`✗ ${name}\n    ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function contents(name: string): Promise<void> {
  const [{ bytes, config }, files] = [await inspectImage(imageOf(name)), await filesOf(imageOf(name))];
  sizes.set(name, { bytes, app: bytesIn(files.filter(({ path }) => path.startsWith("/app/"))) });
  const complaints = Object.values(IMAGE_RULES).flatMap((rule) => rule({ name: `flotilla-${name}`, version: options.tag, config, files }));
  check(complaints.length === 0, complaints.join("; "));
}

async function programs(name: string): Promise<void> {
  check(await hasProgram(imageOf(name), "node"), "node is found, or nothing would be");
  check((await hasProgram(imageOf(name), "flotilla")) === (name === "cli"), "the command line is found in its own image alone");
  for (const program of PROGRAMS) check(!(await hasProgram(imageOf(name), program)), `${program} is in it`);
}

async function measureTimes(name: string, once: () => Promise<Times>): Promise<void> {
  const all: Times[] = [];
  for (let i = 0; i < runs; i++) all.push(await once());
  const { fromStartMs, workMs } = shortest(all);
  times.set(name, shortest(all));
  check(fromStartMs < SERVES_MS_MAX, `the soonest of ${runs} was after ${fromStartMs} ms, with ${workMs} ms of work`);
}

async function measureMemory(): Promise<void> {
  await sleep(IDLE_MS);
  for (const name of SERVICE_NAMES) memory.set(name, await memoryOf(cluster.containerOf(name)));
}

async function countWords(): Promise<void> {
  const cli = (...args: readonly string[]): Promise<string> => runOnce(imageOf("cli"), args, cluster.network);
  const [store, coordinator] = [
    ["--endpoint", "http://replica:7400"],
    ["--endpoint", "http://coordinator:7400"],
  ] as const;
  await cli("kv", "put", "books/one", "a ship and a fleet", ...store);
  await cli("kv", "put", "books/two", "and a flotilla", ...store);
  await cli("job", "run", "word-count", "kv:books/", "--to", "kv:counts/", "--reduces", "1", ...coordinator);
  const counts = await cli("kv", "scan", "counts/", "--resolve", ...store);
  for (const line of [/\/a\b.* 3$/m, /\/and\b.* 2$/m, /\/flotilla\b.* 1$/m]) check(line.test(counts), `the counts are ${counts}`);
}

function table(): string {
  const ms = (value: number | undefined): string => (value === undefined ? "" : `${value} ms`);
  const mib = (bytes: number | undefined): string => (bytes === undefined ? "" : `${(bytes / 2 ** 20).toFixed(1)} MiB`);
  const row = (name: ServiceName | "cli"): string => {
    const [size, time, idle] = [sizes.get(name), times.get(name), memory.get(name)];
    const start = [ms(time?.fromStartMs), ms(time?.workMs || undefined), ms(time?.fromCommandMs), ms(time?.toEndMs || undefined)];
    return [`\`flotilla-${name}\``, mib(size?.bytes), mib(size?.app), ...start, mib(idle?.resident), mib(idle?.own)].join(" | ");
  };
  const head = HEAD.join(" | ");
  return [head, HEAD.map(() => "---").join(" | "), ...NAMES.map(row)].map((line) => `| ${line} |`).join("\n");
}

function bytesIn(files: readonly ImageFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
