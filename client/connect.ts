// What the package `flotilla` gives to programs: `connect`, and the names of what it returns and throws.
import { valueOf } from "./outcome-errors.ts";
import { KvClient } from "./kv-client.ts";
import { localCluster } from "./local-cluster.ts";
import { Store } from "./store.ts";

export type ConnectOptions = {
  /** Any members of any groups, as `http://host:port`; one that runs is enough. Without: the cluster in `directory`. */
  readonly endpoints?: readonly string[];
  readonly endpoint?: string;
  readonly token?: string;
  /** Of the local cluster. */
  readonly directory?: string;
  /** How long a call may take, retries included, unless it says so itself; for connecting, too. */
  readonly deadlineMs?: number;
  /** Ends the connecting, and later every call. */
  readonly signal?: AbortSignal;
};

const DIRECTORY = ".flotilla";

/** Resolves when a member has answered. */
export async function connect(options: ConnectOptions = {}): Promise<Store> {
  const { endpoint, deadlineMs, signal, directory = DIRECTORY } = options;
  const named = options.endpoints ?? (endpoint === undefined ? null : [endpoint]);
  const { endpoints, token } = named === null ? localCluster(directory) : { endpoints: named, token: null };
  const limits = { ...(deadlineMs === undefined ? {} : { deadlineMs }), signal: signal ?? null };
  const client = new KvClient({ endpoints, token: options.token ?? token, ...limits });
  try {
    valueOf(await client.reach());
    return new Store(client);
  } catch (error) {
    await client.close();
    throw error;
  }
}

export type { Outcome, Refusal, RefusalCode, UnknownAfter } from "../core/base/outcome.ts";
export type { CallOptions } from "./call-budget.ts";
export { defineJob } from "./define-job.ts";
export type { Emit, JobFunctions, JobRecord, TaskContext } from "./define-job.ts";
export type { Appended, Bytes, Change, Deleted, Entry, Incremented } from "./entry.ts";
export type { Lock, LockOptions } from "./lock.ts";
export type { Comparison, Guards, Operation, PutGuards, Transaction, TransactionResult } from "./operations.ts";
export { op } from "./operations.ts";
export { RefusedError, UnknownOutcomeError } from "./outcome-errors.ts";
export type { ScanOptions, Store } from "./store.ts";
