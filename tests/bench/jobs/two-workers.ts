// A job on the executors of some workers in this process, whose tasks run in processes of their own and whose regions go over HTTP; without
// a coordinator, so that what is measured is the work. What this process takes is what all workers take beside their tasks.
import fastify from "fastify";
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { AddressInfo } from "node:net";
import type { Assignment, MapOutputSource } from "../../../core/mapreduce/assignment.ts";
import type { JobDescription } from "../../../core/mapreduce/job.ts";
import { planSplits } from "../../../core/mapreduce/plan.ts";
import type { AttemptReport, AttemptResult } from "../../../core/mapreduce/report.ts";
import { createWorkerExecutor } from "../../../runtime/tasks/processes/worker-executor.ts";
import type { WorkerExecutor } from "../../../runtime/tasks/processes/worker-executor.ts";
import type { SandboxProgram } from "../../../runtime/tasks/sandbox/sandbox.ts";
import { serveRegions } from "../../../runtime/tasks/shuffle/region-routes.ts";
import { RECORD_BYTES_MAX } from "../../../runtime/tasks/task-environment.ts";
import type { WorkerTaskSettings } from "../../../services/worker/file-kinds.ts";

export type Measured = {
  readonly wallMs: number;
  /** Of all tasks' processes. */
  readonly cpuMs: number;
  /** Of the largest task, its sandbox included. */
  readonly memoryBytes: number;
  /** Of the process of the workers, at most while the job ran. */
  readonly workersBytes: number;
  readonly maps: number;
};

export type JobRun = { readonly description: JobDescription; readonly code?: string; readonly workers: number; readonly directory: string };

type Result<Kind extends AttemptResult["kind"]> = Extract<AttemptResult, { readonly kind: Kind }>;
type RunningWorker = WorkerExecutor & { readonly close: () => Promise<void> };

const LOOK_MS = 20;
const BUNDLE = join(import.meta.dirname, "../../../docker/bundle.ts");

/** The programs as images have them, one file each: Node takes longer to strip the types of the sources than to map some megabytes. */
function bundled(directory: string): { readonly task: string; readonly sandbox: SandboxProgram } {
  const programs = join(directory, "programs");
  execFileSync(process.execPath, [BUNDLE, programs, "task", "sandbox"], { stdio: "inherit" });
  const path = join(programs, "sandbox.mjs");
  return { task: join(programs, "task.mjs"), sandbox: { path, readable: [path] } };
}

export async function runJob({ description, code = "", workers: count, directory }: JobRun): Promise<Measured> {
  const programs = bundled(directory);
  const workers = await Promise.all(
    Array.from({ length: count }, (_, i) => startWorker(join(directory, `worker-${String(i)}`), { root: directory, code, programs })),
  );
  const measured = { cpuMs: 0, memoryBytes: 0 };
  const run = async <Kind extends AttemptResult["kind"]>(worker: RunningWorker, assignment: Assignment): Promise<Result<Kind>> => {
    const { result, work } = await attempted(worker, assignment);
    measured.cpuMs += work.cpuMs;
    measured.memoryBytes = Math.max(measured.memoryBytes, work.memoryBytes);
    return result as Result<Kind>;
  };
  const started = performance.now();
  const peak = watchMemory();
  try {
    const common = { job: description.id, attempt: 1, description } as const;
    const [first] = workers as unknown as readonly [RunningWorker];
    const { files, boundaries } = await run<"listed">(first, { ...common, phase: "list", task: 0 });
    const splits = planSplits(files, description.splitBytes);
    const sources: MapOutputSource[] = [];
    await eachTask(workers, splits.length, async (worker, task) => {
      const split = splits[task] as (typeof splits)[number];
      const { origin } = await run<"mapped">(worker, { ...common, phase: "map", task, split, skip: [], boundaries });
      sources[task] = { task, attempt: 1, origin };
    });
    await eachTask(workers, description.reduces, async (worker, task) => {
      const reduced = await run<"reduced">(worker, { ...common, phase: "reduce", task, maps: splits.length, sources, skip: [] });
      await run(worker, { ...common, phase: "publish", task, winner: 1, files: reduced.files });
    });
    await run(first, { ...common, phase: "finish", task: 0, reduces: description.reduces, succeeded: true });
    return { wallMs: performance.now() - started, maps: splits.length, workersBytes: peak.bytes(), ...measured };
  } finally {
    peak.end();
    for (const worker of workers) await worker.close();
  }
}

/** The machine remembers the most since a process began, and not since a job did. */
function watchMemory(): { readonly bytes: () => number; readonly end: () => void } {
  let most = 0;
  const look = (): number => (most = Math.max(most, process.memoryUsage.rss()));
  const looking = setInterval(look, LOOK_MS);
  return { bytes: look, end: () => clearInterval(looking) };
}

async function eachTask(
  workers: readonly RunningWorker[],
  tasks: number,
  work: (worker: RunningWorker, task: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    workers.map(async (worker) => {
      while (next < tasks) await work(worker, next++);
    }),
  );
}

function attempted({ executor }: RunningWorker, assignment: Assignment): Promise<AttemptReport> {
  return new Promise((resolve, reject) => {
    executor.start(assignment, {
      onProgress: () => undefined,
      onFetchTrouble: ({ message }) => console.error(message),
      onReport: (report) => {
        if (report.result.kind === "failed") reject(new Error(report.result.failure.message));
        else resolve(report);
      },
    });
  });
}

type WorkerParts = { readonly root: string; readonly code: string; readonly programs: ReturnType<typeof bundled> };

async function startWorker(scratch: string, { root, code, programs }: WorkerParts): Promise<RunningWorker> {
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  const app = fastify();
  let serving: WorkerExecutor["regions"] | null = null;
  serveRegions(app, { answer: (...request) => (serving as WorkerExecutor["regions"]).answer(...request) } as WorkerExecutor["regions"]);
  await app.listen({ host: "127.0.0.1", port: 0 });
  const origin = `http://127.0.0.1:${String((app.server.address() as AddressInfo).port)}`;
  const worker = createWorkerExecutor<WorkerTaskSettings>({
    settings: {
      ...{ store: [], storeToken: null, filesBytesMax: 0, s3: null },
      scratch,
      origin,
      fileRoots: [root],
      trustsJobs: false,
      recordBytesMax: RECORD_BYTES_MAX,
      sandbox: programs.sandbox,
      peerHeaders: {},
    },
    memoryBytes: Infinity,
    program: programs.task,
    environment: {},
    fetchCode: () => Promise.resolve(code),
    outputs: {},
  });
  serving = worker.regions;
  return {
    ...worker,
    async close() {
      await worker.executor.close();
      app.server.closeAllConnections();
      await app.close();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}
