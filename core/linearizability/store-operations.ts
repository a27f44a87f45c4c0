// What a client asks the whole store, and what it is told: operations on one key, and transactions over several. The parts
// of a batch, which is not atomic, are recorded one by one.
import type { HistoryReader } from "./history-file.ts";
import type { History, Operation } from "./history.ts";
import { KV_READER } from "./kv-operations.ts";
import type { KvInput, KvOutput } from "./kv-operations.ts";

/** All of what it names has to be so. */
export type StoreComparison = {
  readonly key: string;
  /** 0: the key is absent. */
  readonly version?: number;
  readonly value?: string;
};

export type StoreTransaction = {
  readonly kind: "txn";
  readonly compare: readonly StoreComparison[];
  readonly then: readonly KvInput[];
  readonly else: readonly KvInput[];
};

export type StoreInput = KvInput | StoreTransaction;

export type StoreOutput =
  | KvOutput
  | { readonly kind: "transacted"; readonly succeeded: boolean; readonly results: readonly KvOutput[] }
  /** Nothing happened, because of what this operation of the branch would have been told. */
  | { readonly kind: "aborted"; readonly succeeded: boolean; readonly operation: number; readonly reason: KvOutput };

export type StoreOperation = Operation<StoreInput, StoreOutput>;
export type StoreHistory = History<StoreInput, StoreOutput>;

export const STORE_READER: HistoryReader<StoreInput, StoreOutput> = {
  readInput: (json) => (isRecord(json) && json["kind"] === "txn" ? readTransaction(json) : KV_READER.readInput(json)),
  readOutput(json) {
    if (!isRecord(json)) return null;
    if (json["kind"] === "transacted") return readTransacted(json);
    return json["kind"] === "aborted" ? readAborted(json) : KV_READER.readOutput(json);
  },
};

type Json = Readonly<Record<string, unknown>>;

function readTransaction(json: Json): StoreTransaction | null {
  const compare = readList(json["compare"], readComparison);
  const then = readList(json["then"], KV_READER.readInput);
  const otherwise = readList(json["else"], KV_READER.readInput);
  if (!hasOnly(json, ["kind", "compare", "then", "else"]) || compare === null || then === null || otherwise === null) return null;
  return compare.length + then.length + otherwise.length === 0 ? null : { kind: "txn", compare, then, else: otherwise };
}

function readComparison(json: unknown): StoreComparison | null {
  if (!isRecord(json) || !hasOnly(json, ["key", "version", "value"])) return null;
  const { key, version, value } = json as { key?: unknown; version?: unknown; value?: unknown };
  const isOne = typeof key === "string" && (version === undefined || Number.isSafeInteger(version));
  return isOne && (value === undefined || typeof value === "string") ? (json as StoreComparison) : null;
}

function readTransacted(json: Json): StoreOutput | null {
  const succeeded = json["succeeded"];
  const results = readList(json["results"], KV_READER.readOutput);
  if (!hasOnly(json, ["kind", "succeeded", "results"]) || typeof succeeded !== "boolean" || results === null) return null;
  return { kind: "transacted", succeeded, results };
}

function readAborted(json: Json): StoreOutput | null {
  const { succeeded, operation } = json as { succeeded?: unknown; operation?: unknown };
  const reason = KV_READER.readOutput(json["reason"]);
  if (!hasOnly(json, ["kind", "succeeded", "operation", "reason"]) || typeof succeeded !== "boolean" || reason === null) return null;
  return typeof operation === "number" ? { kind: "aborted", succeeded, operation, reason } : null;
}

function readList<T>(json: unknown, read: (each: unknown) => T | null): readonly T[] | null {
  if (!Array.isArray(json)) return null;
  const list = json.map(read).filter((each) => each !== null);
  return list.length === json.length ? list : null;
}

const hasOnly = (json: Json, fields: readonly string[]): boolean => Object.keys(json).every((name) => fields.includes(name));

function isRecord(json: unknown): json is Json {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
