// One attempt at one endpoint: sends a request over HTTP and tells its outcome. What was never sent did not happen; what
// was sent and got no answer may have.
import { Agent, request } from "undici";
import type { Dispatcher } from "undici";
import type { Outcome, RefusalCode, UnknownAfter } from "../core/base/outcome.ts";
import { refused, REFUSALS, unknown } from "../core/base/outcome.ts";
import { neverSentCode } from "../runtime/http/never-sent.ts";

export type HttpAttempt = {
  readonly endpoint: string;
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | null;
};

export type HttpAnswer = {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly group: string | null;
  readonly term: number | null;
  readonly index: number | null;
};

/** What a refusal said about where to go instead. */
export type AttemptResult = { readonly outcome: Outcome<HttpAnswer>; readonly leader: string | null };

export interface Transport {
  attempt(attempt: HttpAttempt): Promise<AttemptResult>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 1_000;
const ANSWER_BYTES_MAX = 4_194_304;

export class HttpTransport implements Transport {
  // No pipelining: an answer that hangs must not hold up the next request's.
  readonly #agent = new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS }, pipelining: 1, keepAliveTimeout: 10_000 });

  async attempt(attempt: HttpAttempt): Promise<AttemptResult> {
    const deadline = AbortSignal.timeout(attempt.timeoutMs);
    const signal = attempt.signal === null ? deadline : AbortSignal.any([deadline, attempt.signal]);
    try {
      const response = await request(new URL(attempt.path, attempt.endpoint), {
        method: attempt.method,
        headers: attempt.body === null ? attempt.headers : { ...attempt.headers, "content-type": "application/json" },
        body: attempt.body === null ? null : JSON.stringify(attempt.body),
        dispatcher: this.#agent,
        signal,
      });
      return await readResponse(response);
    } catch (error) {
      return { outcome: outcomeOfFailure(error, deadline), leader: null };
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

async function readResponse({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<AttemptResult> {
  const fields = asFields(JSON.parse(await readBounded(body)));
  const answer = {
    fields,
    group: text(headers["flotilla-group"]),
    term: count(headers["flotilla-term"]),
    index: count(headers["flotilla-index"]),
  };
  if (statusCode < 300) return { outcome: { kind: "done", value: answer }, leader: null };
  const error = asFields(fields["error"]);
  return { outcome: outcomeOfError(statusCode, error), leader: text(error["leader"]) };
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new RangeError(`an answer of more than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

const UNKNOWN_AFTERS: readonly UnknownAfter[] = ["deadline", "leadershipLost", "connectionLost", "shutdown", "internal"];

function outcomeOfError(status: number, error: Readonly<Record<string, unknown>>): Outcome<HttpAnswer> {
  const { code, message, outcome, ...details } = error;
  if (outcome !== "refused") return unknown(UNKNOWN_AFTERS.find((after) => after === code) ?? "connectionLost");
  const known = typeof code === "string" && Object.hasOwn(REFUSALS, code) ? (code as RefusalCode) : "internal";
  return refused(known, typeof message === "string" ? message : `HTTP status ${status}`, scalarsOf(details));
}

function outcomeOfFailure(error: unknown, deadline: AbortSignal): Outcome<never> {
  const code = neverSentCode(error);
  if (code !== null) return refused("starting", `could not connect: ${code}`);
  return unknown(deadline.aborted ? "deadline" : "connectionLost");
}

type Scalar = string | number | boolean | null;

function scalarsOf(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, Scalar>> {
  const isScalar = (entry: [string, unknown]): entry is [string, Scalar] => entry[1] === null || typeof entry[1] !== "object";
  return Object.fromEntries(Object.entries(fields).filter(isScalar));
}

function asFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
const count = (value: unknown): number | null => (typeof value === "string" && /^[0-9]{1,15}$/.test(value) ? Number(value) : null);
