// The seven tests of lab 1, on real processes: coordinator, workers, and the processes in which they run tasks. Two clusters,
// because most of their time is the apps' own waiting: in one of them the apps crash.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Figures, Threshold } from "../figures.ts";
import { demand, LabFailure } from "../script.ts";
import { crash } from "./crash-lab.ts";
import type { LabJob } from "./lab-jobs.ts";
import { LabJobs } from "./lab-jobs.ts";

export type MapReduceLab = {
  readonly name: string;
  readonly workers: number;
  readonly run: (jobs: LabJobs, figures: Figures) => Promise<void>;
};

/** Labs that share a cluster, one after the other; workers only become more. */
export type Lane = { readonly labs: readonly MapReduceLab[]; readonly slots: number };

const EXECUTIONS: Threshold = { name: "maps executed", unit: "", limit: 8, bound: "atMost" };

export const MAPREDUCE_LANES: readonly Lane[] = [
  {
    slots: 1,
    labs: [
      { name: "TestIndexer1", workers: 2, run: (jobs) => compare(jobs, "indexer") },
      { name: "TestMapParallelism1", workers: 2, run: mapParallelism },
      { name: "TestReduceParallelism1", workers: 2, run: reduceParallelism },
      { name: "TestWc1", workers: 3, run: (jobs) => compare(jobs, "wc") },
      { name: "TestEarlyExit1", workers: 3, run: earlyExit },
      { name: "TestJobCount1", workers: 4, run: jobCount },
    ],
  },
  // Two jobs at once, one of them isolated.
  { slots: 2, labs: [{ name: "TestCrash1", workers: 4, run: crash }] },
];

export async function withLane<T>(lane: Lane, work: (jobs: LabJobs) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "flotilla-labs-"));
  const jobs = await LabJobs.open(directory, { workers: lane.labs[0]?.workers ?? 1, slots: lane.slots });
  try {
    return await work(jobs);
  } finally {
    await jobs.end();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function compare(jobs: LabJobs, app: string): Promise<void> {
  const job = await jobs.begin(app, "process");
  await job.end();
  demand(job.sorted === (await jobs.sequentially(app)), () => "the output is not that of a sequential run");
}

async function mapParallelism(jobs: LabJobs): Promise<void> {
  const lines = await linesOf(await jobs.begin("mtiming", "none"));
  const times = lines.filter((line) => line.startsWith("times-"));
  demand(times.length === 2, () => `${times.length} processes ran maps, where there are two workers`);
  demand(
    lines.some((line) => /^parallel-\d+ .*\b2\b/.test(line)),
    () => `maps did not run at the same time: ${lines.join(" | ")}`,
  );
}

async function reduceParallelism(jobs: LabJobs): Promise<void> {
  const lines = await linesOf(await jobs.begin("rtiming", "none"));
  const together = lines.filter((line) => /^[a-z] 2$/.test(line));
  demand(together.length >= 2, () => `reduces did not run at the same time: ${lines.join(" | ")}`);
}

/** Every execution leaves a mark, whatever became of it. */
async function jobCount(jobs: LabJobs, figures: Figures): Promise<void> {
  const lines = await linesOf(await jobs.begin("jobcount", "none"));
  const [, count = ""] = /^a (\d+)$/.exec(lines[0] ?? "") ?? [];
  demand(lines.length === 1 && count !== "", () => `the output is ${JSON.stringify(lines)}`);
  figures.measure(EXECUTIONS, Number(count));
  demand(Number(count) === jobs.maps, () => `maps were executed ${count} times`);
}

/** The first time that anybody says that it is over, nothing may be missing, and nothing may come later. */
async function earlyExit(jobs: LabJobs): Promise<void> {
  const job = await jobs.begin("early-exit", "none");
  await job.end();
  const first = job.sorted;
  demand(first.split("\n").length === jobs.maps, () => `there are ${first.split("\n").length} lines when the job is over`);
  const gone = jobs.workers.filter(({ isRunning }) => !isRunning);
  demand(gone.length === 0, () => `${gone.length} workers have left before the job was over`);
  await Promise.all(jobs.workers.map((worker) => worker.stop()));
  if (job.sorted !== first) throw new LabFailure("the output has changed after the job was over");
  for (const worker of jobs.workers) worker.start();
}

async function linesOf(job: LabJob): Promise<readonly string[]> {
  await job.end();
  return job.lines();
}
