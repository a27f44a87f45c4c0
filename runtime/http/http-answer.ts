// An answer before it is written, so that whoever decides it need not know how it leaves.
import type { FastifyReply } from "fastify";
import type { ErrorResponse } from "./error-shape.ts";

export type HttpAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** To become JSON; a text is written as it is, and its headers say what it is. */
  readonly body: object | string;
};

export const JSON_TYPE = "application/json; charset=utf-8";

export function errorAnswer({ status, body }: ErrorResponse, headers: HttpAnswer["headers"] = {}): HttpAnswer {
  const { retryAfterMs } = body.error;
  const retry = retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1_000)) };
  return { status, headers: { ...headers, ...retry }, body };
}

export function sendAnswer(reply: FastifyReply, { status, headers, body }: HttpAnswer): FastifyReply {
  return reply.code(status).headers(headers).send(body);
}

/** In the shape of every error. */
export function sendError(reply: FastifyReply, response: ErrorResponse): FastifyReply {
  return sendAnswer(reply, errorAnswer(response));
}
