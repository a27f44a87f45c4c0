// The port of a worker: map outputs for reducers, and how it stands.
import type { FastifyInstance } from "fastify";
import type { Worker } from "../../core/worker/worker.ts";
import { attemptText } from "../../core/mapreduce/assignment.ts";
import type { RegionServer } from "../../runtime/tasks/shuffle/region-server.ts";
import { serveRegions } from "../../runtime/tasks/shuffle/region-routes.ts";

const NOTHING = { querystring: { type: "object", properties: {}, additionalProperties: false } } as const;

export type WorkerApiOptions = { readonly id: string; readonly slots: number; readonly core: Worker; readonly regions: RegionServer };

export function addWorkerRoutes(app: FastifyInstance, { id, slots, core, regions }: WorkerApiOptions): void {
  app.get("/v1/status", { schema: NOTHING }, () => ({
    ...{ service: "worker", worker: id, slots, running: core.running.map(attemptText) },
    role: core.running.length === 0 ? "idle" : "working",
  }));
  serveRegions(app, regions);
}
