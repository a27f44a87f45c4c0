// What the chart's notes tell people to type after an install is typed, word by word: each of the five commands works.
import { spawn } from "node:child_process";
import { check, eventually } from "../../integration/test-case.ts";
import { checkNothingFailed, CheckedLoad } from "../checked-load.ts";
import type { ClusterCase } from "../cluster-case.ts";
import { Release } from "../release.ts";
import { runProgram } from "../run-program.ts";

const STEPS = 5;
const TEST_MS = 300_000;

export const notesFollowed: ClusterCase = {
  name: "the five commands of the chart's notes work as they are written, tokens included",
  run: async ({ namespace, say }) => {
    const release = await Release.install({ namespace, values: { "auth.enabled": "true" } });
    const steps = stepsIn(await release.helm(["get", "notes", Release.fullname]));
    check(steps.length === STEPS, `there are ${STEPS} steps: ${JSON.stringify(steps)}`);
    const [wait = "", forward = "", write = "", remove = "", test = ""] = steps;
    say((await shell(wait)).trim().split("\n").at(-1) ?? "");
    const load = await CheckedLoad.start(release, { name: "load", clients: 2, isPatient: true });
    say(await whileForwarded(forward, write));
    await shell(remove);
    await release.untilReady("replica", 6);
    say(await whileForwarded(forward, write));
    say(checkNothingFailed(await load.verdict()));
    check((await shell(test, TEST_MS)).includes("Phase:          Succeeded"), "helm test passes");
    await release.uninstall();
    await release.forget();
  },
};

/** Commands are indented below the number and the words of their step. */
export function stepsIn(notes: string): readonly string[] {
  return notes
    .split(/^\d\. .*$/m)
    .slice(1)
    .map((part) =>
      part
        .split("\n")
        .slice(1)
        .filter((_, i, lines) => lines.slice(0, i + 1).every((each) => each.startsWith("   ")))
        .map((line) => line.trim())
        .join("\n"),
    );
}

const shell = (commands: string, deadlineMs?: number): Promise<string> =>
  runProgram("bash", ["-euo", "pipefail", "-c", commands], deadlineMs === undefined ? {} : { deadlineMs });

/** In another terminal, as the notes say. */
async function whileForwarded(forward: string, commands: string): Promise<string> {
  const terminal = spawn("bash", ["-c", `exec ${forward}`], { stdio: "ignore" });
  try {
    const said = await eventually("what is written is read", () => shell(commands).catch(() => null), { deadlineMs: 60_000, everyMs: 500 });
    check(said.includes('"value":"hello"'), `the value that was written is read: ${said}`);
    return said.trim().split("\n").at(-1) ?? "";
  } finally {
    terminal.kill();
  }
}
