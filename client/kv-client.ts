// The store's calls, each with one deadline and one of three outcomes: done, refused (it did not happen and will not) or
// unknown (it may have happened, or still may). `Store` is the same with errors instead of outcomes.
import type { Outcome } from "../core/base/outcome.ts";
import { done, refused, REFUSALS } from "../core/base/outcome.ts";
import { joinParts, splitByShard } from "../core/routing/batch-parts.ts";
import type { CallOptions } from "./call-budget.ts";
import { Caller } from "./caller.ts";
import type { Appended, Bytes, Change, Deleted, Entry, Incremented } from "./entry.ts";
import { bytesOf } from "./entry.ts";
import type { Consistency, Page } from "./http-calls.ts";
import { batchCall, pageCall, resultIn, singleCall, transactionCall } from "./http-calls.ts";
import type { Transport } from "./http-transport.ts";
import { HttpTransport } from "./http-transport.ts";
import type { LockOptions } from "./lock.ts";
import { Lock } from "./lock.ts";
import type { Guards, Operation, OutcomesOf, PutGuards, ResultsOf, Transaction, TransactionResult } from "./operations.ts";
import { op } from "./operations.ts";

export type KvClientOptions = {
  /** Any members of any groups, as `http://host:port`; one that runs is enough. */
  readonly endpoints: readonly string[];
  readonly token?: string | null;
  readonly deadlineMs?: number;
  /** How long one attempt may take before another member is asked; twice as long each time, once a second one gave no answer. */
  readonly attemptMs?: number;
  /** Without: writes are sent at most once, and what gets no answer stays unknown. */
  readonly exactlyOnce?: boolean;
  /** Ends every call. */
  readonly signal?: AbortSignal | null;
  readonly transport?: Transport;
};

export type GetOptions = CallOptions & { readonly consistency?: Consistency };
export type ScanPageOptions = CallOptions & {
  readonly after?: string | null;
  readonly limit?: number;
  /** Where a job has written under the prefix: what it wrote, once it is whole. */
  readonly resolve?: boolean;
};

const DEADLINE_MS = 5_000;
const ATTEMPT_MS = 1_000;
const PAGE_ENTRIES = 500;
const REACH_PAUSE_MS = 200;

export class KvClient {
  readonly #caller: Caller;
  readonly #endpoints: readonly string[];

  constructor({ endpoints, token = null, signal = null, transport = new HttpTransport(), ...options }: KvClientOptions) {
    const { deadlineMs = DEADLINE_MS, attemptMs = ATTEMPT_MS, exactlyOnce = true } = options;
    this.#endpoints = endpoints;
    this.#caller = new Caller({ endpoints, token, signal, transport, deadlineMs, attemptMs, exactlyOnce });
  }

  /** Null when there is no such key. */
  async get(key: Bytes, options: GetOptions = {}): Promise<Outcome<Entry | null>> {
    const outcome = await this.#caller.perform(singleCall(op.get(key), options.consistency), options);
    return outcome.kind === "refused" && outcome.refusal.code === "keyNotFound" ? done(null) : outcome;
  }

  put(key: Bytes, value: Bytes, options: PutGuards & CallOptions = {}): Promise<Outcome<Change>> {
    return this.#caller.perform(singleCall(op.put(key, value, options)), options);
  }

  append(key: Bytes, value: Bytes, options: Guards & CallOptions = {}): Promise<Outcome<Appended>> {
    return this.#caller.perform(singleCall(op.append(key, value, options)), options);
  }

  /** A key that is not there counts from 0. */
  increment(key: Bytes, by: bigint = 1n, options: Guards & CallOptions = {}): Promise<Outcome<Incremented>> {
    return this.#caller.perform(singleCall(op.increment(key, by, options)), options);
  }

  delete(key: Bytes, options: Guards & CallOptions = {}): Promise<Outcome<Deleted>> {
    return this.#caller.perform(singleCall(op.delete(key, options)), options);
  }

  async txn<const T extends readonly Operation[] = readonly [], const E extends readonly Operation[] = readonly []>(
    transaction: Transaction<T, E>,
    options: CallOptions = {},
  ): Promise<Outcome<TransactionResult<T, E>>> {
    const call = transactionCall(transaction);
    const operations = { true: transaction.then ?? [], false: transaction.else ?? [] };
    const read: typeof call.read = (fields) => {
      const outcome = call.read(fields);
      // Read to the end here: an answer that makes no sense must be no answer while there is time to ask again.
      if (outcome.kind === "done") resultsOf(operations[`${outcome.value.succeeded}`], outcome.value.results);
      return outcome;
    };
    const outcome = await this.#caller.perform({ ...call, read }, options);
    if (outcome.kind !== "done") return outcome;
    const { succeeded, results, revision } = outcome.value;
    return done({ succeeded, revision, results: resultsOf(operations[`${succeeded}`], results) } as TransactionResult<T, E>);
  }

  /** Any keys; not atomic. Each operation has an outcome of its own, in their order. */
  async batch<const O extends readonly Operation[]>(operations: O, options: CallOptions = {}): Promise<OutcomesOf<O>> {
    const parts = splitByShard<Operation>(operations, ({ key }) => bytesOf(key));
    const outcomes = await this.#caller.performAll(
      parts.map((part) => batchCall(part.operations, part.shard)),
      options,
    );
    const results = outcomes.map((outcome, i) =>
      outcome.kind === "done" ? outcome.value : (parts[i]?.operations ?? []).map((): Outcome<never> => outcome),
    );
    return joinParts(parts, results) as OutcomesOf<O>;
  }

  /** Some of the keys that begin with a prefix, in byte order, and where the next ones begin. */
  scanPage(prefix: Bytes, options: ScanPageOptions = {}): Promise<Outcome<Page>> {
    const { after = null, limit = PAGE_ENTRIES, resolve = false } = options;
    return this.#caller.perform(pageCall({ prefix, after, limit, resolve }), options);
  }

  /** Waits until the lock is free. Refused with `deadline` where somebody else held it all the time. */
  lock(name: string, options: LockOptions = {}): Promise<Outcome<Lock>> {
    return this.#caller.within(options, (budget) => Lock.acquire({ kv: this, name, budget, ttlMs: options.ttlMs }));
  }

  /** Done when a member has answered, whether or not it could say who serves what. */
  reach(options: CallOptions = {}): Promise<Outcome<void>> {
    return this.#caller.within(options, async (budget) => {
      for (;;) {
        let outcome: Outcome<unknown> | null = null;
        await budget.waitFor(this.#caller.router.refresh().then((each) => (outcome = each)));
        const verdict = verdictOnReach(outcome);
        if (verdict !== null) return verdict;
        if (budget.isOver) return refused("deadline", `none of the endpoints has answered: ${this.#endpoints.join(", ")}`);
        await budget.pause(REACH_PAUSE_MS);
      }
    });
  }

  async close(): Promise<void> {
    await this.#caller.close();
  }
}

/** Null where nobody said anything definite. */
function verdictOnReach(outcome: Outcome<unknown> | null): Outcome<void> | null {
  if (outcome === null || outcome.kind === "unknown") return null;
  if (outcome.kind === "done" || outcome.refusal.code === "notFound") return done(undefined);
  return REFUSALS[outcome.refusal.code].advice === "fixRequest" ? outcome : null;
}

function resultsOf(operations: readonly Operation[], results: readonly Parameters<typeof resultIn>[1][]): ResultsOf<readonly Operation[]> {
  return operations.map((operation, i) => resultIn(operation, results[i] ?? {}));
}
