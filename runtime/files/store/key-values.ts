// The store as inputs and outputs need it. What could not be done is a problem of the task, which is tried again.
import type { Outcome } from "../../../core/base/outcome.ts";
import { TaskProblem } from "../../tasks/task-problem.ts";

export type Bytes = string | Uint8Array;
/** `version`: 1 when the key was created, one more for each change. */
export type StoredEntry = {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly version: number;
  readonly revision: number;
};

export type StoredOperation =
  | { readonly op: "put"; readonly key: Bytes; readonly value: Bytes; readonly ifVersion?: number }
  | { readonly op: "get"; readonly key: Bytes }
  | { readonly op: "increment"; readonly key: Bytes; readonly by: bigint }
  | { readonly op: "delete"; readonly key: Bytes };

/** 0: there is no such key. */
export type StoredComparison = { readonly key: Bytes } & (
  { readonly version: number } | { readonly revision: number } | { readonly value: Bytes }
);

type Deadline = { readonly deadlineMs: number };

/** Writes take effect once, however often they are sent. The client library is one. */
export interface KeyValueStore {
  get(key: Bytes, options: Deadline): Promise<Outcome<StoredEntry | null>>;
  scanPage(
    prefix: Bytes,
    options: Deadline & { readonly after: string | null; readonly limit: number },
  ): Promise<Outcome<{ readonly entries: readonly StoredEntry[]; readonly next: string | null }>>;
  batch(operations: readonly StoredOperation[], options: Deadline): Promise<readonly Outcome<unknown>[]>;
  txn(
    transaction: { readonly compare: readonly StoredComparison[]; readonly then: readonly StoredOperation[] },
    options: Deadline,
  ): Promise<Outcome<{ readonly succeeded: boolean; readonly results: readonly unknown[] }>>;
}

/** `after`: the key behind which it begins. */
export type Place = { readonly after: Uint8Array | null; readonly limit: number };
export type EntryPage = { readonly entries: readonly StoredEntry[]; readonly next: Uint8Array | null };
export type Change = {
  readonly compare: readonly StoredComparison[];
  readonly put?: readonly (readonly [Bytes, Bytes])[];
  readonly remove?: readonly Bytes[];
};
export type Adding = Change & { readonly to: Bytes; readonly by: number };

type Transacted = { readonly succeeded: boolean; readonly results: readonly unknown[] };

const DEADLINE_MS = 30_000;
const PAGE = 500;
const AT_ONCE = 100;

export class KeyValues {
  readonly #store: KeyValueStore;

  constructor(store: KeyValueStore) {
    this.#store = store;
  }

  async get(key: Bytes): Promise<Uint8Array | null> {
    const entry = demand(await this.#store.get(key, { deadlineMs: DEADLINE_MS }), "read");
    return entry === null ? null : entry.value;
  }

  /** 0: there is no such key. */
  async version(key: Bytes): Promise<number> {
    return demand(await this.#store.get(key, { deadlineMs: DEADLINE_MS }), "read")?.version ?? 0;
  }

  async text(key: Bytes): Promise<string | null> {
    const value = await this.get(key);
    return value === null ? null : Buffer.from(value).toString();
  }

  async page(prefix: Bytes, { after, limit }: Place): Promise<EntryPage> {
    // As the client library has it, which asks for keys in this encoding.
    const from = after === null ? null : Buffer.from(after).toString("base64url");
    const page = demand(await this.#store.scanPage(prefix, { after: from, limit, deadlineMs: DEADLINE_MS }), "scan");
    return { entries: page.entries, next: page.next === null ? null : Buffer.from(page.next, "base64url") };
  }

  /** In byte order; each page as the store has it when it is asked for. */
  async *all(prefix: Bytes, after: Uint8Array | null = null): AsyncGenerator<readonly StoredEntry[]> {
    for (let place: Uint8Array | null = after; ;) {
      const { entries, next }: EntryPage = await this.page(prefix, { after: place, limit: PAGE });
      yield entries;
      if (next === null) return;
      place = next;
    }
  }

  async put(key: Bytes, value: Bytes): Promise<void> {
    await this.#write([{ op: "put", key, value }]);
  }

  /** Of each: whether it was written; if not, there was such a key. */
  async putNew(pairs: readonly { readonly key: Bytes; readonly value: Bytes }[]): Promise<readonly boolean[]> {
    const operations = pairs.map(({ key, value }) => ({ op: "put", key, value, ifVersion: 0 }) as const);
    const outcomes = await this.#store.batch(operations, { deadlineMs: DEADLINE_MS });
    return outcomes.map((outcome) => {
      if (outcome.kind === "refused" && outcome.refusal.code === "versionMismatch") return false;
      demand(outcome, "write");
      return true;
    });
  }

  async remove(keys: readonly Bytes[]): Promise<void> {
    for (let at = 0; at < keys.length; at += AT_ONCE) await this.#write(keys.slice(at, at + AT_ONCE).map((key) => ({ op: "delete", key })));
  }

  /** Everything that begins so. */
  async removeAll(prefix: string): Promise<void> {
    for await (const entries of this.all(prefix)) await this.remove(entries.map(({ key }) => key));
  }

  /** All of it or nothing; all keys are of one slot. False: something was not as it is compared with. */
  async change(change: Change): Promise<boolean> {
    return (await this.#txn(change)).succeeded;
  }

  /** Likewise, together with a number that becomes larger or smaller, and is returned. Null: something was not as it is compared with. */
  async add({ to, by, ...change }: Adding): Promise<number | null> {
    const { succeeded, results } = await this.#txn(change, { op: "increment", key: to, by: BigInt(by) });
    return succeeded ? Number((results[0] as { readonly value: bigint }).value) : null;
  }

  async #txn({ compare, put = [], remove = [] }: Change, ...first: readonly StoredOperation[]): Promise<Transacted> {
    const then = [
      ...first,
      ...put.map(([key, value]) => ({ op: "put", key, value }) as const),
      ...remove.map((key) => ({ op: "delete", key }) as const),
    ];
    return demand(await this.#store.txn({ compare, then }, { deadlineMs: DEADLINE_MS }), "write");
  }

  async #write(operations: readonly StoredOperation[]): Promise<void> {
    for (const outcome of await this.#store.batch(operations, { deadlineMs: DEADLINE_MS })) demand(outcome, "write");
  }
}

function demand<Value>(outcome: Outcome<Value>, what: string): Value {
  if (outcome.kind === "done") return outcome.value;
  const why =
    outcome.kind === "refused" ? `${outcome.refusal.code}: ${outcome.refusal.message}` : `nobody knows whether it did (${outcome.after})`;
  const isFinal = outcome.kind === "refused" && (outcome.refusal.code === "tooLarge" || outcome.refusal.code === "badRequest");
  throw new TaskProblem(isFinal ? "badOutput" : "unreachable", `the store did not ${what}: ${why}`);
}
