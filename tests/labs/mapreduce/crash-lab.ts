// The crash app, in its own form and isolated, while workers are killed too, and one stands still with a task: that task is taken
// from it after the labs' ten seconds, not before, and what the first one says later changes nothing.
import type { JobView, TaskView } from "../../../core/coordinator/view.ts";
import type { JobProcess } from "../../integration/jobs/job-cluster.ts";
import { eventually, sleep } from "../../integration/test-case.ts";
import type { Figures, Threshold } from "../figures.ts";
import { demand } from "../script.ts";
import type { LabJob, LabJobs } from "./lab-jobs.ts";
import { LIMIT_MS } from "./lab-jobs.ts";

/** What the labs give to it. */
const CRASH_LIMIT_MS = 120_000;
/** Of the labs; it begins when the worker was last heard of, which may be a poll ago. */
const REISSUE: Threshold = { name: "taken from a still worker after", unit: "s", limit: 12, bound: "atMost" };
const REISSUE_LEAST_S = 8;
const REISSUE_WITHIN_MS = 20_000;
/** From death to death; a worker is back after the labs' second. */
const KILL_EVERY_MS = 3_000;
const BACK_AFTER_MS = 1_000;

export async function crash(jobs: LabJobs, figures: Figures): Promise<void> {
  const expected = await jobs.sequentially("nocrash");
  const own = await jobs.begin("crash", "none");
  const standing = await standStill(jobs, own);
  const isolated = await jobs.begin("crash-isolated", "process");
  const killed = killEach(jobs.workers.filter((worker) => worker !== standing.worker));
  await untilTaken(jobs, standing, figures);
  await killed;
  const running = [own, isolated];
  const ended: readonly JobView[] = await Promise.all(running.map((job) => job.end(CRASH_LIMIT_MS)));
  const failed = ended.reduce((sum, { attempts }) => sum + attempts.failed, 0);
  demand(failed > 0, () => "nothing has crashed");
  for (const job of running) demand(job.sorted === expected, () => `the output of ${job.id} is not that of a run without crashes`);
}

type Standing = { readonly job: LabJob; readonly worker: JobProcess; readonly task: number; readonly sinceMs: number };

/** Some worker that has a map. */
async function standStill(jobs: LabJobs, job: LabJob): Promise<Standing> {
  const maps = async (): Promise<readonly TaskView[]> => (await jobs.cluster.calls.tasks(job.id)).filter(({ phase }) => phase === "map");
  const find = async (): Promise<Standing | null> => {
    const taken = (await maps()).find(({ running }) => running.length === 1);
    const worker = jobs.workers.find((each) => each.workerId === taken?.running[0]?.worker);
    if (taken === undefined || worker === undefined) return null;
    worker.signal("SIGSTOP");
    // It may just have said that it is done.
    const again = (await maps())[taken.task];
    if (JSON.stringify(again?.running.map(({ attempt }) => attempt)) === JSON.stringify(taken.running.map(({ attempt }) => attempt)))
      return { job, worker, task: taken.task, sinceMs: performance.now() };
    worker.signal("SIGCONT");
    return null;
  };
  return eventually("a worker has a map", find, { deadlineMs: LIMIT_MS });
}

async function untilTaken(jobs: LabJobs, { job, worker, task, sinceMs }: Standing, figures: Figures): Promise<void> {
  const id = worker.workerId;
  // Another slot may not be free at that moment.
  const isTaken = async (): Promise<true | null> => {
    const now = (await jobs.cluster.calls.tasks(job.id)).find((each) => each.phase === "map" && each.task === task);
    return now !== undefined && !now.running.some((each) => each.worker === id) ? true : null;
  };
  await eventually(`map ${task} is taken from the worker that stands still`, isTaken, { deadlineMs: REISSUE_WITHIN_MS });
  const seconds = (performance.now() - sinceMs) / 1_000;
  worker.signal("SIGCONT");
  demand(seconds >= REISSUE_LEAST_S, () => `a task was taken from its worker after ${seconds.toFixed(1)} s`);
  figures.measure(REISSUE, seconds);
}

/** One worker after the other, each once. */
async function killEach(workers: readonly JobProcess[]): Promise<void> {
  for (const worker of workers) {
    await sleep(KILL_EVERY_MS - BACK_AFTER_MS);
    await worker.kill();
    await sleep(BACK_AFTER_MS);
    worker.start();
  }
}
