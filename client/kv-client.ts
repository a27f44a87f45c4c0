// A client of the store: get, put, delete and append, each with one deadline and one of three outcomes. A write carries
// the client's id and a serial, and is sent again under the same serial until it is answered, so it takes effect once.
import { done } from "../core/base/outcome.ts";
import type { Outcome } from "../core/base/outcome.ts";
import type { Request, SoFar } from "../core/routing/retry.ts";
import { judge, outOfTime } from "../core/routing/retry.ts";
import { ClientSession } from "./client-session.ts";
import type { OpenWrite } from "./client-session.ts";
import type { HttpAnswer, HttpAttempt, Transport } from "./http-transport.ts";
import { HttpTransport } from "./http-transport.ts";
import { Endpoints } from "./endpoints.ts";

export type KvClientOptions = {
  /** Any members of the group, as `http://host:port`; one that runs is enough. */
  readonly endpoints: readonly string[];
  readonly deadlineMs?: number;
  /** How long one attempt may take before another member is asked. */
  readonly attemptMs?: number;
  /** Without: writes are sent at most once, and what gets no answer stays unknown. */
  readonly exactlyOnce?: boolean;
  readonly transport?: Transport;
};

export type CallOptions = { readonly deadlineMs?: number; readonly signal?: AbortSignal };
export type GuardOptions = CallOptions & { readonly ifVersion?: number; readonly ifRevision?: number };
export type GetOptions = CallOptions & { readonly consistency?: "linearizable" | "stale" };

export type Entry = { readonly value: Uint8Array; readonly version: number; readonly revision: number };
export type Change = { readonly version: number; readonly revision: number };
export type Appended = Change & { readonly length: number };
export type Deleted = { readonly deleted: boolean; readonly revision: number };

type Call = Pick<HttpAttempt, "method" | "path" | "body"> & { readonly request: Request; readonly options: CallOptions };
type Budget = { readonly untilMs: number; readonly signal: AbortSignal | null };

const DEADLINE_MS = 5_000;
const ATTEMPT_MS = 1_000;
const PAUSE_MS = { first: 5, longest: 200 };

export class KvClient {
  readonly #transport: Transport;
  readonly #endpoints: Endpoints;
  readonly #session: ClientSession;
  readonly #deadlineMs: number;
  readonly #attemptMs: number;
  readonly #writes: Request;

  constructor({ endpoints, deadlineMs = DEADLINE_MS, attemptMs = ATTEMPT_MS, exactlyOnce = true, transport }: KvClientOptions) {
    this.#transport = transport ?? new HttpTransport();
    this.#endpoints = new Endpoints(endpoints);
    this.#deadlineMs = deadlineMs;
    this.#attemptMs = attemptMs;
    this.#writes = exactlyOnce ? "exactlyOnce" : "plainWrite";
    this.#session = new ClientSession((signal) => this.#newClientId(signal));
  }

  /** Null when there is no such key. */
  async get(key: Bytes, options: GetOptions = {}): Promise<Outcome<Entry | null>> {
    const consistency = options.consistency ?? "linearizable";
    const path = `${pathOf(key)}&encoding=base64&consistency=${consistency}`;
    const outcome = await this.#call({ request: "read", method: "GET", path, body: null, options });
    if (outcome.kind === "refused" && outcome.refusal.code === "keyNotFound") return done(null);
    return mapOutcome(outcome, (fields) => ({ ...changeIn(fields), value: Buffer.from(String(fields["value"]), "base64") }));
  }

  async put(key: Bytes, value: Bytes, options: GuardOptions = {}): Promise<Outcome<Change>> {
    const body = { value: base64(value), encoding: "base64", ...guards(options) };
    return mapOutcome(await this.#call({ request: this.#writes, method: "PUT", path: pathOf(key), body, options }), changeIn);
  }

  async append(key: Bytes, value: Bytes, options: GuardOptions = {}): Promise<Outcome<Appended>> {
    const body = { value: base64(value), encoding: "base64", ...guards(options) };
    const outcome = await this.#call({ request: this.#writes, method: "POST", path: pathOf(key, "/append"), body, options });
    return mapOutcome(outcome, (fields) => ({ ...changeIn(fields), length: Number(fields["length"]) }));
  }

  async delete(key: Bytes, options: GuardOptions = {}): Promise<Outcome<Deleted>> {
    const query = Object.entries(guards(options)).map(([name, value]) => `&${name}=${value}`);
    const path = pathOf(key) + query.join("");
    const outcome = await this.#call({ request: this.#writes, method: "DELETE", path, body: null, options });
    return mapOutcome(outcome, (fields) => ({ deleted: fields["deleted"] === true, revision: Number(fields["revision"]) }));
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #call(call: Call): Promise<Outcome<HttpAnswer>> {
    const deadlineMs = call.options.deadlineMs ?? this.#deadlineMs;
    const budget: Budget = { untilMs: performance.now() + deadlineMs, signal: call.options.signal ?? null };
    if (call.request !== "exactlyOnce") return (await this.#attempts(call, budget, null)).outcome;
    for (;;) {
      const write = await this.#session.open(signalOf(budget));
      if (write === null) return outOfTime({ request: call.request, mayHaveHappened: false }, null);
      try {
        const result = await this.#attempts(call, budget, write);
        if (!result.needsNewClient) return result.outcome;
        this.#session.renew(write.client);
      } finally {
        write.close();
      }
    }
  }

  async #attempts(
    call: Call,
    budget: Budget,
    write: OpenWrite | null,
  ): Promise<{ readonly outcome: Outcome<HttpAnswer>; readonly needsNewClient: boolean }> {
    let soFar: SoFar = { request: call.request, mayHaveHappened: false };
    let last: Outcome<HttpAnswer> | null = null;
    for (let pauseMs = PAUSE_MS.first; remainingMs(budget) > 0; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.longest)) {
      const endpoint = this.#endpoints.current();
      const { outcome, leader } = await this.#transport.attempt(this.#attemptOf(call, { endpoint, budget, write }));
      last = outcome;
      const verdict = judge(soFar, outcome);
      if (verdict.kind === "over") return { outcome: verdict.outcome, needsNewClient: false };
      if (verdict.kind === "newClient") return { outcome, needsNewClient: true };
      soFar = verdict.soFar;
      if (verdict.where !== "sameAfterPause") this.#endpoints.leave(endpoint, leader);
      // A leader that was named is asked at once; whoever has no better idea waits a little.
      if (leader === null || pauseMs > PAUSE_MS.longest / 2) await pause(pauseMs, budget);
    }
    return { outcome: outOfTime(soFar, last), needsNewClient: false };
  }

  #attemptOf(call: Call, context: { readonly endpoint: string; readonly budget: Budget; readonly write: OpenWrite | null }): HttpAttempt {
    const timeoutMs = Math.max(1, Math.ceil(Math.min(remainingMs(context.budget), this.#attemptMs)));
    const { method, path, body } = call;
    const headers = { "flotilla-deadline-ms": String(timeoutMs), ...context.write?.headers() };
    return { endpoint: context.endpoint, method, path, body, headers, timeoutMs, signal: context.budget.signal };
  }

  async #newClientId(signal: AbortSignal): Promise<{ readonly client: string; readonly expiresAfterMs: number } | null> {
    const call: Call = { request: "read", method: "POST", path: "/v1/clients", body: {}, options: {} };
    const { outcome } = await this.#attempts(call, { untilMs: performance.now() + this.#deadlineMs, signal }, null);
    if (outcome.kind !== "done") return null;
    return { client: String(outcome.value.fields["client"]), expiresAfterMs: Number(outcome.value.fields["expiresAfterMs"]) };
  }
}

export type Bytes = string | Uint8Array;
type Fields = HttpAnswer["fields"];

function pathOf(key: Bytes, operation = ""): string {
  return `/v1/kv/${Buffer.from(key).toString("base64url")}${operation}?keyEncoding=base64url`;
}

const base64 = (value: Bytes): string => Buffer.from(value).toString("base64");

function guards({ ifVersion, ifRevision }: GuardOptions): Readonly<Record<string, number>> {
  return { ...(ifVersion === undefined ? {} : { ifVersion }), ...(ifRevision === undefined ? {} : { ifRevision }) };
}

const changeIn = (fields: Fields): Change => ({ version: Number(fields["version"]), revision: Number(fields["revision"]) });

function mapOutcome<T>(outcome: Outcome<HttpAnswer>, map: (fields: Fields) => T): Outcome<T> {
  return outcome.kind === "done" ? done(map(outcome.value.fields)) : outcome;
}

const remainingMs = ({ untilMs, signal }: Budget): number => (signal?.aborted === true ? 0 : untilMs - performance.now());

function signalOf(budget: Budget): AbortSignal {
  const deadline = AbortSignal.timeout(Math.max(0, Math.ceil(remainingMs(budget))));
  return budget.signal === null ? deadline : AbortSignal.any([deadline, budget.signal]);
}

/** With a random part, so that many callers that were turned away together don't come back together. */
function pause(ms: number, budget: Budget): Promise<void> {
  const chosen = Math.min(ms * (0.5 + Math.random() / 2), Math.max(0, remainingMs(budget)));
  return new Promise((resolve) => {
    const timer = setTimeout(finish, chosen);
    budget.signal?.addEventListener("abort", finish, { once: true });
    function finish(): void {
      clearTimeout(timer);
      budget.signal?.removeEventListener("abort", finish);
      resolve();
    }
  });
}
