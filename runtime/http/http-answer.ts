// An answer before it is written, so that whoever decides it need not know how it leaves.
import type { FastifyReply } from "fastify";
import type { ErrorResponse } from "./error-shape.ts";

export type HttpAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** To become JSON; a text is written as it is, and its headers say what it is. */
  readonly body: object | string;
  /** Of a group's state. */
  readonly stamp?: Stamp;
};

/** Up to where the member that answers had applied the log. */
export type Stamp = { readonly term: number; readonly index: number };

export function stampHeaders({ term, index }: Stamp): Readonly<Record<string, string>> {
  return { [TERM_HEADER]: String(term), [INDEX_HEADER]: String(index) };
}

export const TERM_HEADER = "flotilla-term";
export const INDEX_HEADER = "flotilla-index";

export const JSON_TYPE = "application/json; charset=utf-8";

export function errorAnswer({ status, body }: ErrorResponse, headers: HttpAnswer["headers"] = {}): HttpAnswer {
  const { retryAfterMs } = body.error;
  if (retryAfterMs === undefined) return { status, headers, body };
  return { status, headers: { ...headers, "retry-after": String(Math.ceil(retryAfterMs / 1_000)) }, body };
}

export function sendAnswer(reply: FastifyReply, { status, headers, body, stamp }: HttpAnswer): FastifyReply {
  void reply.code(status).headers(headers);
  if (stamp !== undefined) void reply.headers(stampHeaders(stamp));
  return reply.send(body);
}

/** In the shape of every error. */
export function sendError(reply: FastifyReply, response: ErrorResponse): FastifyReply {
  return sendAnswer(reply, errorAnswer(response));
}
