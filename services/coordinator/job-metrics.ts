// What a coordinator tells Prometheus: who has the jobs, how far they are, what their attempts came to, and who works for them.
// Labels are of small, closed sets: no job and no worker is one, however many there are.
import type { Coordinator } from "../../core/coordinator/coordinator.ts";
import type { Observation } from "../../core/coordinator/effects.ts";
import { ATTEMPT_ENDS } from "../../core/coordinator/effects.ts";
import type { Job } from "../../core/coordinator/job.ts";
import { isStraggling } from "../../core/coordinator/view.ts";
import type { Phase } from "../../core/mapreduce/assignment.ts";
import { PHASES } from "../../core/mapreduce/assignment.ts";
import { JOB_TRANSITIONS } from "../../core/mapreduce/job-record.ts";
import type { FailureReason } from "../../core/mapreduce/report.ts";
import { FAILURES } from "../../core/mapreduce/report.ts";
import type { Metrics } from "../../runtime/metrics.ts";
import { DURATION_BUCKETS } from "../../runtime/metrics.ts";

/** Tasks may take long. */
const TASK_BUCKETS = [...DURATION_BUCKETS, 30, 60, 120, 300, 600, 1_800];
const ENDS = ["succeeded", "failed", "cancelled"] as const;
const COUNTED = ["map", "reduce"] as const;
/** A worker asks at least every five seconds. */
const HEARD_MS = 15_000;

export function countObservations(metrics: Metrics): (observation: Observation) => void {
  const attempts = metrics.counter({
    ...{ name: "flotilla_task_attempts_total", help: "Attempts that ended, by how", labels: ["phase", "result"] },
  });
  for (const phase of PHASES) for (const result of ATTEMPT_ENDS) attempts.add({ phase, result }, 0);
  const help = "Second copies of slow attempts that ended, by how; done: it was faster";
  const backup = metrics.preset({ name: "flotilla_backup_attempts_total", help, label: "result", values: ATTEMPT_ENDS });
  const failed = metrics.preset({
    ...{ name: "flotilla_attempt_failures_total", help: "Attempts that failed, by why", label: "reason" },
    values: Object.keys(FAILURES) as FailureReason[],
  });
  const durations = metrics.histogram({
    ...{ name: "flotilla_task_duration_seconds", help: "How long attempts took that counted", labels: ["phase"] },
    buckets: TASK_BUCKETS,
  });
  for (const phase of PHASES) durations.series({ phase });
  const takeOvers = metrics.histogram({
    ...{ name: "flotilla_job_takeover_duration_seconds", help: "How long it took to read a job from the store and go on with it" },
    buckets: DURATION_BUCKETS,
  });
  const ended = metrics.preset({ name: "flotilla_jobs_ended_total", help: "Jobs that ended, by how", label: "state", values: ENDS });
  const lost = metrics.counter({ name: "flotilla_map_outputs_lost_total", help: "Outputs of maps that were lost and are made anew" });
  lost.add({}, 0);
  const countWork = workCounters(metrics);
  return (observation) => {
    switch (observation.kind) {
      case "attemptEnded": {
        const { phase, result, seconds, isBackup } = observation;
        attempts.add({ phase, result });
        if (isBackup) backup(result);
        if (result === "done") durations.observe({ phase }, seconds);
        return;
      }
      case "attemptFailed":
        return failed(observation.reason);
      case "taskCounted":
        return countWork(observation);
      case "outputLost":
        return lost.add({});
      case "jobEnded":
        return ended(observation.state);
      case "takenOver":
        return takeOvers.observe({}, observation.tookMs / 1_000);
      case "fenced":
    }
  };
}

/** Of tasks that count, each once, however often it was tried. */
function workCounters(metrics: Metrics): (counted: Extract<Observation, { readonly kind: "taskCounted" }>) => void {
  const shuffled = metrics.counter({ name: "flotilla_shuffle_bytes_total", help: "What committed reduces fetched from maps" });
  const labels = ["phase", "direction"] as const;
  const bytes = metrics.counter({ name: "flotilla_task_bytes_total", help: "Bytes that committed tasks read and wrote", labels });
  const records = metrics.counter({ name: "flotilla_task_records_total", help: "Records that committed tasks read and wrote", labels });
  const cpu = metrics.counter({ name: "flotilla_task_cpu_seconds_total", help: "Processor time of committed tasks", labels: ["phase"] });
  const skipped = metrics.counter({
    ...{ name: "flotilla_records_skipped_total", help: "Records that committed tasks left out, because they made attempts fail" },
    labels: ["phase"],
  });
  const count: ReturnType<typeof workCounters> = ({ phase, work, skipped: left }) => {
    bytes.add({ phase, direction: "read" }, work.bytesRead);
    bytes.add({ phase, direction: "written" }, work.bytesWritten);
    records.add({ phase, direction: "read" }, work.recordsRead);
    records.add({ phase, direction: "written" }, work.recordsWritten);
    cpu.add({ phase }, work.cpuMs / 1_000);
    skipped.add({ phase }, left);
    if (phase === "reduce") shuffled.add({}, work.bytesRead);
  };
  const work = { recordsRead: 0, recordsWritten: 0, bytesRead: 0, bytesWritten: 0, cpuMs: 0 };
  for (const phase of COUNTED) count({ kind: "taskCounted", phase, work, skipped: 0 });
  return count;
}

export function readState(metrics: Metrics, { state }: Coordinator): void {
  const one = (value: number) => [{ labels: {}, value }];
  const jobs = (): readonly Job[] => [...state.jobs.values()];
  const leads = { name: "flotilla_coordinator_leads", help: "1 for the coordinator that has the jobs" } as const;
  metrics.read("gauge", leads, () => one(state.isActive ? 1 : 0));
  metrics.read("gauge", { name: "flotilla_jobs", help: "Jobs that this coordinator has, by state", labels: ["state"] }, () =>
    Object.keys(JOB_TRANSITIONS).map((status) => ({
      labels: { state: status },
      value: jobs().filter(({ record }) => record.status === status).length,
    })),
  );
  metrics.read("gauge", { name: "flotilla_tasks", help: "Tasks of those jobs, by phase and state", labels: ["phase", "state"] }, () =>
    PHASES.flatMap((phase) => tasksOf(jobs(), phase)),
  );
  const help = "Attempts that run for more than twice as long as is usual in their job";
  metrics.read("gauge", { name: "flotilla_tasks_straggling", help, labels: ["phase"] }, () =>
    COUNTED.map((phase) => ({ labels: { phase }, value: sum(jobs(), (job) => stragglersOf(job, phase, state.nowMs)) })),
  );
  const stalled = { name: "flotilla_job_stalled_seconds", help: "How long the job has got no further that has for longest" } as const;
  metrics.read("gauge", stalled, () => {
    const open = jobs().filter((job) => !job.hasEnded);
    return one(Math.max(0, ...open.map(({ progressedMs }) => state.nowMs - progressedMs)) / 1_000);
  });
  const workers = { name: "flotilla_workers", help: "Workers that the coordinator hears of, by state", labels: ["state"] } as const;
  metrics.read("gauge", workers, () => {
    const heard = [...state.workers.values()].filter(({ seenMs }) => state.isActive && state.nowMs - seenMs < HEARD_MS);
    const stopping = heard.filter(({ isStopping }) => isStopping).length;
    return [
      { labels: { state: "working" }, value: heard.length - stopping },
      { labels: { state: "stopping" }, value: stopping },
    ];
  });
}

type TaskReading = { readonly labels: { readonly phase: Phase; readonly state: string }; readonly value: number };

function tasksOf(jobs: readonly Job[], phase: Phase): readonly TaskReading[] {
  const tables = jobs.map(({ tables: all }) => all[phase]);
  return [
    { labels: { phase, state: "waiting" }, value: sum(tables, ({ waiting }) => waiting.size) },
    { labels: { phase, state: "running" }, value: sum(tables, ({ running }) => running.size) },
    { labels: { phase, state: "done" }, value: sum(tables, ({ done }) => done) },
  ];
}

function stragglersOf(job: Job, phase: Phase, nowMs: number): number {
  return [...job.live.values()].filter((live) => live.name.phase === phase && isStraggling(job, live, nowMs)).length;
}

function sum<T>(all: readonly T[], of: (each: T) => number): number {
  return all.reduce((total, each) => total + of(each), 0);
}
