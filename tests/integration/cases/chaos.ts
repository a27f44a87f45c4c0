// The verdict of `flotilla chaos run` in both directions: a sound build passes, and each build with a known bug fails.
import { join } from "node:path";
import type { ChaosResult } from "../../../client/cli/chaos/run.ts";
import { BROKEN_BUILDS, SOUND, WITHOUT_FSYNC } from "../chaos/broken-builds.ts";
import type { Build } from "../chaos/broken-builds.ts";
import { chaosOnBuild } from "../chaos/chaos-on-build.ts";
import type { CaseContext, TestCase } from "../test-case.ts";
import { check } from "../test-case.ts";

const DURATION_MS = { bounded: 6_000, long: 30_000 };
/** Chance decides what a fault strikes; a bug need not show in each run. */
const ATTEMPTS_MAX = { bounded: 2, long: 4 };

export const chaosVerdicts: TestCase = {
  name: "chaos passes a sound build and fails one without fsync",
  run: async (context) => {
    const [sound] = await Promise.all([attempt(SOUND, context, 0), mustFail(WITHOUT_FSYNC, context)]);
    context.say(`sound: ${summaryOf(sound)}`);
    check(sound.verdict === "passed", `a sound build passes: ${summaryOf(sound)}`);
  },
};

export const chaosOnBrokenBuilds: readonly TestCase[] = BROKEN_BUILDS.map((build) => ({
  name: `chaos fails every broken build: ${build.name}`,
  run: (context) => mustFail(build, context),
}));

async function mustFail(build: Build, context: CaseContext): Promise<void> {
  let last = "";
  for (let number = 1; number <= ATTEMPTS_MAX[context.scale]; number++) {
    const result = await attempt(build, context, number);
    last = summaryOf(result);
    if (!result.checks.some(({ name, verdict }) => verdict === "failed" && build.shownBy.includes(name))) continue;
    context.say(`${build.name}: ${last}`);
    return;
  }
  check(false, `${build.name} is found out: ${last}`);
}

function attempt(build: Build, { directory, scale, random }: CaseContext, number: number): Promise<ChaosResult> {
  const folder = join(directory, `${build.name.replaceAll(" ", "-")}-${number}`);
  const seed = random.child(`${build.name} ${number}`).between(0, 1_000_000);
  return chaosOnBuild(build, { directory: folder, seed, durationMs: DURATION_MS[scale] });
}

function summaryOf({ verdict, checks, faults, seed }: ChaosResult): string {
  const told = checks.filter((each) => each.verdict === (verdict === "passed" ? "unchecked" : verdict));
  const struck = faults.filter(({ target }) => target !== null).length;
  return `${verdict} after ${struck} faults (seed ${seed})${told.map(({ name, message }) => `; ${name}: ${message.slice(0, 300)}`).join("")}`;
}
