// The verdict of the plain `flotilla chaos run` in both directions: a sound build passes, and each build with a known bug fails.
import { join } from "node:path";
import { BROKEN_BUILDS, SOUND } from "../chaos/broken-builds.ts";
import type { Build } from "../chaos/broken-builds.ts";
import type { PlainRun } from "../chaos/plain-run.ts";
import { plainRunOn, summaryOf } from "../chaos/plain-run.ts";
import type { CaseContext, TestCase } from "../test-case.ts";
import { check } from "../test-case.ts";

const DURATION_MS = 300_000;

export const chaosOnSoundBuild: TestCase = {
  name: "chaos passes a sound build",
  run: async (context) => {
    const run = await runOn(SOUND, context);
    context.say(summaryOf(run));
    check(run.verdict === "passed" && run.exitCode === 0, `a sound build passes: ${summaryOf(run)}`);
  },
};

export const chaosOnBrokenBuilds: readonly TestCase[] = BROKEN_BUILDS.map((build) => ({
  name: `chaos fails every broken build: ${build.name}`,
  run: async (context) => {
    const run = await runOn(build, context);
    context.say(summaryOf(run));
    check(run.verdict === "failed" && run.exitCode === 1, `${build.name} is found out: ${summaryOf(run)}`);
    const isShown = run.checks.some(({ name, verdict }) => verdict === "failed" && build.shownBy.includes(name));
    check(isShown, `${build.name} is found out by ${build.shownBy.join(" or ")}: ${summaryOf(run)}`);
  },
}));

function runOn(build: Build, { directory, random }: CaseContext): Promise<PlainRun> {
  const seed = random.child(build.name).between(0, 1_000_000);
  return plainRunOn(build, { directory: join(directory, "cluster"), seed, durationMs: DURATION_MS });
}
