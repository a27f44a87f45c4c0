// The calls about one key as the operations that a replica takes. Their query and body have passed the schemas already.
import type { KvOperation, TimeToLive } from "../../../core/kv/commands.ts";
import { encodeCommand, encodeQuery, isRead, FOREVER } from "../../../core/kv/commands.ts";
import { integerOfText } from "../../../core/kv/integers.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import type { Fields, Refused } from "./kv-fields.ts";
import {
  BadRequest,
  guardsIn,
  optionalCountText,
  refusalIn,
  percentDecoded,
  readDeadline,
  readKey,
  readSession,
  readValue,
} from "./kv-fields.ts";
import type { KeyEncoding, OperationBody, ValueEncoding } from "./kv-schemas.ts";
import type { RoutedOperation } from "./shard-router.ts";

export type SingleRoute = OperationBody["op"];

/** As it arrived: the key as in the path, still percent-encoded. */
export type KvHttpRequest = {
  readonly key: string;
  readonly query: Fields;
  readonly headers: Fields;
  readonly body: unknown;
};

export type KvCall = {
  readonly kind: "call";
  readonly shard: number;
  readonly operation: RoutedOperation;
  readonly deadlineMs: number;
  /** As the answer repeats it. */
  readonly key: string;
  readonly encoding: ValueEncoding;
};

export function readKvRequest(route: SingleRoute, request: KvHttpRequest): KvCall | Refused {
  try {
    return readCall(route, request);
  } catch (error) {
    return refusalIn(error);
  }
}

function readCall(route: SingleRoute, { key: segment, query, headers, body }: KvHttpRequest): KvCall {
  const text = percentDecoded(segment);
  const { keyEncoding, encoding } = encodingsIn(query, body);
  const key = readKey(text, keyEncoding);
  if (route === "get" && body !== undefined && body !== null) throw new BadRequest("a GET has no body");
  if (route === "delete" && body !== undefined && body !== null) throw new BadRequest("a DELETE has no body");
  const fields = route === "delete" ? guardTexts(query) : ((body ?? {}) as OperationFields);
  return {
    kind: "call",
    shard: shardOf(key),
    operation: asRequest(OPERATIONS[route](key, fields, encoding), query, headers),
    deadlineMs: readDeadline(headers),
    key: text,
    encoding,
  };
}

/** One of several: its own encoding goes before that of all together. */
export function readOperation(body: OperationBody, { keyEncoding, encoding }: Encodings): KvOperation {
  return OPERATIONS[body.op](readKey(body.key, keyEncoding, '"key"'), body, body.encoding ?? encoding);
}

export type Encodings = { readonly keyEncoding: KeyEncoding; readonly encoding: ValueEncoding };

/** What the body says goes before what the query says. */
export function encodingsIn(query: Fields, body: unknown): Encodings {
  const { encoding = query["encoding"] } = (body ?? {}) as { readonly encoding?: ValueEncoding };
  return { keyEncoding: (query["keyEncoding"] ?? "utf8") as KeyEncoding, encoding: (encoding ?? "utf8") as ValueEncoding };
}

type OperationFields = Partial<OperationBody>;
type Read = (key: Uint8Array, fields: OperationFields, encoding: ValueEncoding) => KvOperation;

const OPERATIONS: { readonly [R in SingleRoute]: Read } = {
  get: (key) => ({ kind: "get", key }),
  put: (key, fields, encoding) => ({
    kind: "put",
    key,
    guards: guardsIn(fields),
    value: readValue(fields.value ?? "", encoding),
    ttl: ttlIn(fields),
  }),
  append: (key, fields, encoding) => ({ kind: "append", key, guards: guardsIn(fields), value: readValue(fields.value ?? "", encoding) }),
  increment: (key, fields) => {
    const by = integerOfText(fields.by ?? "1");
    if (by === null) throw new BadRequest('"by" must be a whole number of 64 bits in decimal, as a text');
    return { kind: "increment", key, guards: guardsIn(fields), by };
  },
  delete: (key, fields) => ({ kind: "delete", key, guards: guardsIn(fields) }),
};

const ttlIn = ({ ttlMs }: OperationFields): TimeToLive => (ttlMs === undefined ? FOREVER : { kind: "after", ms: ttlMs });

/** A DELETE has its guards in the query. */
function guardTexts(query: Fields): OperationFields {
  const [ifVersion, ifRevision] = [optionalCountText(query, "ifVersion"), optionalCountText(query, "ifRevision")];
  return { ...(ifVersion === null ? {} : { ifVersion }), ...(ifRevision === null ? {} : { ifRevision }) };
}

function asRequest(operation: KvOperation, query: Fields, headers: Fields): RoutedOperation {
  if (!isRead(operation)) return { kind: "write", command: encodeCommand(operation), session: readSession(headers) };
  if (query["consistency"] !== "stale") return { kind: "look", query: operation };
  return { kind: "read", query: encodeQuery(operation), consistency: "stale" };
}
