// What `make run` runs, the first thing that anybody tries: it says something at once, serves soon, shows what it survives, and ends with
// nothing lost and nothing left behind.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { readClusterFile } from "../../../client/cli/local/cluster-file.ts";
import { PORTS_SPAN } from "../../../client/cli/local/local-plan.ts";
import { freePortRange } from "../free-ports.ts";
import type { TestCase } from "../test-case.ts";
import { check } from "../test-case.ts";
import { FAST_STARTS } from "../test-cluster.ts";

const PROGRAM = join(import.meta.dirname, "../../../client/cli/run.ts");
const FIRST_WORDS_MS = 5_000;
const SERVES_MS = 15_000;
/** In the short form, how many times as long it may take: the machine also does other things there. */
const PATIENCE = { bounded: 3, long: 1 };
/** Counting words takes longer than all the rest, and has cases of its own. */
const SIZE = { bounded: ["--coordinators", "0", "--workers", "0"], long: [] };
const ENDS_MS = 300_000;
/** What is told first of a cluster that serves, behind its status. */
const SERVES = "A write";
const SHOWN = ["A shard moves", "The leader dies", "writes that were acknowledged meanwhile are there"];

export const makeRun: TestCase = {
  name: "make run: first words, a cluster that serves, a move, a death, and nothing lost",
  run: async ({ directory, scale, say }) => {
    const data = join(directory, "data");
    const port = String(await freePortRange(PORTS_SPAN));
    const { code, said, firstMs, servesMs } = await runOnce(["--data", data, "--port", port, ...SIZE[scale]]);
    check(code === 0, `it ends with 0, not ${code}: ${said}`);
    for (const shown of SHOWN) check(said.includes(shown), `it tells of "${shown}": ${said}`);
    const processes = readClusterFile(data)?.processes ?? [];
    check(processes.length > 0 && processes.every(({ pid }) => pid === null), "all of its processes have ended");
    say(`first words after ${Math.round(firstMs)} ms, and after ${Math.round(servesMs)} ms all ${processes.length} processes served`);
    check(firstMs <= PATIENCE[scale] * FIRST_WORDS_MS, `it says something within ${PATIENCE[scale] * FIRST_WORDS_MS} ms`);
    check(servesMs <= PATIENCE[scale] * SERVES_MS, `the cluster serves within ${PATIENCE[scale] * SERVES_MS} ms`);
  },
};

type Ran = { readonly code: number | null; readonly said: string; readonly firstMs: number; readonly servesMs: number };

function runOnce(words: readonly string[]): Promise<Ran> {
  const startMs = performance.now();
  const child = spawn(process.execPath, [PROGRAM, "--once", ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...FAST_STARTS },
    timeout: ENDS_MS,
  });
  let [said, firstMs, servesMs] = ["", Infinity, Infinity];
  child.stdout.on("data", (data: Buffer) => {
    said += data.toString();
    const nowMs = performance.now() - startMs;
    firstMs = Math.min(firstMs, nowMs);
    if (said.includes(SERVES)) servesMs = Math.min(servesMs, nowMs);
  });
  child.stderr.on("data", (data: Buffer) => (said += data.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, said, firstMs, servesMs }));
  });
}
