// Performs calls: routes each attempt, folds outcomes over attempts, and tries again until there is an answer, no time or
// no budget for retries. Writes carry the client's id and a serial, the same at each attempt, so they take effect once.
import type { Outcome } from "../core/base/outcome.ts";
import { unknown } from "../core/base/outcome.ts";
import type { Request, SoFar } from "../core/routing/retry.ts";
import { judge, outOfTime } from "../core/routing/retry.ts";
import { RetryBudget } from "../core/routing/retry-budget.ts";
import type { Wish } from "../core/routing/routes.ts";
import { CallBudget } from "./call-budget.ts";
import type { CallOptions } from "./call-budget.ts";
import type { ClientId, OpenWrite } from "./client-session.ts";
import { ClientSession } from "./client-session.ts";
import type { Fields } from "./error-answers.ts";
import type { AttemptResult, HttpAttempt, Transport } from "./http-transport.ts";
import { Router } from "./router.ts";

export type Call<T> = Pick<HttpAttempt, "method" | "path" | "body"> & {
  readonly kind: "read" | "write";
  /** Null for what belongs to no shard. */
  readonly shard: number | null;
  /** What a success says. Throws where it doesn't say it. */
  readonly read: (fields: Fields) => Outcome<T>;
};

export type CallerOptions = {
  readonly endpoints: readonly string[];
  readonly transport: Transport;
  readonly token: string | null;
  readonly deadlineMs: number;
  readonly attemptMs: number;
  readonly exactlyOnce: boolean;
  /** Ends every call. */
  readonly signal: AbortSignal | null;
};

type Attempted<T> = { readonly outcome: Outcome<T>; readonly needsNewClient: boolean };
type Attempting = { readonly budget: CallBudget; readonly write: OpenWrite | null; readonly attemptMs: number };
type Next = { readonly origin: string | null; readonly isFree: boolean };

const PAUSE_MS = { first: 5, longest: 200 };
const CALLS_AT_ONCE = 32;
const RETRIES = { capacity: 500, perSecond: 500 };
/** The server is told a little less, so that its own word on the deadline still arrives. */
const SERVER_SHARE = 0.9;

export class Caller {
  readonly router: Router;
  readonly #options: CallerOptions;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #session: ClientSession;
  readonly #retries = new RetryBudget(RETRIES);
  readonly #closed = new AbortController();

  constructor(options: CallerOptions) {
    this.#options = options;
    this.#headers = options.token === null ? {} : { authorization: `Bearer ${options.token}` };
    this.router = new Router({ endpoints: options.endpoints, transport: options.transport, headers: this.#headers });
    this.#session = new ClientSession((signal) => this.#newClientId(signal));
  }

  async perform<T>(call: Call<T>, options: CallOptions): Promise<Outcome<T>> {
    const [outcome] = await this.performAll([call], options);
    return outcome ?? unknown("connectionLost");
  }

  /** Side by side, the writes among them under one serial: they must be of different shards. */
  performAll<T>(calls: readonly Call<T>[], options: CallOptions): Promise<readonly Outcome<T>[]> {
    this.router.begin();
    return this.within(options, async (budget) => {
      const outcomes: Outcome<T>[] = [];
      let pending = [...calls.keys()];
      for (let pauseMs = PAUSE_MS.first; pending.length > 0; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.longest)) {
        const needsSerial = this.#options.exactlyOnce && pending.some((i) => calls[i]?.kind === "write");
        const opened = needsSerial ? await this.#session.open(budget.signal) : null;
        const write = opened?.kind === "done" ? opened.value : null;
        const again: number[] = [];
        await sideBySide(pending, async (i) => {
          const call = calls[i] as Call<T>;
          const result =
            opened !== null && opened.kind !== "done" && call.kind === "write"
              ? { outcome: opened, needsNewClient: false }
              : await this.#attempts(call, budget, call.kind === "write" ? write : null);
          outcomes[i] = result.outcome;
          if (result.needsNewClient) again.push(i);
        });
        write?.close();
        if (write !== null && again.length > 0) this.#session.renew(write.client);
        // A group whose clock is far from the others' takes none of their ids: to ask on must cost no more than any other retry.
        if (again.length > 0 && !(await this.#mayAskAgain(budget, pauseMs))) break;
        pending = again;
      }
      return outcomes;
    });
  }

  /** With the deadline of a call, or that of the client; ends when the client ends. */
  within<T>({ deadlineMs = this.#options.deadlineMs, signal }: CallOptions, run: (budget: CallBudget) => Promise<T>): Promise<T> {
    const signals = [this.#closed.signal, this.#options.signal, signal].filter((each) => each !== null && each !== undefined);
    return CallBudget.with({ deadlineMs, signals }, run);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.router.close();
    await this.#options.transport.close();
  }

  async #attempts<T>(call: Call<T>, budget: CallBudget, write: OpenWrite | null): Promise<Attempted<T>> {
    const wish: Wish = { shard: call.shard, wants: call.kind === "write" ? "leader" : "anyMember" };
    const tried: string[] = [];
    let soFar: SoFar = { request: requestOf(call, write), mayHaveHappened: false };
    let last: Outcome<T> | null = null;
    let next: Next = { origin: null, isFree: false };
    let silences = 0;
    for (let pauseMs = PAUSE_MS.first; !budget.isOver; pauseMs = Math.min(2 * pauseMs, PAUSE_MS.longest)) {
      const origin = next.origin ?? this.router.routes.choose(wish, tried, performance.now());
      tried.push(origin);
      const askedMs = performance.now();
      const attemptMs = attemptMsAfter(silences, this.#options.attemptMs);
      const result = await this.#attempt(call, origin, { budget, write, attemptMs });
      if (isSilence(result)) silences++;
      this.router.learn({ origin, wish, tookMs: performance.now() - askedMs }, result);
      last = result.outcome.kind === "done" ? read(call, result.outcome.value) : result.outcome;
      const verdict = judge(soFar, last);
      if (verdict.kind === "over") return { outcome: verdict.outcome, needsNewClient: false };
      if (verdict.kind === "newClient") return { outcome: last, needsNewClient: true };
      soFar = verdict.soFar;
      next = this.#next(verdict.where, result, tried);
      if (verdict.where === "owner") await budget.waitFor(this.router.refresh());
      // What the server asks for is the least of a pause that has a random part.
      const askedForMs = verdict.where === "sameAfterPause" ? 2 * (result.retryAfterMs ?? 0) : 0;
      if (!(await this.#mayAskAgain(budget, next.isFree ? 0 : Math.max(pauseMs, askedForMs)))) break;
    }
    return { outcome: outOfTime(soFar, last), needsNewClient: false };
  }

  /** Waits first; false: there is no time or no budget for another attempt. */
  async #mayAskAgain(budget: CallBudget, pauseMs: number): Promise<boolean> {
    if (pauseMs > 0) await budget.pause(pauseMs);
    const tokenMs = this.#retries.take(performance.now(), budget.remainingMs);
    if (tokenMs === null) return false;
    if (tokenMs > 0) await budget.sleep(tokenMs);
    return !budget.isOver;
  }

  async #attempt<T>(call: Call<T>, endpoint: string, { budget, write, attemptMs }: Attempting): Promise<AttemptResult> {
    const timeoutMs = Math.max(1, Math.ceil(Math.min(budget.remainingMs, attemptMs)));
    const serverMs = Math.max(1, Math.floor(timeoutMs * SERVER_SHARE));
    const headers = { ...this.#headers, "flotilla-deadline-ms": String(serverMs), ...write?.headers() };
    const { method, path, body } = call;
    return this.#options.transport.attempt({ endpoint, method, path, body, headers, timeoutMs, signal: budget.signal });
  }

  /** A leader that was named is asked at once, unless this call has asked it before; whoever has no better idea waits a little. */
  #next(where: "leader" | "owner" | "elsewhere" | "sameAfterPause", { leader }: AttemptResult, tried: readonly string[]): Next {
    const origin = tried.at(-1) ?? null;
    if (where === "sameAfterPause") return { origin, isFree: false };
    if (where !== "leader" || leader === null || leader === origin) return { origin: null, isFree: false };
    if (this.router.routes.isAvoided(leader, performance.now())) return { origin: null, isFree: false };
    return { origin: leader, isFree: !tried.includes(leader) };
  }

  async #newClientId(signal: AbortSignal): Promise<Outcome<ClientId>> {
    const call: Call<ClientId> = {
      ...{ kind: "read", method: "POST", path: "/v1/clients", body: {}, shard: null },
      read: (fields) => ({ kind: "done", value: clientIdIn(fields) }),
    };
    return (await this.within({ signal }, (budget) => this.#attempts(call, budget, null))).outcome;
  }
}

/** One that is silent may be gone: the next is given no longer. Where a second one is, what is sent or answered takes longer. */
function attemptMsAfter(silences: number, attemptMs: number): number {
  return attemptMs * 2 ** Math.max(0, silences - 1);
}

/** Whoever says that there was no time has had enough for that. */
function isSilence({ outcome, stamp }: AttemptResult): boolean {
  return stamp === null && outcome.kind === "unknown" && outcome.after === "deadline";
}

function requestOf(call: Call<unknown>, write: OpenWrite | null): Request {
  return call.kind === "read" ? "read" : write === null ? "plainWrite" : "exactlyOnce";
}

/** An answer that makes no sense is none. */
function read<T>(call: Call<T>, fields: Fields): Outcome<T> {
  try {
    return call.read(fields);
  } catch {
    return unknown("connectionLost");
  }
}

function clientIdIn({ client, expiresAfterMs }: Fields): ClientId {
  if (typeof client !== "string" || typeof expiresAfterMs !== "number") throw new TypeError("no client id");
  return { client, expiresAfterMs };
}

/** All of them, a bounded number at a time. */
async function sideBySide(items: readonly number[], run: (item: number) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const takeOneByOne = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(CALLS_AT_ONCE, items.length) }, takeOneByOne));
}
