// What makes a process a worker: the core behind its host, the executor, and the bundles of job files, which coordinators keep.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { Worker } from "../../core/worker/worker.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { Check } from "../../runtime/http/health.ts";
import { WorkerHost } from "../../runtime/jobs/worker-host.ts";
import type { Service, ServiceParts } from "../../runtime/service-process.ts";
import { SANDBOX_PROGRAM, TASK_PROGRAM } from "../../runtime/tasks/programs.ts";
import { createWorkerExecutor } from "../../runtime/tasks/processes/worker-executor.ts";
import { RECORD_BYTES_MAX } from "../../runtime/tasks/task-environment.ts";
import { addWorkerRoutes } from "./api.ts";
import type { WorkerConfig } from "./config.ts";
import { environment, taskEnvironment } from "./config.ts";
import type { KindSettings, WorkerTaskSettings } from "./file-kinds.ts";
import { fileKinds } from "./file-kinds.ts";
import { fetchCode } from "./fetch-code.ts";
import { workerIdIn } from "./identity.ts";
import { readWorker } from "./worker-metrics.ts";

const HEARD_MS = 30_000;

export function equipWorker(config: WorkerConfig, { metrics, logger, onBug }: ServiceParts): Service {
  const { coordinators, dataDir, slots, taskMemoryBytes, fileRoots, httpHosts, trustsJobs, node, origin } = config;
  const { access, shutdownMs, store, filesBytesMax, s3 } = config;
  const id = workerIdIn(dataDir);
  const token = access.dataToken ?? access.adminToken;
  const kinds: KindSettings = { store, storeToken: token, filesBytesMax, s3 };
  const { executor, regions } = createWorkerExecutor<WorkerTaskSettings>({
    settings: {
      ...kinds,
      ...{ origin, fileRoots, httpHosts, trustsJobs, recordBytesMax: RECORD_BYTES_MAX, sandbox: SANDBOX_PROGRAM },
      scratch: join(dataDir, "scratch"),
      peerHeaders: token === null ? {} : { authorization: `Bearer ${token}` },
    },
    memoryBytes: taskMemoryBytes,
    program: TASK_PROGRAM,
    environment: taskEnvironment(environment),
    fetchCode: (hash) => fetchCode({ coordinators, token }, hash),
    outputs: fileKinds(kinds).outputs,
  });
  const core = new Worker({ worker: id, life: randomUUID(), origin, node, slots, memoryBytes: taskMemoryBytes, coordinators });
  let stopped = (): void => undefined;
  const isStopped = new Promise<void>((resolve) => (stopped = resolve));
  const host = new WorkerHost({ core, executor, token, clock: systemClock, logger, onStopped: () => stopped(), onBug });
  readWorker(metrics, { core, slots, dataDir });
  const alive: Check = { name: "process", ok: true, message: "runs" };
  const heard = (): Check => {
    const ok = host.heardMs !== null && systemClock.monotonicMs() - host.heardMs < HEARD_MS;
    return { name: "coordinator", ok, message: ok ? "a coordinator answers" : `no coordinator answers: ${coordinators.join(", ")}` };
  };
  return {
    addRoutes: (app) => addWorkerRoutes(app, { id, slots, core, regions }),
    health: { livez: () => [alive], startupz: () => [alive], readyz: () => [heard()] },
    start: () => void host.start().catch(onBug),
    beforeClosing: [{ name: "tasks", deadlineMs: shutdownMs, run: () => (host.stop(), isStopped) }],
    afterClosing: [{ name: "executor", deadlineMs: 2_000, run: () => host.end() }],
  };
}
