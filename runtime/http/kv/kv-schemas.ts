// What each call of the store takes, as JSON schemas: requests are checked by them, and the OpenAPI document is made of them.
// Anything that is not named here is refused with its name. Sizes in bytes and contents in base64 are checked where they
// are decoded.
import { DEADLINE_MS_MAX, OPERATIONS_MAX, SCAN_ENTRIES_MAX } from "../../../core/kv/limits.ts";

export const KEY_ENCODINGS = ["utf8", "base64url"] as const;
export const VALUE_ENCODINGS = ["utf8", "base64"] as const;
export type KeyEncoding = (typeof KEY_ENCODINGS)[number];
export type ValueEncoding = (typeof VALUE_ENCODINGS)[number];

const object = <P extends Readonly<Record<string, unknown>>>(properties: P, required: readonly (keyof P & string)[] = []) =>
  ({ type: "object", properties, required, additionalProperties: false }) as const;

const TEXT = { type: "string" } as const;
const COUNT = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
const COUNT_TEXT = { type: "string", pattern: "^[0-9]{1,15}$" } as const;
const KEY_ENCODING = {
  type: "string",
  enum: KEY_ENCODINGS,
  description: "how keys are written, in the path, the query and the body",
} as const;
const ENCODING = { type: "string", enum: VALUE_ENCODINGS, description: "how values are written" } as const;
const GUARDS = {
  ifVersion: { ...COUNT, description: "only if the key is at this version; 0: only if it is absent" },
  ifRevision: { ...COUNT, description: "only if the key was last changed at this revision; 0: only if it is absent" },
} as const;
const TTL = {
  ttlMs: { type: "integer", minimum: 1, maximum: DEADLINE_MS_MAX, description: "the key ends by itself after so long" },
} as const;
const BY = { by: { type: "string", pattern: "^-?[0-9]{1,19}$", description: "a signed 64-bit integer in decimal" } } as const;

const OPERATIONS = [
  object({ op: { const: "get" }, key: TEXT }, ["op", "key"]),
  object({ op: { const: "put" }, key: TEXT, value: TEXT, encoding: ENCODING, ...GUARDS, ...TTL }, ["op", "key", "value"]),
  object({ op: { const: "delete" }, key: TEXT, ...GUARDS }, ["op", "key"]),
  object({ op: { const: "append" }, key: TEXT, value: TEXT, encoding: ENCODING, ...GUARDS }, ["op", "key", "value"]),
  object({ op: { const: "increment" }, key: TEXT, ...BY, ...GUARDS }, ["op", "key"]),
] as const;

const operations = (minItems: number) =>
  ({
    type: "array",
    minItems,
    maxItems: OPERATIONS_MAX,
    items: { type: "object", discriminator: { propertyName: "op" }, required: ["op"], oneOf: OPERATIONS },
  }) as const;

/** A key and one of the others. */
const COMPARISON = {
  ...object({ key: TEXT, version: COUNT, revision: COUNT, value: TEXT }, ["key"]),
  minProperties: 2,
  maxProperties: 2,
} as const;

const ENCODINGS = object({ keyEncoding: KEY_ENCODING, encoding: ENCODING });
const KEY = { params: object({ key: { type: "string", description: "percent-encoded; 1 to 1024 bytes" } }, ["key"]) } as const;

export const KV_SCHEMAS = {
  get: {
    ...KEY,
    querystring: object({
      keyEncoding: KEY_ENCODING,
      encoding: ENCODING,
      consistency: { type: "string", enum: ["linearizable", "stale"], description: "stale: what this member has applied, at once" },
    }),
  },
  put: { ...KEY, querystring: ENCODINGS, body: object({ value: TEXT, encoding: ENCODING, ...GUARDS, ...TTL }, ["value"]) },
  delete: { ...KEY, querystring: object({ keyEncoding: KEY_ENCODING, ifVersion: COUNT_TEXT, ifRevision: COUNT_TEXT }) },
  append: { ...KEY, querystring: ENCODINGS, body: object({ value: TEXT, encoding: ENCODING, ...GUARDS }, ["value"]) },
  increment: { ...KEY, querystring: ENCODINGS, body: object({ ...BY, ...GUARDS }) },
  scan: {
    querystring: object({
      keyEncoding: KEY_ENCODING,
      encoding: ENCODING,
      prefix: { type: "string", description: "keys that begin with it; without, all" },
      after: { type: "string", description: "keys above it: `next` of the page before" },
      limit: { type: "string", pattern: "^[0-9]{1,6}$", description: `entries of a page, at most; from 1 to ${SCAN_ENTRIES_MAX}` },
      resolve: {
        type: "string",
        enum: ["true", "false"],
        description: "true: of a prefix into which a job has written, what it wrote there; nothing, while it still writes",
      },
      shards: {
        type: "string",
        pattern: "^[0-9]{1,3}(,[0-9]{1,3}){0,255}$",
        description: "only keys of these shards, rising, with commas",
      },
    }),
  },
  txn: {
    querystring: ENCODINGS,
    body: object({
      compare: { type: "array", maxItems: OPERATIONS_MAX, items: COMPARISON },
      then: operations(0),
      else: operations(0),
      encoding: ENCODING,
    }),
  },
  batch: { querystring: ENCODINGS, body: object({ operations: operations(1), encoding: ENCODING }, ["operations"]) },
  shardMap: { querystring: object({}) },
} as const;

export type KvRoute = keyof typeof KV_SCHEMAS;

/** Bodies as their schemas let them through. */
export type OperationBody = {
  readonly op: "get" | "put" | "delete" | "append" | "increment";
  readonly key: string;
  readonly value?: string;
  readonly encoding?: ValueEncoding;
  readonly by?: string;
  readonly ifVersion?: number;
  readonly ifRevision?: number;
  readonly ttlMs?: number;
};

export type ComparisonBody = { readonly key: string; readonly version?: number; readonly revision?: number; readonly value?: string };

export type TransactionBody = {
  readonly compare?: readonly ComparisonBody[];
  readonly then?: readonly OperationBody[];
  readonly else?: readonly OperationBody[];
  readonly encoding?: ValueEncoding;
};

export type BatchBody = { readonly operations: readonly OperationBody[]; readonly encoding?: ValueEncoding };
