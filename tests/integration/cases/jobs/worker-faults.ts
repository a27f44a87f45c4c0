// Workers that die in the shuffle, can't be reached by reducers, or stand still past their lease and wake up around the other's commit: the
// output is of one attempt of each task, and counters and sums are those of a sequential run.
import type { TaskView } from "../../../../core/coordinator/view.ts";
import { committedPart, shownPart } from "../../jobs/committed-part.ts";
import { CountedInput, outputOf } from "../../jobs/counting-job.ts";
import type { CountingJob } from "../../jobs/counting-job.ts";
import type { JobProcess } from "../../jobs/job-cluster.ts";
import { JobCluster } from "../../jobs/job-cluster.ts";
import type { CaseContext, TestCase } from "../../test-case.ts";
import { check, eventually, sleep } from "../../test-case.ts";

const DEADLINE_MS = 120_000;
const MAPS = 16;

type Phase = "map" | "reduce";
type Bed = { readonly cluster: JobCluster; readonly input: CountedInput; readonly context: CaseContext };

/** `slots`: one each, so that nobody holds everything. */
async function withCluster(context: CaseContext, workers: number, work: (bed: Bed) => Promise<void>): Promise<void> {
  const { directory } = context;
  const cluster = await JobCluster.open({ directory, coordinators: 1, workers, slots: 1 });
  try {
    await work({ cluster, input: new CountedInput(directory, MAPS), context });
  } finally {
    await cluster.end();
  }
}

export const halfDies: TestCase = {
  name: "half of the workers die in the shuffle",
  run: (context) =>
    withCluster(context, 4, async (bed) => {
      for (const isSigned of [false, true]) await killHalf(bed, { id: isSigned ? "signed" : "plain", isSigned });
    }),
};

async function killHalf({ cluster, input, context }: Bed, { id, isSigned }: Pick<CountingJob, "id" | "isSigned">): Promise<void> {
  const { directory, say } = context;
  const { calls } = cluster;
  // A reduce lasts a second or two: whoever dies has not done its own by then, which needs the maps of all.
  await calls.submit(input.body({ id, directory, mapMs: 100, keyMs: 300, ...(isSigned === undefined ? {} : { isSigned }) }));
  await calls.until(id, { what: "reduces run", deadlineMs: DEADLINE_MS }, ({ reduces }) => reduces.running > 1);
  const victims = cluster.workers.filter(({ isRunning }) => isRunning).slice(-2);
  await Promise.all(victims.map((worker) => worker.kill()));
  const job = await ended(cluster, id);
  if (isSigned === true) input.checkSigned(job, directory);
  else input.checkEnded(job, directory);
  const again = (await calls.tasks(id)).filter(({ phase, attempts }) => phase === "map" && attempts > 1).length;
  check(again > 0, "no map of a worker that was killed ran again, and each had some that were needed");
  say(`${id}: ${again} maps ran again, ${job.attempts.lost} attempts were lost`);
  for (const worker of victims) worker.start();
  await Promise.all(victims.map((worker) => worker.answers()));
}

export const unreachable: TestCase = {
  name: "a worker that lives and can't be reached by reducers",
  run: (context) =>
    withCluster(context, 2, async ({ cluster, input }) => {
      const { directory, say } = context;
      const [hidden] = cluster.workers as unknown as readonly [JobProcess];
      await hidden.kill();
      // Nobody listens there.
      hidden.start({ settings: { FLOTILLA_ORIGIN: "http://127.0.0.1:9" } });
      await hidden.answers();
      await cluster.calls.submit(input.body({ id: "j", directory, mapMs: 100 }));
      const job = await ended(cluster, "j");
      input.checkEnded(job, directory);
      const tasks = await cluster.calls.tasks("j");
      const twice = tasks.filter(({ phase, attempts }) => phase === "map" && attempts > 1);
      check(twice.length > 0, "no map ran on the worker that can't be reached");
      const most = Math.max(...twice.map(({ attempts }) => attempts));
      check(most <= ATTEMPTS_MAX, `a map whose output could not be fetched ran ${most} times`);
      say(`${twice.length} of ${input.maps} maps ran again, each ${most} times at most`);
    }),
};

/** Once where nobody can fetch it, and once more where anybody can. */
const ATTEMPTS_MAX = 2;

const ROUNDS = 3;
const SHARE_MAX = 0.05;
const MANY_MAPS = 40;
/**
 * For each of 25 keys, of which the largest of four reduces has seven at least: it takes longer than two other workers need to stop and to
 * start, so that the job is not over before the last stop.
 */
const LONG_KEY_MS = 2_500;

export const stoppedInOrder: TestCase = {
  name: "all workers are stopped in good order, one after the other, during the shuffle",
  run: (context) =>
    withCluster(context, 3, async ({ cluster }) => {
      const { directory, say, scale } = context;
      const { calls } = cluster;
      const input = new CountedInput(directory, MANY_MAPS);
      await calls.submit(input.body({ id: "j", directory, keyMs: LONG_KEY_MS }));
      await calls.until("j", { what: "reduces run", deadlineMs: DEADLINE_MS }, ({ reduces }) => reduces.running > 1);
      const rounds = scale === "long" ? ROUNDS : 1;
      for (let round = 0; round < rounds; round++) {
        for (const worker of cluster.workers) {
          await worker.stop();
          // Its disk is gone with it.
          worker.start({ settings: { FLOTILLA_DATA_DIR: `${worker.dataDir}-${round}` } });
          await worker.answers();
        }
      }
      const during = await calls.until("j", { what: "somebody tells of the job", deadlineMs: DEADLINE_MS }, () => true);
      check(during.state === "reducing", `the job was ${during.state} when the last worker had been stopped`);
      const job = await ended(cluster, "j");
      input.checkEnded(job, directory);
      const maps = (await calls.tasks("j")).filter(({ phase }) => phase === "map");
      const again = maps.reduce((sum, { attempts }) => sum + attempts - 1, 0);
      check(again <= SHARE_MAX * maps.length, `${again} of ${maps.length} maps ran again, and ${SHARE_MAX * maps.length} may`);
      say(`${rounds * cluster.workers.length} stops: ${again} of ${maps.length} maps ran again`);
    }),
};

const ORDERS = ["before the other's report", "after the other's commit", "when the output is visible"] as const;
type Order = (typeof ORDERS)[number];

export const standsStill: TestCase = {
  name: "a worker stands still past its lease and wakes up around the other's commit",
  run: (context) =>
    withCluster(context, 2, async (bed) => {
      let n = 0;
      for (const phase of ["map", "reduce"] as const) {
        for (const order of ORDERS) {
          let hasShown = false;
          for (let tries = 0; tries < TRIES && !hasShown; tries++) hasShown = await standStill(bed, { id: `j${n++}`, phase, order });
          check(hasShown, `${phase}, ${order}: in ${TRIES} jobs the attempt of the worker that stood still was the one that counted`);
        }
      }
    }),
};

/** A worker may have sent its report in the moment before it was stopped: then it stood still with nothing, and its job shows nothing. */
const TRIES = 5;
const LATE_MS = 2_000;

type Standing = { readonly id: string; readonly phase: Phase; readonly order: Order };

/** Returns whether it was another's attempt that counted. */
async function standStill({ cluster, input, context }: Bed, { id, phase, order }: Standing): Promise<boolean> {
  const { directory, say } = context;
  const { calls } = cluster;
  await calls.submit(input.body({ id, directory, isSigned: true, mapMs: 300, keyMs: 150, options: { leaseMs: 2_000 } }));
  const still = cluster.workers[0] as JobProcess;
  const isIts = (task: TaskView): boolean => task.phase === phase && task.running.some(({ worker }) => worker === still.workerId);
  const its = await eventually(`worker ${still.workerId} has a ${phase}`, async () => (await calls.tasks(id)).find(isIts) ?? null, {
    deadlineMs: DEADLINE_MS,
  });
  // Its tasks as well: they would write on.
  still.signalAll("SIGSTOP");
  const now = async (): Promise<TaskView | null> =>
    (await calls.tasks(id)).find((task) => task.phase === phase && task.task === its.task) ?? null;
  const isReached = async (): Promise<boolean | null> => {
    const task = await now();
    if (order === "before the other's report" && task !== null && task.attempts > its.attempts) return true;
    if (order !== "when the output is visible") return task?.state === "done" || null;
    return (await calls.job(id))?.state === "succeeded" || null;
  };
  await eventually(`${phase} ${its.task}: ${order}`, isReached, { deadlineMs: DEADLINE_MS });
  const isAnothers = ((await now())?.attempts ?? 0) > its.attempts;
  const own = its.running.find(({ worker }) => worker === still.workerId)?.attempt ?? 0;
  const part = { directory, id, task: its.task, not: isAnothers ? own : 0 };
  const isCommitted = phase === "reduce" && order !== "before the other's report";
  const committed = isCommitted ? await eventually("what was committed", () => committedPart(part), { deadlineMs: 5_000 }) : null;
  const before = order === "when the output is visible" ? outputOf(directory, id) : null;
  still.signalAll("SIGCONT");
  const job = await ended(cluster, id);
  const shown = outputOf(directory, id);
  input.checkSigned(job, directory);
  // As long as what woke up could go on for.
  await sleep(LATE_MS);
  check(shown === outputOf(directory, id), "the output has changed after it was visible");
  check(before === null || before === shown, "the output has changed after it was visible, and before the other woke up");
  check(committed === null || committed === shownPart(part), "what is shown of the part is not what was committed");
  input.checkSigned(await ended(cluster, id), directory);
  say(`${phase}, ${order}: attempt ${(await now())?.attempts ?? 0} was the last, ${job.attempts.lost} lost`);
  return isAnothers;
}

function ended(cluster: JobCluster, id: string): ReturnType<JobCluster["calls"]["until"]> {
  return cluster.calls.until(id, { what: `job ${id} ends`, deadlineMs: DEADLINE_MS }, ({ state }) =>
    ["succeeded", "failed"].includes(state),
  );
}
