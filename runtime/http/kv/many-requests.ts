// Transactions, batches and scans as the operations that a replica takes. Their query and body have passed the schemas
// already. What only reads goes as a read, which needs no log and no serial.
import { areOfOneSlot, keysOf } from "../../../core/kv/command-facts.ts";
import type { Comparison, KvCommand, KvOperation, KvTransaction } from "../../../core/kv/commands.ts";
import { encodeCommand, encodeQuery } from "../../../core/kv/commands.ts";
import { SCAN_ENTRIES_MAX } from "../../../core/kv/limits.ts";
import type { ClientOperation, Session } from "../../../core/replica/events.ts";
import { splitByShard } from "../../../core/routing/batch-parts.ts";
import { shardOf, SHARDS } from "../../../core/shards/slots.ts";
import type { Fields, Refused } from "./kv-fields.ts";
import { BadRequest, optionalCountText, orRefusal, readDeadline, readKey, readKeyPart, readSession, readValue } from "./kv-fields.ts";
import type { Encodings } from "./kv-requests.ts";
import { encodingsIn, readOperation } from "./kv-requests.ts";
import type { BatchBody, ComparisonBody, KeyEncoding, OperationBody, TransactionBody, ValueEncoding } from "./kv-schemas.ts";

export type ManyRequest = { readonly query: Fields; readonly headers: Fields; readonly body: unknown };

type ManyCall = { readonly deadlineMs: number; readonly encoding: ValueEncoding };

export type TransactionCall = ManyCall & { readonly kind: "call"; readonly shard: number; readonly operation: ClientOperation };

export function readTransaction({ query, headers, body }: ManyRequest): TransactionCall | Refused {
  return orRefusal(() => {
    const { compare = [], then = [], else: otherwise = [] } = body as TransactionBody;
    const encodings = encodingsIn(query, body);
    const transaction: KvTransaction = {
      kind: "txn",
      compare: compare.map((each) => readComparison(each, encodings)),
      then: then.map((each) => readOperation(each, encodings)),
      else: otherwise.map((each) => readOperation(each, encodings)),
    };
    const keys = keysOf(transaction);
    const [first] = keys;
    if (first === undefined) throw new BadRequest("a transaction names at least one key");
    if (!areOfOneSlot(keys)) throw new BadRequest("the keys of a transaction are of one slot: give them one {tag}", "crossSlot");
    const operation = asRequest(transaction, [...transaction.then, ...transaction.else], readSession(headers));
    return { kind: "call", shard: shardOf(first), operation, deadlineMs: readDeadline(headers), encoding: encodings.encoding };
  });
}

/** The operations of one shard, as a command or query and as the body for another member. */
export type BatchPartCall = {
  readonly shard: number;
  readonly positions: readonly number[];
  readonly operations: readonly OperationBody[];
  readonly operation: ClientOperation;
};

export type BatchCall = ManyCall & {
  readonly kind: "call";
  readonly operations: readonly OperationBody[];
  readonly parts: readonly BatchPartCall[];
};

type ReadPair = { readonly body: OperationBody; readonly operation: KvOperation };

export function readBatch({ query, headers, body }: ManyRequest): BatchCall | Refused {
  return orRefusal(() => {
    const { operations } = body as BatchBody;
    const encodings = encodingsIn(query, body);
    const session = readSession(headers);
    const pairs = operations.map((each): ReadPair => ({ body: each, operation: readOperation(each, encodings) }));
    const parts = splitByShard(pairs, ({ operation }) => operation.key).map(({ shard, positions, operations: own }) => ({
      ...{ shard, positions, operations: own.map((each) => each.body) },
      operation: asRequest(
        { kind: "batch", operations: own.map(({ operation }) => operation) },
        own.map(({ operation }) => operation),
        session,
      ),
    }));
    return { kind: "call", operations, parts, deadlineMs: readDeadline(headers), encoding: encodings.encoding };
  });
}

export type ScanCall = {
  readonly kind: "call";
  readonly prefix: Uint8Array;
  readonly after: Uint8Array | null;
  readonly limit: number;
  readonly shards: readonly number[];
  /** Where the prefix is that of a job's output: its pairs, under that prefix. */
  readonly resolve: boolean;
  readonly encodings: Encodings;
  readonly deadlineMs: number;
};

const SCAN_ENTRIES_DEFAULT = 100;
const ALL_SHARDS: readonly number[] = Array.from({ length: SHARDS }, (_, shard) => shard);

export function readScan({ query, headers, body }: ManyRequest): ScanCall | Refused {
  return orRefusal(() => {
    if (body !== undefined && body !== null) throw new BadRequest("a GET has no body");
    const encodings = encodingsIn(query, null);
    const { prefix = "", after, shards, resolve } = query as Readonly<Record<string, string | undefined>>;
    const limit = optionalCountText(query, "limit") ?? SCAN_ENTRIES_DEFAULT;
    if (limit < 1 || limit > SCAN_ENTRIES_MAX) throw new BadRequest(`"limit" must be from 1 to ${SCAN_ENTRIES_MAX}`);
    return {
      kind: "call",
      prefix: readKeyPart(prefix, encodings.keyEncoding, '"prefix"'),
      after: after === undefined ? null : readAfter(after, encodings.keyEncoding),
      limit,
      shards: shards === undefined ? ALL_SHARDS : readShards(shards),
      resolve: resolve === "true",
      encodings,
      deadlineMs: readDeadline(headers),
    };
  });
}

/** Before a key that is no text, or that begins so itself, where the other keys are texts. */
const RAW_MARK = "\u0000";

/** A key as `next` tells it, such that `after` takes it. */
export function nextOf(key: Uint8Array, encoding: KeyEncoding): string {
  if (encoding === "base64url") return Buffer.from(key).toString("base64url");
  const text = Buffer.from(key).toString();
  const isText = !text.startsWith(RAW_MARK) && Buffer.from(text).equals(key);
  return isText ? text : RAW_MARK + Buffer.from(key).toString("base64url");
}

function readAfter(after: string, encoding: KeyEncoding): Uint8Array {
  if (encoding === "utf8" && after.startsWith(RAW_MARK)) return readKeyPart(after.slice(RAW_MARK.length), "base64url", '"after"');
  return readKeyPart(after, encoding, '"after"');
}

function readShards(list: string): readonly number[] {
  const shards = list.split(",").map(Number);
  if (shards.every((shard, i) => shard < SHARDS && shard > (shards[i - 1] ?? -1))) return shards;
  throw new BadRequest(`"shards" must be numbers below ${SHARDS}, rising`);
}

function readComparison({ key, version, revision, value }: ComparisonBody, { keyEncoding, encoding }: Encodings): Comparison {
  const bytes = readKey(key, keyEncoding, '"key"');
  if (version !== undefined) return { kind: "version", key: bytes, version };
  if (revision !== undefined) return { kind: "revision", key: bytes, revision };
  return { kind: "value", key: bytes, value: readValue(value ?? "", encoding) };
}

function asRequest(
  command: Extract<KvCommand, { readonly kind: "txn" | "batch" }>,
  operations: readonly KvOperation[],
  session: Session | null,
): ClientOperation {
  const isRead = operations.every(({ kind }) => kind === "get");
  if (isRead) return { kind: "read", query: encodeQuery(command), consistency: "linearizable" };
  return { kind: "write", command: encodeCommand(command), session };
}
