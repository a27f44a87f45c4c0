// The route of regions on a worker's HTTP port.
import type { FastifyInstance, FastifyReply } from "fastify";
import { refuse } from "../../http/error-shape.ts";
import { sendError } from "../../http/http-answer.ts";
import { OUTPUT_ROUTE, REGION_ROUTE } from "./region-path.ts";
import type { RegionAnswer, RegionServer } from "./region-server.ts";

type Parameters = { readonly job: string; readonly task: string; readonly attempt: string; readonly partition: string };

const NUMBER = { type: "string", pattern: "^[0-9]{1,9}$" } as const;
const OUTPUT_SCHEMA = {
  params: {
    type: "object",
    properties: { job: { type: "string" }, task: NUMBER, attempt: NUMBER },
    required: ["job", "task", "attempt"],
  },
} as const;
const SCHEMA = {
  params: {
    type: "object",
    properties: { job: { type: "string" }, task: NUMBER, attempt: NUMBER, partition: NUMBER },
    required: ["job", "task", "attempt", "partition"],
  },
} as const;

export function serveRegions(app: FastifyInstance, regions: RegionServer): void {
  app.get<{ Params: Omit<Parameters, "partition"> }>(OUTPUT_ROUTE, { schema: OUTPUT_SCHEMA }, (request, reply) => {
    const { job, task, attempt } = request.params;
    return answerWith(reply, regions.wholeOutput({ job, task: Number(task), attempt: Number(attempt) }));
  });
  app.get<{ Params: Parameters }>(REGION_ROUTE, { schema: SCHEMA }, (request, reply) => {
    const { job, task, attempt, partition } = request.params;
    const name = { job, task: Number(task), attempt: Number(attempt), partition: Number(partition) };
    return answerWith(reply, regions.answer(name, request.headers.range));
  });
}

function answerWith(reply: FastifyReply, { status, headers, body }: RegionAnswer): FastifyReply {
  if (status === 404) return sendError(reply, refuse("notFound", "there is no such region here"));
  return reply
    .code(status)
    .headers(headers)
    .send(body ?? undefined);
}
