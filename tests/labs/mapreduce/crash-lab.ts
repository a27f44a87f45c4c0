// The crash app, in its own form and isolated, while workers are killed too, and one stands still with a task: that task is taken
// from it after the labs' ten seconds, not before, and what the first one says later changes nothing.
import type { JobView, TaskView } from "../../../core/coordinator/view.ts";
import type { JobProcess } from "../../integration/jobs/job-cluster.ts";
import { eventually, sleep } from "../../integration/test-case.ts";
import type { Figures, Threshold } from "../figures.ts";
import { demand } from "../script.ts";
import type { LabJob, LabJobs } from "./lab-jobs.ts";

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
  const running = [await jobs.begin("crash", "none"), await jobs.begin("crash-isolated", "process")] as const;
  const [still, ...others] = jobs.workers as readonly [JobProcess, ...JobProcess[]];
  const killed = killEach(others);
  await standStill(jobs, { job: running[0], worker: still }, figures);
  await killed;
  const ended: readonly JobView[] = await Promise.all(running.map((job) => job.end(CRASH_LIMIT_MS)));
  const failed = ended.reduce((sum, { attempts }) => sum + attempts.failed, 0);
  demand(failed > 0, () => "nothing has crashed");
  for (const job of running) demand(job.sorted === expected, () => `the output of ${job.id} is not that of a run without crashes`);
}

type Standing = { readonly job: LabJob; readonly worker: JobProcess };

/** Until its task is somebody else's. */
async function standStill(jobs: LabJobs, { job, worker }: Standing, figures: Figures): Promise<void> {
  const id = worker.workerId;
  const isIts = ({ phase, running }: TaskView): boolean => phase === "map" && running.length === 1 && running[0]?.worker === id;
  const find = async (): Promise<TaskView | null> => {
    const its = (await jobs.cluster.calls.tasks(job.id)).find(isIts) ?? null;
    if (its === null) return null;
    worker.signal("SIGSTOP");
    // It may just have said that it is done.
    const again = (await jobs.cluster.calls.tasks(job.id)).find(({ phase, task }) => phase === "map" && task === its.task);
    if (again !== undefined && again.attempts === its.attempts && isIts(again)) return again;
    worker.signal("SIGCONT");
    return null;
  };
  const stopped = await eventually(`worker ${id} has a map`, find, { deadlineMs: CRASH_LIMIT_MS });
  const stoppedMs = performance.now();
  // Another slot may not be free at that moment.
  const isTaken = async (): Promise<true | null> => {
    const now = (await jobs.cluster.calls.tasks(job.id)).find(({ phase, task }) => phase === "map" && task === stopped.task);
    return now !== undefined && !now.running.some((each) => each.worker === id) ? true : null;
  };
  await eventually(`map ${stopped.task} is taken from the worker that stands still`, isTaken, { deadlineMs: REISSUE_WITHIN_MS });
  const seconds = (performance.now() - stoppedMs) / 1_000;
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
