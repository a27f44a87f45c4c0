// The calls of the store as HTTP: what is asked, and how an answer is read. Keys go as base64url and values as base64, so
// that any bytes pass. Whatever reads an answer throws on one that makes no sense.
import type { Outcome } from "../core/base/outcome.ts";
import { done } from "../core/base/outcome.ts";
import { shardOf } from "../core/shards/slots.ts";
import type { Call } from "./caller.ts";
import type { Bytes } from "./entry.ts";
import { bytesOf, Entry } from "./entry.ts";
import type { Fields } from "./error-answers.ts";
import { asFields, readError } from "./error-answers.ts";
import type { Comparison, Guards, Operation, ResultOf, Results, Transaction } from "./operations.ts";

export type Consistency = "linearizable" | "stale";
export type Page = { readonly entries: readonly Entry[]; readonly next: string | null };
export type PageWish = { readonly prefix: Bytes; readonly after: string | null; readonly limit: number; readonly resolve?: boolean };

const ENCODINGS = "keyEncoding=base64url&encoding=base64";

/** An answer about several operations, not yet matched to them. */
export type ManyResults = { readonly results: readonly Fields[]; readonly succeeded: boolean; readonly revision: number };

export function singleCall<O extends Operation>(operation: O, consistency: Consistency = "linearizable"): Call<ResultOf<O>> {
  const read = (fields: Fields): Outcome<ResultOf<O>> => done(resultIn(operation, fields));
  return { ...requestOf(operation, consistency), shard: shardOf(bytesOf(operation.key)), read };
}

/** All of one shard. What went wrong with all of them together is the outcome of the call, not of each. */
export function batchCall(operations: readonly Operation[], shard: number): Call<readonly Outcome<unknown>[]> {
  const body = { operations: operations.map(operationBody) };
  const read = (fields: Fields): Outcome<readonly Outcome<unknown>[]> => {
    const outcomes = listIn(fields, "results", operations.length).map((each, i) => outcomeIn(operations[i] as Operation, each));
    return outcomes.find(isOfAllTogether) ?? done(outcomes);
  };
  return { kind: kindOf(operations), method: "POST", path: `/v1/batch?${ENCODINGS}`, body, shard, read };
}

export function transactionCall(transaction: Transaction<readonly Operation[], readonly Operation[]>): Call<ManyResults> {
  const { compare = [], then = [], else: otherwise = [] } = transaction;
  const keys = [...compare, ...then, ...otherwise].map(({ key }) => key);
  const body = { compare: compare.map(comparisonBody), then: then.map(operationBody), else: otherwise.map(operationBody) };
  const read = (fields: Fields): Outcome<ManyResults> => {
    const succeeded = flagIn(fields, "succeeded");
    const results = listIn(fields, "results", (succeeded ? then : otherwise).length);
    return done({ succeeded, results, revision: numberIn(fields, "revision") });
  };
  const shard = keys[0] === undefined ? null : shardOf(bytesOf(keys[0]));
  return { kind: kindOf([...then, ...otherwise]), method: "POST", path: `/v1/txn?${ENCODINGS}`, body, shard, read };
}

export function pageCall({ prefix, after, limit, resolve = false }: PageWish): Call<Page> {
  const query = [
    `prefix=${key64(prefix)}`,
    ...(after === null ? [] : [`after=${encodeURIComponent(after)}`]),
    `limit=${limit}`,
    ...(resolve ? ["resolve=true"] : []),
  ];
  const read = (fields: Fields): Outcome<Page> => {
    const { next } = fields;
    if (next !== null && typeof next !== "string") throw new TypeError('"next"');
    return done({ entries: listIn(fields, "entries").map((each) => entryIn(fields64(each, "key", "base64url"), each)), next });
  };
  return { kind: "read", method: "GET", path: `/v1/kv?${query.join("&")}&${ENCODINGS}`, body: null, shard: null, read };
}

/** What became of one operation among several. */
export function resultIn<O extends Operation>(operation: O, fields: Fields): ResultOf<O> {
  return RESULTS[operation.op](fields, bytesOf(operation.key)) as ResultOf<O>;
}

type Request = Pick<Call<unknown>, "kind" | "method" | "path" | "body">;

function requestOf(operation: Operation, consistency: Consistency): Request {
  const path = (action = ""): string => `/v1/kv/${key64(operation.key)}${action}?keyEncoding=base64url`;
  switch (operation.op) {
    case "get":
      return { kind: "read", method: "GET", path: `${path()}&encoding=base64&consistency=${consistency}`, body: null };
    case "put":
      return { kind: "write", method: "PUT", path: path(), body: { ...valueBody(operation.value), ...guardsBody(operation) } };
    case "append":
      return { kind: "write", method: "POST", path: path("/append"), body: { ...valueBody(operation.value), ...guardsBody(operation) } };
    case "increment":
      return { kind: "write", method: "POST", path: path("/increment"), body: { by: `${operation.by}`, ...guardsBody(operation) } };
    case "delete": {
      const guards = Object.entries(guardsBody(operation)).map(([name, value]) => `&${name}=${value}`);
      return { kind: "write", method: "DELETE", path: path() + guards.join(""), body: null };
    }
  }
}

function operationBody(operation: Operation): Fields {
  const { op, key } = operation;
  const value = op === "put" || op === "append" ? { value: base64(operation.value) } : op === "increment" ? { by: `${operation.by}` } : {};
  return { op, key: key64(key), ...value, ...(op === "get" ? {} : guardsBody(operation)) };
}

function comparisonBody(comparison: Comparison): Fields {
  const { key, ...rest } = comparison;
  return "value" in comparison ? { key: key64(key), value: base64(comparison.value) } : { ...rest, key: key64(key) };
}

function guardsBody({ ifVersion, ifRevision, ttlMs }: Guards & { readonly ttlMs?: number | undefined }): Readonly<Record<string, number>> {
  return {
    ...(ifVersion === undefined ? {} : { ifVersion }),
    ...(ifRevision === undefined ? {} : { ifRevision }),
    ...(ttlMs === undefined ? {} : { ttlMs }),
  };
}

const valueBody = (value: Bytes): Fields => ({ value: base64(value), encoding: "base64" });
const key64 = (key: Bytes): string => Buffer.from(bytesOf(key)).toString("base64url");
const base64 = (value: Bytes): string => Buffer.from(bytesOf(value)).toString("base64");

const kindOf = (operations: readonly Operation[]): "read" | "write" => (operations.every(({ op }) => op === "get") ? "read" : "write");

function outcomeIn(operation: Operation, fields: Fields): Outcome<unknown> {
  const { error } = fields;
  if (error !== undefined) return readError(ERROR_STATUS, asFields(error)).outcome;
  return done(resultIn(operation, fields));
}

/** Errors inside an answer have no status of their own. */
const ERROR_STATUS = 400;
const OF_ONE: ReadonlySet<string> = new Set(["keyNotFound", "versionMismatch", "badRequest", "tooLarge", "notAnInteger", "overflow"]);

/** One operation's own refusals say nothing about the others; everything else befell all operations of the shard. */
function isOfAllTogether(outcome: Outcome<unknown>): outcome is Exclude<Outcome<never>, { readonly kind: "done" }> {
  return outcome.kind === "unknown" || (outcome.kind === "refused" && !OF_ONE.has(outcome.refusal.code));
}

type ReadResults = { readonly [K in keyof Results]: (fields: Fields, key: Uint8Array) => Results[K] };

const RESULTS: ReadResults = {
  get: (fields, key) => (fields["found"] === false ? null : entryIn(key, fields)),
  put: (fields) => changeIn(fields),
  append: (fields) => ({ ...changeIn(fields), length: numberIn(fields, "length") }),
  increment: (fields) => ({ ...changeIn(fields), value: BigInt(textIn(fields, "value")) }),
  delete: (fields) => ({ deleted: flagIn(fields, "deleted"), revision: numberIn(fields, "revision") }),
};

function entryIn(key: Uint8Array, fields: Fields): Entry {
  const expiresAtMs = fields["expiresAtMs"] === undefined ? null : numberIn(fields, "expiresAtMs");
  return new Entry({ key, value: fields64(fields, "value", "base64"), ...changeIn(fields), expiresAtMs });
}

const changeIn = (fields: Fields): { readonly version: number; readonly revision: number } => ({
  version: numberIn(fields, "version"),
  revision: numberIn(fields, "revision"),
});

function numberIn(fields: Fields, name: string): number {
  const value = fields[name];
  if (!Number.isSafeInteger(value)) throw new TypeError(`"${name}"`);
  return value as number;
}

function textIn(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string") throw new TypeError(`"${name}"`);
  return value;
}

function flagIn(fields: Fields, name: string): boolean {
  const value = fields[name];
  if (typeof value !== "boolean") throw new TypeError(`"${name}"`);
  return value;
}

function fields64(fields: Fields, name: string, encoding: "base64" | "base64url"): Uint8Array {
  return new Uint8Array(Buffer.from(textIn(fields, name), encoding));
}

function listIn(fields: Fields, name: string, length?: number): readonly Fields[] {
  const value = fields[name];
  if (!Array.isArray(value) || (length !== undefined && value.length !== length)) throw new TypeError(`"${name}"`);
  return value.map(asFields);
}
