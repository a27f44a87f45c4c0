// Hands a request on to the member that can serve it, and its answer back. Sends once: what was sent and not answered may
// have happened, and is never sent again from here.
import type { Outcome } from "../../core/base/outcome.ts";
import { done, refused, REFUSALS, unknown } from "../../core/base/outcome.ts";
import type { RefusalCode, UnknownAfter } from "../../core/base/outcome.ts";
import { UNKNOWNS } from "./error-shape.ts";
import { Agent, request as send } from "./http-client.ts";
import { lookUp } from "./machine-names.ts";
import { neverSentCode } from "./never-sent.ts";

export type Forwarding = {
  readonly origin: string;
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  /** With its query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly timeoutMs: number;
};

export type Forwarded = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string };

/** A HEAD goes on as a GET: what an error says is in its body. Whoever asked for none gets none, of this member. */
export const handedOnAs = (method: string): Forwarding["method"] => (method === "HEAD" ? "GET" : (method as Forwarding["method"]));

/** On requests that another member handed on: they go no further, so that two members never send one to and fro. */
export const FORWARDED_HEADER = "flotilla-forwarded";

const CONNECTIONS_MAX = 64;
const CONNECT_TIMEOUT_MS = 1_000;
const PASSED_ON = ["flotilla-client", "flotilla-serial", "flotilla-acked", "authorization"];
const PASSED_BACK = ["content-type", "retry-after", "flotilla-group", "flotilla-term", "flotilla-index", "flotilla-config"];
/** So much earlier the other one gives up, that its own word on the deadline still arrives. */
const ANSWER_MS = { share: 0.1, most: 50 };

export class Forwarder {
  readonly #agent = new Agent({ connections: CONNECTIONS_MAX, pipelining: 1, connect: { timeout: CONNECT_TIMEOUT_MS, lookup: lookUp } });

  /** Never rejects. `done` is an answer, whatever it says; `refused`: it was never sent. */
  async forward({ origin, method, url, headers, body, timeoutMs }: Forwarding): Promise<Outcome<Forwarded>> {
    const deadline = AbortSignal.timeout(timeoutMs);
    const theirsMs = Math.max(1, timeoutMs - Math.min(ANSWER_MS.most, Math.ceil(timeoutMs * ANSWER_MS.share)));
    try {
      const response = await send(
        { origin, path: url },
        {
          method,
          headers: { ...passedOn(headers), "flotilla-deadline-ms": String(theirsMs), [FORWARDED_HEADER]: "1", ...contentType(body) },
          body: body === undefined || body === null ? null : JSON.stringify(body),
          dispatcher: this.#agent,
          signal: deadline,
        },
      );
      const text = await response.body.text();
      return done({ status: response.statusCode, headers: passedBack(response.headers), body: text });
    } catch (error) {
      const code = neverSentCode(error);
      if (code !== null) return refused("notLeader", `could not connect to ${origin}: ${code}`);
      return unknown(deadline.aborted ? "deadline" : "connectionLost");
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** What an answer says of the request: done, or what its error tells. Anything else proves nothing. */
export function outcomeIn({ status, body }: Forwarded): ForwardedOutcome {
  if (status < 300) return { outcome: done(null), leader: null };
  const { code, message, outcome, leader, owner } = errorIn(body);
  const told = typeof leader === "string" ? leader : null;
  if (outcome === "refused" && typeof code === "string" && Object.hasOwn(REFUSALS, code)) {
    const details = typeof owner === "string" ? { owner } : undefined;
    return { outcome: refused(code as RefusalCode, String(message), details), leader: told };
  }
  const isKnown = typeof code === "string" && Object.hasOwn(UNKNOWNS, code);
  return { outcome: unknown(isKnown ? (code as UnknownAfter) : "connectionLost"), leader: told };
}

/** `leader`: whom the other one named instead of itself. */
export type ForwardedOutcome = { readonly outcome: Outcome<null>; readonly leader: string | null };

function errorIn(body: string): Readonly<Record<string, unknown>> {
  try {
    const { error } = JSON.parse(body) as { readonly error?: unknown };
    return typeof error === "object" && error !== null ? (error as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

const contentType = (body: unknown): Readonly<Record<string, string>> =>
  body === undefined || body === null ? {} : { "content-type": "application/json" };

function passedOn(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(PASSED_ON.flatMap((name) => (typeof headers[name] === "string" ? [[name, headers[name]]] : [])));
}

function passedBack(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(PASSED_BACK.flatMap((name) => (typeof headers[name] === "string" ? [[name, headers[name]]] : [])));
}
