// The operations on one key, as values: alone they are the calls of the client, several make a batch or a transaction,
// whose results have the types that belong to their operations.
import type { Outcome } from "../core/base/outcome.ts";
import type { Appended, Bytes, Change, Deleted, Entry, Incremented } from "./entry.ts";

/** What must be true of the key, or the operation is refused with `versionMismatch`. 0: there is no such key. */
export type Guards = { readonly ifVersion?: number | undefined; readonly ifRevision?: number | undefined };
/** Without `ttlMs` the key stays until it is deleted, whatever it was before. */
export type PutGuards = Guards & { readonly ttlMs?: number | undefined };

export type GetOperation = { readonly op: "get"; readonly key: Bytes };
export type PutOperation = PutGuards & { readonly op: "put"; readonly key: Bytes; readonly value: Bytes };
export type AppendOperation = Guards & { readonly op: "append"; readonly key: Bytes; readonly value: Bytes };
export type IncrementOperation = Guards & { readonly op: "increment"; readonly key: Bytes; readonly by: bigint };
export type DeleteOperation = Guards & { readonly op: "delete"; readonly key: Bytes };
export type Operation = GetOperation | PutOperation | AppendOperation | IncrementOperation | DeleteOperation;

/** Builds operations: `op.put("greeting", "hello")`. */
export const op = {
  get: (key: Bytes): GetOperation => ({ op: "get", key }),
  put: (key: Bytes, value: Bytes, guards: PutGuards = {}): PutOperation => ({ op: "put", key, value, ...guards }),
  append: (key: Bytes, value: Bytes, guards: Guards = {}): AppendOperation => ({ op: "append", key, value, ...guards }),
  increment: (key: Bytes, by: bigint = 1n, guards: Guards = {}): IncrementOperation => ({ op: "increment", key, by, ...guards }),
  delete: (key: Bytes, guards: Guards = {}): DeleteOperation => ({ op: "delete", key, ...guards }),
};

/** By the name of the operation. A key that is not there is null. */
export type Results = {
  readonly get: Entry | null;
  readonly put: Change;
  readonly append: Appended;
  readonly increment: Incremented;
  readonly delete: Deleted;
};

export type ResultOf<O extends Operation> = Results[O["op"]];
export type ResultsOf<O extends readonly Operation[]> = { readonly [I in keyof O]: ResultOf<O[I]> };
export type OutcomesOf<O extends readonly Operation[]> = { readonly [I in keyof O]: Outcome<ResultOf<O[I]>> };

/** `version` 0: there is no such key. */
export type Comparison = { readonly key: Bytes } & (
  { readonly version: number } | { readonly revision: number } | { readonly value: Bytes }
);

/** If all comparisons hold, `then` takes effect, otherwise `else`, at one moment. All keys are of one slot. */
export type Transaction<T extends readonly Operation[], E extends readonly Operation[]> = {
  readonly compare?: readonly Comparison[];
  readonly then?: T;
  readonly else?: E;
};

export type TransactionResult<T extends readonly Operation[], E extends readonly Operation[]> =
  | { readonly succeeded: true; readonly results: ResultsOf<T>; readonly revision: number }
  | { readonly succeeded: false; readonly results: ResultsOf<E>; readonly revision: number };
