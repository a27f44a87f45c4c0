// What makes a process a coordinator: the core behind its host, the store behind the client library, the election, and what is
// told of it to metrics and to those who watch whether it lives.
import type { Observation } from "../../core/coordinator/effects.ts";
import { ATTEMPT_ENDS } from "../../core/coordinator/effects.ts";
import { Coordinator } from "../../core/coordinator/coordinator.ts";
import { DEFAULT_COORDINATOR_TIMING } from "../../core/coordinator/state.ts";
import { PHASES } from "../../core/mapreduce/assignment.ts";
import { JOB_TRANSITIONS } from "../../core/mapreduce/job-record.ts";
import { KvClient } from "../../client/kv-client.ts";
import { systemClock } from "../../runtime/clock.ts";
import { FileStore } from "../../runtime/files/embedded/file-store.ts";
import { KeyValues } from "../../runtime/files/store/key-values.ts";
import type { Check } from "../../runtime/http/health.ts";
import { CoordinatorHost } from "../../runtime/jobs/coordinator-host.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Metrics } from "../../runtime/metrics.ts";
import { DURATION_BUCKETS } from "../../runtime/metrics.ts";
import type { Service, ServiceParts } from "../../runtime/service-process.ts";
import { CoordinatorApi } from "./api.ts";
import type { CoordinatorConfig } from "./config.ts";
import { FilesApi } from "./files-api.ts";
import { Sweeping } from "./sweeping.ts";
import { Election } from "./election.ts";
import { KvJobStore } from "./job-store.ts";
import { pause } from "../../client/waiting.ts";

/** Tasks may take long. */
const TASK_BUCKETS = [...DURATION_BUCKETS, 30, 60, 120, 300, 600, 1_800];

export function equipCoordinator(config: CoordinatorConfig, { metrics, logger, onBug }: ServiceParts): Service {
  const { store, access, origin, filesBytesMax, keptJobs, keptJobsMs } = config;
  const kv = new KvClient({ endpoints: store, token: access.dataToken ?? access.adminToken });
  const core = new Coordinator(DEFAULT_COORDINATOR_TIMING, { jobs: keptJobs, ageMs: keptJobsMs });
  const observe = observing(metrics, logger);
  const host = new CoordinatorHost({ core, store: new KvJobStore(kv, logger), clock: systemClock, observe, onBug });
  const election = new Election({ kv, origin, logger, onElected: () => host.activate(), onLost: () => host.deactivate() });
  const api = new CoordinatorApi({ host, election, kv, access });
  const values = new KeyValues(kv);
  const files = new FileStore({ kv: values, quotaBytes: filesBytesMax });
  const filesApi = new FilesApi(files);
  const sweeping = new Sweeping({ kv: values, files, election, logger });
  let isStoreReached = false;
  gauges(metrics, core);
  const storeCheck = (): Check => ({
    ...{ name: "store", ok: isStoreReached },
    message: isStoreReached ? "the store answers" : `no replica has answered yet: ${store.join(", ")}`,
  });
  const alive: Check = { name: "process", ok: true, message: "runs" };
  return {
    addRoutes: (app) => (api.addRoutes(app), filesApi.addRoutes(app)),
    health: { livez: () => [alive], startupz: () => [alive], readyz: () => [storeCheck()] },
    start: () => {
      host.start();
      void reach(kv).then(() => {
        isStoreReached = true;
        election.start();
        sweeping.start();
      });
    },
    beforeClosing: [
      { name: "sweeping", deadlineMs: 500, run: () => sweeping.stop() },
      { name: "lease", deadlineMs: 2_000, run: () => election.stop() },
      { name: "streams", deadlineMs: 500, run: () => api.finish() },
    ],
    afterClosing: [{ name: "store", deadlineMs: 1_000, run: async () => (host.end(), await api.close(), await kv.close()) }],
  };
}

async function reach(kv: KvClient): Promise<void> {
  while ((await kv.reach({ deadlineMs: 5_000 })).kind !== "done") await pause(200);
}

function observing(metrics: Metrics, logger: Logger): (observation: Observation) => void {
  const attempts = metrics.counter({
    name: "flotilla_task_attempts_total",
    help: "Attempts that ended, by how",
    labels: ["phase", "result"],
  });
  for (const phase of PHASES) for (const result of ATTEMPT_ENDS) attempts.add({ phase, result }, 0);
  const durations = metrics.histogram({
    ...{ name: "flotilla_task_duration_seconds", help: "How long attempts took that counted", labels: ["phase"] },
    buckets: TASK_BUCKETS,
  });
  const shuffled = metrics.counter({ name: "flotilla_shuffle_bytes_total", help: "What committed reduces fetched from maps" });
  return (observation) => {
    switch (observation.kind) {
      case "attemptEnded":
        attempts.add({ phase: observation.phase, result: observation.result });
        if (observation.result === "done") durations.observe({ phase: observation.phase }, observation.seconds);
        return;
      case "jobEnded":
        return logger.info({ event: "jobEnded", state: observation.state }, `a job has ${observation.state}`);
      case "takenOver":
        return logger.info(
          { event: "takenOver", job: observation.job, tookMs: observation.tookMs },
          `job ${observation.job} is taken over`,
        );
      case "shuffled":
        return shuffled.add({}, observation.bytes);
      case "fenced":
        return logger.warn({ event: "fenced", job: observation.job }, `another coordinator has job ${observation.job}`);
    }
  };
}

function gauges(metrics: Metrics, core: Coordinator): void {
  metrics.read("gauge", { name: "flotilla_jobs", help: "Jobs that this coordinator has, by state", labels: ["state"] }, () => {
    const jobs = [...core.state.jobs.values()];
    return Object.keys(JOB_TRANSITIONS).map((state) => ({
      labels: { state },
      value: jobs.filter(({ record }) => record.status === state).length,
    }));
  });
  metrics.read("gauge", { name: "flotilla_tasks", help: "Tasks of those jobs, by phase and state", labels: ["phase", "state"] }, () =>
    PHASES.flatMap((phase) => {
      const tables = [...core.state.jobs.values()].map((job) => job.tables[phase]);
      const sum = (of: (table: (typeof tables)[number]) => number): number => tables.reduce((total, table) => total + of(table), 0);
      return [
        { labels: { phase, state: "waiting" }, value: sum((table) => table.waiting.size) },
        { labels: { phase, state: "running" }, value: sum((table) => table.running.size) },
        { labels: { phase, state: "done" }, value: sum((table) => table.done) },
      ];
    }),
  );
}
