// The store as most programs want it: what is done is returned, everything else is thrown. `outcome` has the same calls
// for programs that decide on each outcome.
import type { CallOptions } from "./call-budget.ts";
import type { Appended, Bytes, Change, Deleted, Entry, Incremented } from "./entry.ts";
import type { GetOptions, KvClient } from "./kv-client.ts";
import type { Lock, LockOptions } from "./lock.ts";
import type { Guards, Operation, OutcomesOf, PutGuards, Transaction, TransactionResult } from "./operations.ts";
import { valueOf } from "./outcome-errors.ts";

/** `deadlineMs` is for each page, and `pageSize` how many entries are asked for at once. */
export type ScanOptions = CallOptions & { readonly pageSize?: number };

export class Store {
  /** The same calls with outcomes: `{kind: "done", value}`, `{kind: "refused", refusal}` or `{kind: "unknown", after}`. */
  readonly outcome: KvClient;

  constructor(outcome: KvClient) {
    this.outcome = outcome;
  }

  /** Null when there is no such key. */
  async get(key: Bytes, options?: GetOptions): Promise<Entry | null> {
    return valueOf(await this.outcome.get(key, options));
  }

  async put(key: Bytes, value: Bytes, options?: PutGuards & CallOptions): Promise<Change> {
    return valueOf(await this.outcome.put(key, value, options));
  }

  async append(key: Bytes, value: Bytes, options?: Guards & CallOptions): Promise<Appended> {
    return valueOf(await this.outcome.append(key, value, options));
  }

  /** A key that is not there counts from 0. */
  async increment(key: Bytes, by?: bigint, options?: Guards & CallOptions): Promise<Incremented> {
    return valueOf(await this.outcome.increment(key, by, options));
  }

  async delete(key: Bytes, options?: Guards & CallOptions): Promise<Deleted> {
    return valueOf(await this.outcome.delete(key, options));
  }

  /** Atomic; all keys are of one slot. */
  async txn<const T extends readonly Operation[] = readonly [], const E extends readonly Operation[] = readonly []>(
    transaction: Transaction<T, E>,
    options?: CallOptions,
  ): Promise<TransactionResult<T, E>> {
    return valueOf(await this.outcome.txn(transaction, options));
  }

  /** Any keys; not atomic, so each operation has an outcome of its own, in their order. */
  batch<const O extends readonly Operation[]>(operations: O, options?: CallOptions): Promise<OutcomesOf<O>> {
    return this.outcome.batch(operations, options);
  }

  /** All keys that begin with a prefix, over all shards, in byte order. Each page is of its own moment. */
  async *scan(prefix: Bytes, { pageSize, ...options }: ScanOptions = {}): AsyncGenerator<Entry, void, undefined> {
    let after: string | null = null;
    do {
      const page = await this.outcome.scanPage(prefix, { ...options, after, ...(pageSize === undefined ? {} : { limit: pageSize }) });
      const { entries, next } = valueOf(page);
      yield* entries;
      after = next;
    } while (after !== null);
  }

  /** Waits until the lock is free, or until the deadline. */
  async lock(name: string, options?: LockOptions): Promise<Lock> {
    return valueOf(await this.outcome.lock(name, options));
  }

  close(): Promise<void> {
    return this.outcome.close();
  }
}
