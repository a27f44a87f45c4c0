// What a client asks the key/value store, and what it is told. An output says only what was recorded: a field that is
// left out is not checked.
import type { HistoryReader } from "./history-file.ts";
import type { History, Operation } from "./history.ts";

/** `ifVersion`: only if the key has this version; 0 means absent. */
export type KvInput =
  | { readonly kind: "get"; readonly key: string }
  | { readonly kind: "put"; readonly key: string; readonly value: string; readonly ifVersion?: number }
  | { readonly kind: "append"; readonly key: string; readonly value: string; readonly ifVersion?: number }
  /** `by`, and what comes of it, are decimal numbers of 64 bits. */
  | { readonly kind: "increment"; readonly key: string; readonly by: string; readonly ifVersion?: number }
  | { readonly kind: "delete"; readonly key: string; readonly ifVersion?: number };

export type KvOutput =
  | { readonly kind: "found"; readonly value: string; readonly version?: number }
  | { readonly kind: "absent" }
  /** By a put or an append: the key's version and length in bytes from then on. */
  | { readonly kind: "written"; readonly version?: number; readonly length?: number }
  | { readonly kind: "incremented"; readonly value?: string; readonly version?: number }
  /** The key did not hold one, or the sum was none. */
  | { readonly kind: "notAnInteger" }
  | { readonly kind: "overflow" }
  /** False: there was nothing to delete. */
  | { readonly kind: "deleted"; readonly deleted: boolean }
  /** The guard failed; the version that the key had instead. */
  | { readonly kind: "versionMismatch"; readonly version?: number };

export type KvOperation = Operation<KvInput, KvOutput>;
export type KvHistory = History<KvInput, KvOutput>;

export const KV_READER: HistoryReader<KvInput, KvOutput> = {
  readInput: (json) => (matches(json, INPUT_FIELDS) ? (json as KvInput) : null),
  readOutput: (json) => (matches(json, OUTPUT_FIELDS) ? (json as KvOutput) : null),
};

type FieldType = "string" | "boolean" | "number?" | "string?" | "integer";
type FieldTable = Readonly<Record<string, Readonly<Record<string, FieldType>>>>;

const INPUT_FIELDS: FieldTable = {
  get: { key: "string" },
  put: { key: "string", value: "string", ifVersion: "number?" },
  append: { key: "string", value: "string", ifVersion: "number?" },
  increment: { key: "string", by: "integer", ifVersion: "number?" },
  delete: { key: "string", ifVersion: "number?" },
} satisfies Record<KvInput["kind"], Readonly<Record<string, FieldType>>>;

const OUTPUT_FIELDS: FieldTable = {
  found: { value: "string", version: "number?" },
  absent: {},
  written: { version: "number?", length: "number?" },
  incremented: { value: "string?", version: "number?" },
  notAnInteger: {},
  overflow: {},
  deleted: { deleted: "boolean" },
  versionMismatch: { version: "number?" },
} satisfies Record<KvOutput["kind"], Readonly<Record<string, FieldType>>>;

/** Has a known kind, every field of it in its type, and no other field: a misspelt one must not go unchecked. */
function matches(json: unknown, table: FieldTable): boolean {
  if (typeof json !== "object" || json === null) return false;
  const record = json as Readonly<Record<string, unknown>>;
  const kind = record["kind"];
  if (typeof kind !== "string" || !Object.hasOwn(table, kind)) return false;
  const fields = table[kind] ?? {};
  const isKnown = Object.keys(record).every((name) => name === "kind" || Object.hasOwn(fields, name));
  return isKnown && Object.entries(fields).every(([name, type]) => isOfType(record[name], type));
}

function isOfType(value: unknown, type: FieldType): boolean {
  if (type === "number?") return value === undefined || Number.isSafeInteger(value);
  if (type === "string?") return value === undefined || typeof value === "string";
  if (type === "integer") return typeof value === "string" && /^-?[0-9]{1,19}$/.test(value);
  return typeof value === type;
}
