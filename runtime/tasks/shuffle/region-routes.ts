// The route of regions on a worker's HTTP port.
import type { FastifyInstance } from "fastify";
import { refuse } from "../../http/error-shape.ts";
import { sendError } from "../../http/http-answer.ts";
import { REGION_ROUTE } from "./region-path.ts";
import type { RegionServer } from "./region-server.ts";

type Parameters = { readonly job: string; readonly task: string; readonly attempt: string; readonly partition: string };

const NUMBER = { type: "string", pattern: "^[0-9]{1,9}$" } as const;
const SCHEMA = {
  params: {
    type: "object",
    properties: { job: { type: "string" }, task: NUMBER, attempt: NUMBER, partition: NUMBER },
    required: ["job", "task", "attempt", "partition"],
  },
} as const;

export function serveRegions(app: FastifyInstance, regions: RegionServer): void {
  app.get<{ Params: Parameters }>(REGION_ROUTE, { schema: SCHEMA }, (request, reply) => {
    const { job, task, attempt, partition } = request.params;
    const name = { job, task: Number(task), attempt: Number(attempt), partition: Number(partition) };
    const { status, headers, body } = regions.answer(name, request.headers.range);
    if (status === 404) return sendError(reply, refuse("notFound", "there is no such region here"));
    return reply
      .code(status)
      .headers(headers)
      .send(body ?? undefined);
  });
}
