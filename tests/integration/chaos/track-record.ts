// How often the plain `flotilla chaos run` finds each broken build, and passes the sound one: `node tests/integration/chaos/track-record.ts
// --runs 3 --only "no fsync"`. Prints a line for each run, and a row for docs/chaos.md for each build.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BROKEN_BUILDS, SOUND } from "./broken-builds.ts";
import type { PlainRun } from "./plain-run.ts";
import { plainRunOn, summaryOf } from "./plain-run.ts";

const { values: options } = parseArgs({
  options: {
    runs: { type: "string", default: "3" },
    seed: { type: "string", default: "1" },
    seconds: { type: "string", default: "300" },
    only: { type: "string", default: "" },
  },
});

const root = join(import.meta.dirname, "../../../.tmp/track-record");
const durationMs = Number(options.seconds) * 1_000;
const firstSeed = Number(options.seed);

for (const build of [SOUND, ...BROKEN_BUILDS].filter(({ name }) => name.includes(options.only))) {
  const runs: PlainRun[] = [];
  for (let i = 0; i < Number(options.runs); i++) {
    const directory = join(root, `${build.name.replaceAll(" ", "-")}-${process.pid}-${i}`);
    const run = await plainRunOn(build, { directory, seed: firstSeed + i, durationMs });
    runs.push(run);
    console.log(`${build.name}: ${summaryOf(run)}`);
    const isAsItMust = build === SOUND ? run.verdict === "passed" : failedChecks(run).some((name) => build.shownBy.includes(name));
    if (isAsItMust) rmSync(directory, { recursive: true, force: true });
    else console.log(`its data and logs: ${directory}`);
  }
  const count = (verdict: PlainRun["verdict"]): number => runs.filter((run) => run.verdict === verdict).length;
  const shownBy = [...new Set(runs.flatMap(failedChecks))].join(", ");
  console.log(`| ${build.name} | ${count("failed")} of ${runs.length} failed, ${count("passed")} passed | ${shownBy} |`);
}

function failedChecks({ checks }: PlainRun): readonly string[] {
  return checks.filter(({ verdict }) => verdict === "failed").map(({ name }) => name);
}
