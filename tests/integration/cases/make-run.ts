// What a newcomer types first, `make run ARGS=--once`: a whole cluster starts, shows what it survives, and ends with 0, leaving nothing
// behind that runs.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { readClusterFile } from "../../../client/cli/local/cluster-file.ts";
import { freePortRange } from "../free-ports.ts";
import type { TestCase } from "../test-case.ts";
import { check } from "../test-case.ts";

const ROOT = join(import.meta.dirname, "../../..");
const ENDS_MS = 180_000;

export const makeRun: TestCase = {
  name: "make run ARGS=--once: a whole cluster, what it survives, and its end",
  run: async ({ directory, say }) => {
    const data = join(directory, "data");
    const startMs = performance.now();
    const { code, said } = await run(["--once", "--data", data, "--port", String(await freePortRange(300))]);
    check(code === 0, `it ends with 0, not ${code}: ${said}`);
    for (const part of ["A write", "A shard moves", "The leader dies", "It comes back"])
      check(said.includes(part), `it shows "${part}": ${said}`);
    const processes = readClusterFile(data)?.processes ?? [];
    check(processes.length > 0, "cluster.json says what there was");
    check(
      processes.every(({ pid }) => pid === null),
      "and that nothing of it runs any more",
    );
    say(`${processes.length} processes, over after ${Math.round((performance.now() - startMs) / 1_000)} s`);
  },
};

/** As the Makefile runs it. */
function run(words: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  const program = [join(ROOT, "client/cli/run.ts"), ...words];
  return new Promise((resolve) => {
    execFile(process.execPath, program, { cwd: ROOT, timeout: ENDS_MS }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), said: `${out}${err}` });
    });
  });
}
