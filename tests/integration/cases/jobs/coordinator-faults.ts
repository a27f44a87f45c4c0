// A coordinator that dies, or stands still with a write under way and wakes up when another has the job, at five points of a job: nothing
// that was done is done again, it costs seconds until more is done, and what the old one writes is refused.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JobView } from "../../../../core/coordinator/view.ts";
import { CountedInput } from "../../jobs/counting-job.ts";
import type { JobProcess } from "../../jobs/job-cluster.ts";
import { JobCluster } from "../../jobs/job-cluster.ts";
import type { DoneTask, Sprung, Trap } from "../../jobs/trap.ts";
import { POINTS, TRAP_VARIABLE, wokenFile } from "../../jobs/trap.ts";
import type { CaseContext, TestCase } from "../../test-case.ts";
import { check, eventually } from "../../test-case.ts";

const PROGRAM = [join(import.meta.dirname, "../../jobs/coordinator-with-a-trap.ts")];
const MAPS = 12;
const [MAP_MS, KEY_MS] = [100, 40];
/** Until a task is done again. Who stands still answers nothing: workers give a question up only some time after they have asked it. */
const COST_MS_MAX: Readonly<Record<Trap["signal"], number>> = { SIGKILL: 5_000, SIGSTOP: 12_000 };
const DEADLINE_MS = 60_000;

type Fault = Pick<Trap, "point" | "signal">;

export const coordinatorFaults: TestCase = {
  name: "a job whose coordinator dies, or stands still and wakes up later, at one point each",
  measures: true,
  run: (context) => tryFaults(context, chosen(context)),
};

/** At full length every point with both. */
function chosen({ scale, random }: CaseContext): readonly Fault[] {
  const all = (signal: Trap["signal"]): readonly Fault[] => POINTS.map((point) => ({ point, signal }));
  return scale === "long" ? [...all("SIGKILL"), ...all("SIGSTOP")] : [random.pick(all("SIGKILL")), random.pick(all("SIGSTOP"))];
}

async function tryFaults({ directory, say }: CaseContext, faults: readonly Fault[]): Promise<void> {
  const cluster = await JobCluster.open({ directory, coordinators: 2, workers: 2, slots: 1 });
  const input = new CountedInput(directory, MAPS);
  try {
    for (const [i, fault] of faults.entries()) {
      const { tookMs, costMs, done } = await tryOne(cluster, {
        input,
        directory,
        trap: { job: `j${i}`, ...fault, file: join(directory, `sprung-${i}`) },
      });
      const when = `another coordinator had the job after ${Math.round(tookMs)} ms, a task was done again after ${Math.round(costMs)} ms`;
      say(`${fault.signal} at "${fault.point}": ${done} tasks were done, ${when}`);
    }
  } finally {
    await cluster.end();
  }
}

type OneFault = { readonly input: CountedInput; readonly directory: string; readonly trap: Trap };

type Cost = { readonly tookMs: number; readonly costMs: number; readonly done: number };

async function tryOne(cluster: JobCluster, { input, directory, trap }: OneFault): Promise<Cost> {
  const first = await trapped(cluster, trap);
  await cluster.calls.submit(input.body({ id: trap.job, directory, mapMs: MAP_MS, keyMs: KEY_MS }));
  await eventually(`the trap at "${trap.point}" springs`, () => existsSync(trap.file) || null, { deadlineMs: DEADLINE_MS });
  const { atMs, done } = await eventually("what was done then is written down", () => readJson(trap.file) as Sprung | null, {
    deadlineMs: 5_000,
  });
  const others = cluster.callsOf(cluster.coordinators.filter((each) => each !== first));
  await others.until(trap.job, { what: "another coordinator has the job", deadlineMs: DEADLINE_MS }, () => true);
  const tookMs = Date.now() - atMs;
  const isOver = ({ state }: JobView): boolean => ["succeeded", "failed"].includes(state);
  const before = done.filter(isWork).length;
  const isFurther = (job: JobView): boolean => isOver(job) || job.maps.done + job.reduces.done > before;
  await others.until(trap.job, { what: "a task is done again", deadlineMs: DEADLINE_MS }, isFurther);
  const [costMs, most] = [Date.now() - atMs, COST_MS_MAX[trap.signal]];
  check(costMs <= most, `a task was done again after ${costMs} ms, and ${most} are allowed`);
  if (trap.signal === "SIGSTOP") await wake(first, trap);
  const job = await others.until(trap.job, { what: `job ${trap.job} ends`, deadlineMs: DEADLINE_MS }, isOver);
  input.checkEnded(job, directory);
  // Counted from what is stored: a task that was done has no attempt more.
  const tasks = await others.tasks(trap.job);
  for (const { phase, task, attempts } of done.filter(isWork)) {
    const now = tasks.find((each) => each.phase === phase && each.task === task)?.attempts;
    check(now === attempts, `${phase} ${task} was done after ${attempts} attempts, and then had ${now ?? "none that anybody tells of"}`);
  }
  check(job.attempts.failed === 0, `${job.attempts.failed} attempts have failed`);
  return { tookMs, costMs, done: done.length };
}

/** What views tell of, task by task. */
const isWork = ({ phase }: DoneTask): boolean => phase === "map" || phase === "reduce";

/** The one with the trap has the jobs: the other one begins anew when it has. */
async function trapped(cluster: JobCluster, trap: Trap): Promise<JobProcess> {
  const [first, ...others] = cluster.coordinators as readonly [JobProcess, ...JobProcess[]];
  await Promise.all(cluster.coordinators.map((each) => each.stop()));
  first.start({ program: PROGRAM, settings: { [TRAP_VARIABLE]: JSON.stringify(trap) } });
  await cluster.active();
  for (const other of others) other.start();
  await Promise.all(others.map((other) => other.answers()));
  return first;
}

/** It goes on with the write that it was about to send. */
async function wake(coordinator: JobProcess, { file }: Trap): Promise<void> {
  coordinator.signal("SIGCONT");
  const answered = await eventually("the coordinator that stood still hears what became of its write", () => readJson(wokenFile(file)), {
    deadlineMs: 20_000,
  });
  const { outcome } = answered as { readonly outcome?: string };
  check(outcome === "fenced", `the write of the coordinator that stood still is ${outcome}, not fenced`);
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as unknown;
  } catch {
    return null;
  }
}
