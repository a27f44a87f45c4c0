// One JSON value out of, or into, an HTTP message between processes: of bounded size, within a deadline.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Outcome } from "../../core/base/outcome.ts";
import { done, refused, unknown } from "../../core/base/outcome.ts";
import { linger } from "../http/linger.ts";

export const JSON_BYTES_MAX = 262_144;
const BODY_DEADLINE_MS = 5_000;

export type BodyLimits = { readonly bytesMax?: number; readonly deadlineMs?: number };

/** Calls back once: with the value, with what is wrong with it, or with `unknown` if the other side went away. */
export function collectJson(
  message: IncomingMessage,
  answer: (outcome: Outcome<unknown>) => void,
  { bytesMax = JSON_BYTES_MAX, deadlineMs = BODY_DEADLINE_MS }: BodyLimits = {},
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let isSettled = false;
  const settle = (outcome: Outcome<unknown>): void => {
    if (isSettled) return;
    isSettled = true;
    clearTimeout(deadline);
    message.pause();
    answer(outcome);
  };
  const deadline = setTimeout(() => {
    settle(refused("badRequest", `no whole body within ${deadlineMs} ms`));
  }, deadlineMs);
  message.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes > bytesMax) settle(refused("tooLarge", `a body of more than ${bytesMax} bytes`));
  });
  message.on("end", () => {
    settle(parse(Buffer.concat(chunks)));
  });
  message.on("error", () => {
    settle(unknown("connectionLost"));
  });
  message.on("close", () => {
    settle(unknown("connectionLost"));
  });
}

function parse(bytes: Buffer): Outcome<unknown> {
  try {
    return done(JSON.parse(bytes.toString()));
  } catch {
    return refused("badRequest", "the body is no JSON");
  }
}

/** Answers, and ends the connection if the request's body was not read to its end. */
export function respondJson(response: ServerResponse, status: number, value: unknown): void {
  const text = `${JSON.stringify(value)}\n`;
  const isRead = response.req.complete;
  const ending = isRead ? {} : { connection: "close" };
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text), ...ending });
  response.end(text);
  if (!isRead) linger(response.req);
}
