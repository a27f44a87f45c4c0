// A word count on real processes while coordinators and workers die: the output is that of a sequential count, what was done is not
// done again by a take-over, and counters and sums add up.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readClusterFile } from "../../../client/cli/local/cluster-file.ts";
import type { ClusterProcess } from "../../../client/cli/local/cluster-file.ts";
import type { JobView } from "../../../core/coordinator/view.ts";
import { Random } from "../../../core/base/random.ts";
import { freePortRange } from "../free-ports.ts";
import type { TestCase } from "../test-case.ts";
import { check, eventually, signalProcess } from "../test-case.ts";

const FLOTILLA = join(import.meta.dirname, "../../../client/cli/flotilla.ts");
const WORDS = "the of and to in a is that for it was on are as with his they at be this from have or by one".split(" ");
const [FILES, LINES, WORDS_A_LINE] = [6, 6_000, 12];
const PORTS = 400;
const START_MS = 60_000;
const JOB_MS = 120_000;

export const jobs: TestCase = {
  name: "a word count while coordinators and workers are killed",
  run: async ({ directory, say }) => {
    const [data, input] = [join(directory, "data"), join(directory, "in")];
    const wanted = writeBooks(input);
    const size = ["--groups", "1", "--replicas", "1", "--controllers", "1"];
    const port = String(await freePortRange(PORTS));
    const up = spawn(process.execPath, [FLOTILLA, "up", "--data", data, "--port", port, ...size], {
      stdio: "ignore",
      env: { ...process.env, FLOTILLA_FILE_ROOTS: directory },
    });
    const ended = once(up, "exit");
    try {
      const look = (service: string): readonly ClusterProcess[] =>
        (readClusterFile(data)?.processes ?? []).filter((each) => each.service === service);
      const coordinators = (): readonly string[] => look("coordinator").map(({ http }) => http);
      await eventually("a coordinator answers", async () => (await ask(coordinators(), "/v1/jobs")) !== null || null, {
        deadlineMs: START_MS,
      });
      const body = {
        id: "j",
        app: "word-count",
        inputs: [`file:${input}`],
        output: `file:${join(directory, "out")}`,
        reduces: 3,
        splitBytes: 20_000,
      };
      await eventually("the job is taken", async () => (await ask(coordinators(), "/v1/jobs", body)) !== null || null, {
        deadlineMs: START_MS,
      });
      const half = await until(
        coordinators,
        "a third of the maps are done",
        ({ maps }) => maps.total !== null && maps.done >= maps.total / 3,
      );
      const findActive = async (): Promise<ClusterProcess | null> => {
        const status = await ask(coordinators(), "/v1/status");
        return look("coordinator").find(({ http }) => http === status?.["leader"]) ?? null;
      };
      const active = await eventually("somebody says which coordinator has the job", findActive, { deadlineMs: START_MS });
      signalProcess(active.pid, "SIGKILL");
      const killedMs = performance.now();
      const others = (): readonly string[] => coordinators().filter((http) => http !== active.http);
      const after = await until(others, "the other coordinator has the job", () => true);
      const tookMs = performance.now() - killedMs;
      check(after.maps.done >= half.maps.done, `${half.maps.done} maps were done before, and ${after.maps.done} after`);
      signalProcess(look("worker")[0]?.pid, "SIGKILL");
      const job = await until(coordinators, "the job ends", ({ state }) => state === "succeeded" || state === "failed");
      check(job.state === "succeeded", `the job has ${job.state}: ${job.error?.message ?? ""}`);
      check(job.records.mapOutput === job.records.reduceInput, "what maps wrote is what reduces read");
      check(outputIn(join(directory, "out")) === wanted, "the output is that of a sequential count");
      say(
        `${job.maps.total} maps, ${job.attempts.started} attempts, ${job.attempts.lost} lost; the next coordinator had the job after ${Math.round(tookMs)} ms`,
      );
    } finally {
      up.kill("SIGTERM");
      await ended;
    }
  },
};

async function until(coordinators: () => readonly string[], what: string, isSo: (job: JobView) => boolean): Promise<JobView> {
  const find = async (): Promise<JobView | null> => {
    const job = (await ask(coordinators(), "/v1/jobs/j")) as unknown as JobView | null;
    return job !== null && isSo(job) ? job : null;
  };
  return eventually(what, find, { deadlineMs: JOB_MS });
}

async function ask(origins: readonly string[], path: string, body?: unknown): Promise<Readonly<Record<string, unknown>> | null> {
  for (const origin of origins) {
    try {
      const given =
        body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
      const response = await fetch(origin + path, { ...given, signal: AbortSignal.timeout(5_000) });
      if (response.ok) return (await response.json()) as Readonly<Record<string, unknown>>;
    } catch {
      // The next one may answer.
    }
  }
  return null;
}

/** Returns what a sequential count of them says. */
function writeBooks(directory: string): string {
  mkdirSync(directory, { recursive: true });
  const random = new Random(6);
  const counts = new Map<string, number>();
  for (let file = 0; file < FILES; file++) {
    const lines = Array.from({ length: LINES }, () => Array.from({ length: WORDS_A_LINE }, () => random.pick(WORDS)));
    for (const word of lines.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
    writeFileSync(join(directory, `book-${file}.txt`), lines.map((line) => `${line.join(" ")}\n`).join(""));
  }
  return sorted([...counts].map(([word, count]) => `${word}\t${count}`));
}

function outputIn(directory: string): string {
  const parts = readdirSync(directory).filter((name) => name.startsWith("part-"));
  return sorted(parts.flatMap((name) => readFileSync(join(directory, name), "utf8").split("\n")).filter((line) => line !== ""));
}

const sorted = (lines: readonly string[]): string => [...lines].sort().join("\n");
