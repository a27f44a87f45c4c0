// What clients ask the key/value store, as bytes. A command goes through the log and changes something; a query reads the
// applied state. The first byte names the operation; codes are never reused. A transaction or a batch holds its operations
// just as they would be alone, each with its length before it.
import { EMPTY_BYTES } from "../base/bytes.ts";
import { ByteReader } from "../base/byte-reader.ts";
import { ByteWriter, countLength, writeCount } from "../base/byte-writer.ts";
import { passingBytes } from "../base/passing-bytes.ts";
import type { ExpireCondition } from "./expire-condition.ts";
import { CONDITION_MASK, conditionOf, flagOfCondition } from "./expire-condition.ts";
import { INTEGER_BYTES, readInteger, writeInteger } from "./integers.ts";
import { OPERATIONS_MAX } from "./limits.ts";

/** A write that takes effect only if the key is as the writer believes. Version 0 and revision 0: the key is absent. */
export type Guards = {
  readonly ifVersion: number | null;
  readonly ifRevision: number | null;
  /** Whatever it is, as long as there is something. */
  readonly ifPresent?: true;
};

export const NO_GUARDS: Guards = { ifVersion: null, ifRevision: null };

/** When a key is to be gone by itself. */
export type TimeToLive =
  /** It stays. */
  | { readonly kind: "forever" }
  /** As before. */
  | { readonly kind: "keep" }
  /** So long after the stamp of the entry that says so. */
  | { readonly kind: "after"; readonly ms: number }
  /** At a moment in log time. One that has passed is allowed: then the key is absent at once. */
  | { readonly kind: "at"; readonly ms: number };

export const FOREVER: TimeToLive = { kind: "forever" };

export type KvPut = {
  readonly kind: "put";
  readonly key: Uint8Array;
  readonly guards: Guards;
  readonly value: Uint8Array;
  /** Without it an old time to live ends. */
  readonly ttl?: TimeToLive;
};
export type KvAppend = { readonly kind: "append"; readonly key: Uint8Array; readonly guards: Guards; readonly value: Uint8Array };
export type KvDelete = { readonly kind: "delete"; readonly key: Uint8Array; readonly guards: Guards };
/** The value is a decimal number of 64 bits, signed; an absent key counts as 0. */
export type KvIncrement = { readonly kind: "increment"; readonly key: Uint8Array; readonly guards: Guards; readonly by: bigint };
/** Another time to live for a key that is there; `forever` ends the one that it has. */
export type KvExpire = {
  readonly kind: "expire";
  readonly key: Uint8Array;
  readonly guards: Guards;
  readonly ttl: TimeToLive;
  readonly only?: ExpireCondition;
};
/** What is in the value from `offset` on is replaced; what is missing before it is zeros. Nothing to write changes nothing. */
export type KvSetRange = {
  readonly kind: "setRange";
  readonly key: Uint8Array;
  readonly guards: Guards;
  readonly offset: number;
  readonly value: Uint8Array;
};
/** The value is a decimal fraction, and so is `by`; an absent key counts as 0. See extended-floats.ts. */
export type KvIncrementFloat = {
  readonly kind: "incrementFloat";
  readonly key: Uint8Array;
  readonly guards: Guards;
  readonly by: Uint8Array;
};
/** The value and its time to live go to another key of the same slot, whatever was there. */
export type KvRename = { readonly kind: "rename"; readonly key: Uint8Array; readonly guards: Guards; readonly to: Uint8Array };
export type KvGet = { readonly kind: "get"; readonly key: Uint8Array };
/** What there is to know of a key, without its value. */
export type KvDescribe = { readonly kind: "describe"; readonly key: Uint8Array };

export type KvWrite = KvPut | KvAppend | KvDelete | KvIncrement | KvExpire | KvSetRange | KvIncrementFloat | KvRename;
export type KvRead = KvGet | KvDescribe;
/** What a transaction or a batch is made of. */
export type KvOperation = KvWrite | KvRead;

export const isRead = (operation: KvOperation): operation is KvRead => operation.kind === "get" || operation.kind === "describe";

/** What a transaction demands of a key. Version 0 and revision 0: it is absent. */
export type Comparison =
  | { readonly kind: "version"; readonly key: Uint8Array; readonly version: number }
  | { readonly kind: "revision"; readonly key: Uint8Array; readonly revision: number }
  | { readonly kind: "value"; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: "presence"; readonly key: Uint8Array; readonly isPresent: boolean };

/** Does `then` if every comparison holds, and `else` if not: all of it, or nothing if one operation can't be done. Keys are of one slot. */
export type KvTransaction = {
  readonly kind: "txn";
  readonly compare: readonly Comparison[];
  readonly then: readonly KvOperation[];
  readonly else: readonly KvOperation[];
};

/** One operation after the other, each with its own outcome. Keys are of one shard. */
export type KvBatch = { readonly kind: "batch"; readonly operations: readonly KvOperation[] };

/** A batch, if every comparison holds; else nothing. Keys, those that are compared too, are of one slot. */
export type KvGuardedBatch = {
  readonly kind: "guardedBatch";
  readonly compare: readonly Comparison[];
  readonly operations: readonly KvOperation[];
};

export type KvCompound = KvTransaction | KvBatch | KvGuardedBatch;
export type KvCommand = KvWrite | KvCompound;

/** Keys that begin with `prefix` and are above `after`, in order; at most so many, of about so many bytes. */
export type KvScan = {
  readonly kind: "scan";
  readonly prefix: Uint8Array;
  readonly after: Uint8Array | null;
  readonly limit: number;
  readonly bytesMax: number;
};

/** A transaction or a batch is a query if it only reads. */
export type KvQuery = KvRead | KvScan | KvCompound;

type OperationKind = KvOperation["kind"];

const CODES = {
  put: 1,
  append: 2,
  delete: 3,
  get: 4,
  increment: 5,
  expire: 6,
  txn: 7,
  batch: 8,
  describe: 9,
  setRange: 10,
  incrementFloat: 11,
  rename: 12,
  guardedBatch: 13,
} as const satisfies Record<OperationKind | KvCommand["kind"], number>;
const QUERY_CODES = { get: 1, scan: 2, txn: 3, batch: 4, describe: 5, guardedBatch: 6 } as const satisfies Record<KvQuery["kind"], number>;
const COMPARISON_CODES = { version: 1, revision: 2, value: 3, presence: 4 } as const satisfies Record<Comparison["kind"], number>;

const KINDS = kindsByCode(CODES);
const QUERY_KINDS = kindsByCode(QUERY_CODES);
const COMPARISON_KINDS = kindsByCode(COMPARISON_CODES);

const HAS_VERSION_GUARD = 1;
const HAS_REVISION_GUARD = 2;
const HAS_TO_BE_PRESENT = 16;
const GUARD_FLAGS = HAS_VERSION_GUARD | HAS_REVISION_GUARD | HAS_TO_BE_PRESENT;
const TTL_FLAGS = { forever: 0, keep: 4, after: 8, at: 12 } as const satisfies Record<TimeToLive["kind"], number>;
const TTL_KINDS = kindsByCode(TTL_FLAGS);
const TTL_MASK = 12;
const COMPOUNDS: ReadonlySet<string> = new Set<KvCompound["kind"]>(["txn", "batch", "guardedBatch"]);

function kindsByCode<K extends string>(codes: Readonly<Record<K, number>>): ReadonlyMap<number, K> {
  return new Map(Object.entries(codes).map(([kind, code]) => [code as number, kind as K]));
}

export function encodeCommand(command: KvCommand): Uint8Array {
  return isCompound(command) ? encodeParts(CODES[command.kind], command) : encodeOperation(command);
}

/** Null for bytes that are no command. Keys and values are views into them. */
export function decodeCommand(bytes: Uint8Array): KvCommand | null {
  const kind = commandKind(bytes);
  if (kind === null) return null;
  if (isCompoundKind(kind)) return decodeParts(kind, new ByteReader(bytes, 1));
  return decodeOperation(bytes) as KvCommand | null;
}

/** Looks at no more than the first byte. */
export function commandKind(bytes: Uint8Array): KvCommand["kind"] | null {
  const kind = KINDS.get(bytes[0] ?? 0);
  return kind === undefined || kind === "get" || kind === "describe" ? null : kind;
}

/** Looks at no more than the first byte. */
export const queryKind = (bytes: Uint8Array): KvQuery["kind"] | null => QUERY_KINDS.get(bytes[0] ?? 0) ?? null;

const isCompoundKind = (kind: string): kind is KvCompound["kind"] => COMPOUNDS.has(kind);

export function isCompound(command: KvCommand | KvQuery): command is KvCompound {
  return COMPOUNDS.has(command.kind);
}

export function encodeQuery(query: KvQuery): Uint8Array {
  const code = QUERY_CODES[query.kind];
  if (isCompound(query)) return encodeParts(code, query);
  const writer = new ByteWriter().uint8(code);
  if (query.kind !== "scan") return writer.sized(query.key).finish();
  const { prefix, after, limit, bytesMax } = query;
  writer.sized(prefix).count(limit).count(bytesMax);
  return after === null ? writer.uint8(0).finish() : writer.uint8(1).sized(after).finish();
}

export function decodeQuery(bytes: Uint8Array): KvQuery | null {
  const reader = new ByteReader(bytes);
  const kind = QUERY_KINDS.get(reader.uint8());
  if (kind === undefined) return null;
  if (isCompoundKind(kind)) return decodeParts(kind, reader);
  const query = kind === "scan" ? readScan(reader) : { kind, key: reader.sized() };
  return query !== null && reader.isIntact && reader.remaining === 0 ? query : null;
}

function readScan(reader: ByteReader): KvQuery | null {
  const [prefix, limit, bytesMax, hasAfter] = [reader.sized(), reader.count(), reader.count(), reader.uint8()];
  if (hasAfter > 1) return null;
  return { kind: "scan", prefix, limit, bytesMax, after: hasAfter === 1 ? reader.sized() : null };
}

/** Into memory of just the right size, and not for long: every write of every client comes through here. */
function encodeOperation(operation: KvOperation): Uint8Array {
  const { key } = operation;
  const guards = isRead(operation) ? NO_GUARDS : operation.guards;
  const { ifVersion, ifRevision } = guards;
  const ttl = (operation.kind === "put" || operation.kind === "expire" ? operation.ttl : undefined) ?? FOREVER;
  const ttlMs = ttl.kind === "after" || ttl.kind === "at" ? ttl.ms : null;
  const startsAt = operation.kind === "setRange" ? operation.offset : null;
  const content = contentOf(operation);
  const numbers = optionalLength(ifVersion) + optionalLength(ifRevision) + optionalLength(ttlMs) + optionalLength(startsAt);
  const bytes = passingBytes(2 + countLength(key.length) + key.length + numbers + content.length);
  bytes[0] = CODES[operation.kind];
  bytes[1] = flagsOf(guards) | TTL_FLAGS[ttl.kind] | (operation.kind === "expire" ? flagOfCondition(operation.only) : 0);
  let offset = writeCount(bytes, 2, key.length);
  bytes.set(key, offset);
  offset += key.length;
  if (ifVersion !== null) offset = writeCount(bytes, offset, ifVersion);
  if (ifRevision !== null) offset = writeCount(bytes, offset, ifRevision);
  if (ttlMs !== null) offset = writeCount(bytes, offset, ttlMs);
  if (startsAt !== null) offset = writeCount(bytes, offset, startsAt);
  bytes.set(content, offset);
  return bytes;
}

function flagsOf({ ifVersion, ifRevision, ifPresent }: Guards): number {
  const numbers = (ifVersion === null ? 0 : HAS_VERSION_GUARD) | (ifRevision === null ? 0 : HAS_REVISION_GUARD);
  return ifPresent === true ? numbers | HAS_TO_BE_PRESENT : numbers;
}

function contentOf(operation: KvOperation): Uint8Array {
  switch (operation.kind) {
    case "put":
    case "append":
    case "setRange":
      return operation.value;
    case "increment":
      return writeInteger(operation.by);
    case "incrementFloat":
      return operation.by;
    case "rename":
      return operation.to;
    case "delete":
    case "expire":
    case "get":
    case "describe":
      return EMPTY_BYTES;
  }
}

const optionalLength = (value: number | null): number => (value === null ? 0 : countLength(value));

function decodeOperation(bytes: Uint8Array): KvOperation | null {
  const reader = new ByteReader(bytes);
  const kind = KINDS.get(reader.uint8());
  const flags = reader.uint8();
  const key = reader.sized();
  const guards = readGuards(reader, flags);
  const ttl = (flags & TTL_MASK) === 0 ? FOREVER : readTimeToLive(reader, flags & TTL_MASK);
  const offset = kind === "setRange" ? reader.count() : 0;
  const content = reader.rest();
  if (kind === undefined || isCompoundKind(kind) || !reader.isIntact) return null;
  if ((flags & ~FLAGS_OF[kind]) !== 0) return null;
  switch (kind) {
    case "put":
      return ttl === FOREVER ? { kind, key, guards, value: content } : { kind, key, guards, value: content, ttl };
    case "append":
      return { kind, key, guards, value: content };
    case "increment":
      return content.length === INTEGER_BYTES ? { kind, key, guards, by: readInteger(content) } : null;
    case "expire":
      return content.length === 0 ? readExpire({ kind, key, guards, ttl }, flags & CONDITION_MASK) : null;
    case "setRange":
      return { kind, key, guards, offset, value: content };
    case "incrementFloat":
      return { kind, key, guards, by: content };
    case "rename":
      return { kind, key, guards, to: content };
    case "delete":
      return content.length === 0 ? { kind, key, guards } : null;
    case "get":
    case "describe":
      return content.length === 0 ? { kind, key } : null;
  }
}

function readExpire(expire: KvExpire, condition: number): KvExpire | null {
  if (condition === 0) return expire;
  const only = conditionOf(condition);
  return only === null ? null : { ...expire, only };
}

const FLAGS_OF: Readonly<Record<OperationKind, number>> = {
  put: GUARD_FLAGS | TTL_MASK,
  append: GUARD_FLAGS,
  delete: GUARD_FLAGS,
  get: 0,
  increment: GUARD_FLAGS,
  expire: GUARD_FLAGS | TTL_MASK | CONDITION_MASK,
  describe: 0,
  setRange: GUARD_FLAGS,
  incrementFloat: GUARD_FLAGS,
  rename: GUARD_FLAGS,
};

function readGuards(reader: ByteReader, flags: number): Guards {
  if ((flags & GUARD_FLAGS) === 0) return NO_GUARDS;
  const ifVersion = (flags & HAS_VERSION_GUARD) === 0 ? null : reader.count();
  const ifRevision = (flags & HAS_REVISION_GUARD) === 0 ? null : reader.count();
  return (flags & HAS_TO_BE_PRESENT) === 0 ? { ifVersion, ifRevision } : { ifVersion, ifRevision, ifPresent: true };
}

function readTimeToLive(reader: ByteReader, flags: number): TimeToLive {
  const kind = TTL_KINDS.get(flags) ?? "forever";
  return kind === "after" || kind === "at" ? { kind, ms: reader.count() } : { kind };
}

function encodeParts(code: number, command: KvCompound): Uint8Array {
  const writer = new ByteWriter().uint8(code);
  if (command.kind === "batch") return writeOperations(writer, command.operations).finish();
  writer.count(command.compare.length);
  for (const comparison of command.compare) writeComparison(writer, comparison);
  if (command.kind === "guardedBatch") return writeOperations(writer, command.operations).finish();
  writeOperations(writer, command.then);
  return writeOperations(writer, command.else).finish();
}

function writeOperations(writer: ByteWriter, operations: readonly KvOperation[]): ByteWriter {
  writer.count(operations.length);
  for (const operation of operations) writer.sized(encodeOperation(operation));
  return writer;
}

function writeComparison(writer: ByteWriter, comparison: Comparison): void {
  writer.uint8(COMPARISON_CODES[comparison.kind]).sized(comparison.key);
  if (comparison.kind === "version") writer.count(comparison.version);
  else if (comparison.kind === "revision") writer.count(comparison.revision);
  else if (comparison.kind === "presence") writer.uint8(comparison.isPresent ? 1 : 0);
  else writer.sized(comparison.value);
}

function decodeParts(kind: KvCompound["kind"], reader: ByteReader): KvCompound | null {
  const compare = kind === "batch" ? [] : readList(reader, readComparison);
  const first = readList(reader, readOperation);
  const second = kind === "txn" ? readList(reader, readOperation) : [];
  if (compare === null || first === null || second === null || !reader.isIntact || reader.remaining > 0) return null;
  if (kind === "batch") return { kind, operations: first };
  return kind === "txn" ? { kind, compare, then: first, else: second } : { kind, compare, operations: first };
}

/** Null if it is too long, or one of it can't be read. */
function readList<T>(reader: ByteReader, read: (reader: ByteReader) => T | null): readonly T[] | null {
  const length = reader.count();
  if (length > OPERATIONS_MAX) return null;
  const list: T[] = [];
  for (let i = 0; i < length; i++) {
    const one = read(reader);
    if (one === null || !reader.isIntact) return null;
    list.push(one);
  }
  return list;
}

const readOperation = (reader: ByteReader): KvOperation | null => decodeOperation(reader.sized());

function readComparison(reader: ByteReader): Comparison | null {
  const kind = COMPARISON_KINDS.get(reader.uint8());
  const key = reader.sized();
  switch (kind) {
    case "version":
      return { kind, key, version: reader.count() };
    case "revision":
      return { kind, key, revision: reader.count() };
    case "value":
      return { kind, key, value: reader.sized() };
    case "presence": {
      const flag = reader.uint8();
      return flag > 1 ? null : { kind, key, isPresent: flag === 1 };
    }
    case undefined:
      return null;
  }
}
