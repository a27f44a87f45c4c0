// Job code that does what it should not, in a real worker: whatever that is, it is one failed attempt whose reason says it, nothing of an
// output is visible, and the worker is the same process afterwards, which does the next job well.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { JobOptions } from "../../../../core/mapreduce/job.ts";
import type { FailureReason } from "../../../../core/mapreduce/report.ts";
import { CountedInput } from "../../jobs/counting-job.ts";
import { JobCluster } from "../../jobs/job-cluster.ts";
import type { CaseContext, TestCase } from "../../test-case.ts";
import { check } from "../../test-case.ts";

type Deed = {
  readonly name: string;
  /** What its map does with the first line. */
  readonly map: string;
  readonly reason: FailureReason;
  readonly says?: string;
  readonly options?: Partial<JobOptions>;
};

const forbidden = (name: string, map: string, says: string): Deed => ({ name, map, reason: "forbidden", says });

const DEEDS: readonly Deed[] = [
  forbidden("calls fetch", "fetch('http://127.0.0.1:1')", "fetch"),
  forbidden("opens a socket", "new WebSocket('ws://127.0.0.1:1')", "WebSocket"),
  forbidden("reads an environment", "process.getBuiltinModule('fs').readFileSync('/proc/self/environ')", "process.getBuiltinModule"),
  forbidden("spawns", "process.binding('spawn_sync')", "process.binding"),
  forbidden("kills its parent", "process.kill(process.ppid)", "process.kill"),
  {
    name: "fills Buffers",
    map: "const kept = []; for (;;) kept.push(Buffer.alloc(1 << 20, 1));",
    reason: "outOfMemory",
    options: { recordTimeoutMs: 60_000, memoryBytes: 160 << 20 },
  },
  { name: "loops for ever", map: "for (;;);", reason: "timedOut", says: "took more than 1500 ms", options: { recordTimeoutMs: 1_500 } },
  { name: "wants no isolation", map: "process.exit(0)", reason: "untrusted", says: "TRUSTED_JOBS", options: { isolation: "none" } },
];
const DEADLINE_MS = 60_000;

export const badCode: TestCase = {
  name: "job code that does what it should not, and the worker that lives on",
  run: (context) => tryAll(context),
};

async function tryAll({ directory, say }: CaseContext): Promise<void> {
  const cluster = await JobCluster.open({ directory, coordinators: 1, workers: 1, slots: 1, settings: { FLOTILLA_TRUSTED_JOBS: "0" } });
  try {
    const input = new CountedInput(directory, 1);
    const pids = (): string => cluster.workers.map(({ pid }) => String(pid)).join();
    const before = pids();
    for (const [i, deed] of DEEDS.entries()) say(await failing(cluster, { id: `bad-${i}`, deed, input, directory }));
    check(pids() === before && cluster.workers.every(({ isRunning }) => isRunning), `worker ${before} is the same process afterwards`);
    await cluster.calls.submit(input.body({ id: "well", directory }));
    const job = await cluster.calls.until("well", { what: "the next job ends", deadlineMs: DEADLINE_MS }, ({ state }) =>
      ["succeeded", "failed"].includes(state),
    );
    input.checkEnded(job, directory);
    check(pids() === before, `worker ${before} is the same process when the next job is done`);
  } finally {
    await cluster.end();
  }
}

type Failing = { readonly id: string; readonly deed: Deed; readonly input: CountedInput; readonly directory: string };

/** What became of it, for people. */
async function failing({ calls }: JobCluster, { id, deed, input, directory }: Failing): Promise<string> {
  const { name, map, reason, says = "", options = {} } = deed;
  const code = `export default { map({ value }, emit) { ${map} }, reduce(key, values, emit) { emit(key, 1); } };`;
  await calls.submit({ ...input.body({ id, directory, options: { attemptsMax: 1, ...options } }), code });
  const job = await calls.until(id, { what: `the job that ${name} ends`, deadlineMs: DEADLINE_MS }, ({ state }) =>
    ["succeeded", "failed"].includes(state),
  );
  check(job.state === "failed", `the job that ${name} has ${job.state}`);
  const [told, message] = [job.error?.reason, job.error?.message ?? ""];
  check(told === reason && message.includes(says), `the job that ${name} failed for ${String(told)}, not ${reason}: ${message}`);
  check(job.attempts.failed === 1 && job.attempts.lost === 0, `the job that ${name}: ${JSON.stringify(job.attempts)}`);
  check(!existsSync(join(directory, `out-${id}`)), `something is visible of the output of the job that ${name}`);
  return `${name}: ${message.split("\n")[0] ?? ""}`;
}
