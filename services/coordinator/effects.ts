// What makes a process a coordinator: the core behind its host, the store behind the client library, the election, and what is
// told of it to metrics and to those who watch whether it lives.
import type { Observation } from "../../core/coordinator/effects.ts";
import { Coordinator } from "../../core/coordinator/coordinator.ts";
import { DEFAULT_COORDINATOR_TIMING } from "../../core/coordinator/state.ts";
import { KvClient } from "../../client/kv-client.ts";
import { systemClock } from "../../runtime/clock.ts";
import { FileStore } from "../../runtime/files/embedded/file-store.ts";
import { KeyValues } from "../../runtime/files/store/key-values.ts";
import type { Check } from "../../runtime/http/health.ts";
import { CoordinatorHost } from "../../runtime/jobs/coordinator-host.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Metrics } from "../../runtime/metrics.ts";
import type { Service, ServiceParts } from "../../runtime/service-process.ts";
import { CoordinatorApi } from "./api.ts";
import type { CoordinatorConfig } from "./config.ts";
import { FilesApi } from "./files-api.ts";
import { Sweeping } from "./sweeping.ts";
import { Election } from "./election.ts";
import { countObservations, readState } from "./job-metrics.ts";
import { KvJobStore } from "./job-store.ts";
import { pause } from "../../client/waiting.ts";

export function equipCoordinator(config: CoordinatorConfig, { metrics, logger, onBug }: ServiceParts): Service {
  const { store, access, origin, filesBytesMax, keptJobs, keptJobsMs } = config;
  const kv = new KvClient({ endpoints: store, token: access.dataToken ?? access.adminToken });
  const core = new Coordinator(DEFAULT_COORDINATOR_TIMING, { jobs: keptJobs, ageMs: keptJobsMs });
  const observe = observing(metrics, logger);
  const host = new CoordinatorHost({ core, store: new KvJobStore(kv, logger), clock: systemClock, observe, onBug });
  const elections = metrics.counter({ name: "flotilla_coordinator_elections_total", help: "How often this one was given the jobs" });
  elections.add({}, 0);
  const onElected = (): void => (elections.add({}), host.activate());
  const election = new Election({ kv, origin, logger, onElected, onLost: () => host.deactivate() });
  const api = new CoordinatorApi({ host, election, kv, access });
  const values = new KeyValues(kv);
  const files = new FileStore({ kv: values, quotaBytes: filesBytesMax });
  const filesApi = new FilesApi(files);
  const sweeping = new Sweeping({ kv: values, files, election, logger });
  let isStoreReached = false;
  readState(metrics, core);
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
  const count = countObservations(metrics);
  return (observation) => {
    count(observation);
    switch (observation.kind) {
      case "jobEnded":
        return logger.info({ event: "jobEnded", state: observation.state }, `a job has ${observation.state}`);
      case "takenOver":
        return logger.info(
          { event: "takenOver", job: observation.job, tookMs: observation.tookMs },
          `job ${observation.job} is taken over`,
        );
      case "fenced":
        return logger.warn({ event: "fenced", job: observation.job }, `another coordinator has job ${observation.job}`);
      case "attemptEnded":
      case "attemptFailed":
      case "taskCounted":
      case "outputLost":
    }
  };
}
