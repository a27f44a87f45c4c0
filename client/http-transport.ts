// One attempt at one endpoint: sends a request over HTTP and tells its outcome. What was never sent did not happen; what
// was sent and got no answer may have.
import type { Outcome } from "../core/base/outcome.ts";
import { done, refused, unknown } from "../core/base/outcome.ts";
import { KEY_BYTES_MAX, OPERATIONS_MAX, QUERY_BYTES_MAX } from "../core/kv/limits.ts";
import type { AnswerStamp } from "../core/routing/routes.ts";
import { Agent, errors, request } from "../runtime/http/http-client.ts";
import type { Dispatcher } from "../runtime/http/http-client.ts";
import { lookUp } from "../runtime/http/machine-names.ts";
import { neverSentCode } from "../runtime/http/never-sent.ts";
import type { Fields } from "./error-answers.ts";
import { asFields, readError } from "./error-answers.ts";

export type HttpAttempt = {
  readonly endpoint: string;
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

export type AttemptResult = {
  readonly outcome: Outcome<Fields>;
  /** What a refusal said about where and when to ask instead. */
  readonly leader: string | null;
  readonly retryAfterMs: number | null;
  /** Null where nobody answered. */
  readonly stamp: AnswerStamp | null;
};

export interface Transport {
  attempt(attempt: HttpAttempt): Promise<AttemptResult>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 1_000;
const CONNECTIONS_MAX = 128;
/** Of a connection that was opened for a call which had ended by then. Servers end those after ten seconds; others tell their time. */
const UNUSED_MS = 5_000;
const IN_BASE64 = 4 / 3;
/** Of a result among several: its key, and what stands around that and the value. */
const RESULT_BYTES_MAX = IN_BASE64 * KEY_BYTES_MAX + 512;
/** Of the largest answer that there is: a batch that reads as much as may be read at once. */
const ANSWER_BYTES_MAX = Math.ceil(IN_BASE64 * QUERY_BYTES_MAX + OPERATIONS_MAX * RESULT_BYTES_MAX);

export class HttpTransport implements Transport {
  // One request at a time on a connection: an answer that hangs must not hold up the next request's.
  readonly #agent = new Agent({
    connect: { timeout: CONNECT_TIMEOUT_MS, lookup: lookUp },
    connections: CONNECTIONS_MAX,
    pipelining: 1,
    keepAliveTimeout: UNUSED_MS,
  });

  async attempt({ endpoint, method, path, headers, body, timeoutMs, signal }: HttpAttempt): Promise<AttemptResult> {
    const ending = new AbortController();
    const end = (): void => ending.abort();
    const timer = setTimeout(end, timeoutMs);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    try {
      const text = body === null ? null : textOf(body);
      const response = await request(
        { origin: endpoint, path },
        {
          method,
          headers: body === null ? headers : { ...headers, "content-type": "application/json" },
          body: text,
          dispatcher: this.#agent,
          signal: ending.signal,
        },
      );
      return await readResponse(response);
    } catch (error) {
      return { outcome: outcomeOfFailure(error, ending.signal), leader: null, retryAfterMs: null, stamp: null };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

async function readResponse({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<AttemptResult> {
  const fields = asFields(JSON.parse(await readBounded(body)));
  const group = headers["flotilla-group"];
  const stamp = {
    group: typeof group === "string" ? group : null,
    term: count(headers["flotilla-term"]),
    configNumber: count(headers["flotilla-config"]),
  };
  if (statusCode < 300) return { outcome: done(fields), leader: null, retryAfterMs: null, stamp };
  return { ...readError(statusCode, asFields(fields["error"])), stamp };
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

class NoRequest extends Error {}

function textOf(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch (error) {
    throw new NoRequest(String(error), { cause: error });
  }
}

function outcomeOfFailure(error: unknown, ending: AbortSignal): Outcome<never> {
  // A token with a line end, for example: no member is to blame, and none would ever see it.
  if (error instanceof NoRequest || error instanceof errors.InvalidArgumentError) return refused("badRequest", error.message);
  const code = neverSentCode(error);
  if (code !== null) return refused("starting", `could not connect: ${code}`);
  return unknown(ending.aborted ? "deadline" : "connectionLost");
}

const count = (value: unknown): number | null => (typeof value === "string" && /^[0-9]{1,15}$/.test(value) ? Number(value) : null);
