// What clients may ask of the store over HTTP, checked field by field, as the operation that a replica takes. Anything that
// is not understood, unknown fields included, is refused with the field named; nothing is guessed.
import { utf8 } from "../../../core/base/bytes.ts";
import type { Refusal } from "../../../core/base/outcome.ts";
import type { Guards } from "../../../core/kv/commands.ts";
import { encodeCommand, encodeQuery } from "../../../core/kv/commands.ts";
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from "../../../core/kv/limits.ts";
import type { ClientOperation, Session } from "../../../core/replica/events.ts";

export type KvRoute = "get" | "put" | "delete" | "append";

/** As it arrived: the key as in the path, still percent-encoded. */
export type KvHttpRequest = {
  readonly key: string;
  readonly query: Fields;
  readonly headers: Fields;
  readonly body: unknown;
};

export type KvCall = {
  readonly operation: ClientOperation;
  readonly deadlineMs: number;
  /** As the answer repeats it. */
  readonly key: string;
  readonly encoding: Encoding;
};

export type Encoding = "utf8" | "base64";
type Fields = Readonly<Record<string, unknown>>;

export const DEADLINE_MS_DEFAULT = 5_000;
export const DEADLINE_MS_MAX = 60_000;

/** Thrown and caught in this file only: each check states what it wants in one line. */
class BadRequest extends Error {
  readonly code: "badRequest" | "tooLarge";

  constructor(message: string, code: "badRequest" | "tooLarge" = "badRequest") {
    super(message);
    this.code = code;
  }
}

export type KvReading = { readonly kind: "call"; readonly call: KvCall } | { readonly kind: "refused"; readonly refusal: Refusal };

export function readKvRequest(route: KvRoute, request: KvHttpRequest): KvReading {
  return orRefusal(() => {
    const { key, text } = readKey(request);
    const { operation, encoding } = OPERATIONS[route](request, key);
    return { kind: "call", call: { operation, encoding, key: text, deadlineMs: readDeadline(request.headers) } };
  });
}

/** For calls without a key. */
export function readDeadlineMs(headers: Fields): number | Refusal {
  const reading = orRefusal<number>(() => readDeadline(headers));
  return typeof reading === "number" ? reading : reading.refusal;
}

export type SessionReading =
  { readonly kind: "session"; readonly session: Session | null } | { readonly kind: "refused"; readonly refusal: Refusal };

/** Who asks, and for which of its requests this is; for calls without a key. */
export function readRequestSession(headers: Fields): SessionReading {
  return orRefusal<SessionReading>(() => ({ kind: "session", session: readSession(headers) }));
}

function orRefusal<T>(read: () => T): T | { readonly kind: "refused"; readonly refusal: Refusal } {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    return { kind: "refused", refusal: { code: error.code, message: error.message } };
  }
}

type Understood = { readonly operation: ClientOperation; readonly encoding: Encoding };

const OPERATIONS: { readonly [R in KvRoute]: (request: KvHttpRequest, key: Uint8Array) => Understood } = {
  get: ({ query, body }, key) => {
    knownOnly(query, ["keyEncoding", "encoding", "consistency"], "query parameter");
    if (body !== undefined && body !== null) throw new BadRequest("a GET has no body");
    const consistency = oneOf(query, "consistency", ["linearizable", "stale"] as const);
    return { operation: { kind: "read", query: encodeQuery({ kind: "get", key }), consistency }, encoding: readEncoding(query) };
  },
  put: (request, key) => write(request, (guards, value) => encodeCommand({ kind: "put", key, guards, value })),
  append: (request, key) => write(request, (guards, value) => encodeCommand({ kind: "append", key, guards, value })),
  delete: ({ query, headers, body }, key) => {
    knownOnly(query, ["keyEncoding", "ifVersion", "ifRevision"], "query parameter");
    if (body !== undefined && body !== null) throw new BadRequest("a DELETE has no body");
    const guards = { ifVersion: optionalCountText(query, "ifVersion"), ifRevision: optionalCountText(query, "ifRevision") };
    return {
      operation: { kind: "write", command: encodeCommand({ kind: "delete", key, guards }), session: readSession(headers) },
      encoding: "utf8",
    };
  },
};

function write({ query, headers, body }: KvHttpRequest, encode: (guards: Guards, value: Uint8Array) => Uint8Array): Understood {
  knownOnly(query, ["keyEncoding", "encoding"], "query parameter");
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new BadRequest("the body must be a JSON object");
  const fields = body as Fields;
  knownOnly(fields, ["value", "encoding", "ifVersion", "ifRevision"], "field");
  const encoding = "encoding" in fields ? readEncoding(fields) : readEncoding(query);
  const guards = { ifVersion: optionalCount(fields, "ifVersion"), ifRevision: optionalCount(fields, "ifRevision") };
  const command = encode(guards, readValue(fields["value"], encoding));
  return { operation: { kind: "write", command, session: readSession(headers) }, encoding };
}

function readKey({ key, query }: KvHttpRequest): { readonly key: Uint8Array; readonly text: string } {
  const encoding = oneOf(query, "keyEncoding", ["utf8", "base64url"] as const);
  const text = percentDecoded(key);
  const bytes = encoding === "utf8" ? utf8(text) : decoded(text, "base64url", "the key");
  if (bytes.length === 0 || bytes.length > KEY_BYTES_MAX)
    throw new BadRequest(`a key has 1 to ${KEY_BYTES_MAX} bytes, not ${bytes.length}`);
  return { key: bytes, text };
}

function percentDecoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new BadRequest("the key is not percent-encoded UTF-8");
  }
}

const ALPHABETS = { base64: /^[A-Za-z0-9+/]*={0,2}$/, base64url: /^[A-Za-z0-9_-]*={0,2}$/ };

function decoded(text: string, encoding: "base64" | "base64url", what: string): Uint8Array {
  // Buffer takes anything and drops what it doesn't understand.
  if (!ALPHABETS[encoding].test(text)) throw new BadRequest(`${what} is not ${encoding}`);
  return Buffer.from(text, encoding);
}

function readValue(value: unknown, encoding: Encoding): Uint8Array {
  if (typeof value !== "string") throw new BadRequest('"value" must be a text');
  const bytes = encoding === "utf8" ? utf8(value) : decoded(value, "base64", '"value"');
  if (bytes.length <= VALUE_BYTES_MAX) return bytes;
  throw new BadRequest(`a value has at most ${VALUE_BYTES_MAX} bytes, not ${bytes.length}`, "tooLarge");
}

const readEncoding = (fields: Fields): Encoding => oneOf(fields, "encoding", ["utf8", "base64"] as const);

function readSession(headers: Fields): Session | null {
  const client = headers["flotilla-client"];
  const serial = optionalCountText(headers, "flotilla-serial");
  const acked = optionalCountText(headers, "flotilla-acked");
  if (client === undefined) {
    if (serial === null && acked === null) return null;
    throw new BadRequest("flotilla-serial and flotilla-acked need flotilla-client");
  }
  if (typeof client !== "string" || serial === null || serial === 0) throw new BadRequest("flotilla-client needs flotilla-serial, from 1");
  if (acked !== null && acked >= serial) throw new BadRequest("flotilla-acked must be below flotilla-serial");
  return { client, serial, acked: acked ?? 0 };
}

function readDeadline(headers: Fields): number {
  const given = optionalCountText(headers, "flotilla-deadline-ms") ?? DEADLINE_MS_DEFAULT;
  if (given >= 1 && given <= DEADLINE_MS_MAX) return given;
  throw new BadRequest(`flotilla-deadline-ms must be from 1 to ${DEADLINE_MS_MAX}`);
}

function knownOnly(fields: Fields, known: readonly string[], what: string): void {
  const other = Object.keys(fields).find((name) => !known.includes(name));
  if (other !== undefined) throw new BadRequest(`there is no ${what} ${JSON.stringify(other.slice(0, 100))} here`);
}

/** The first choice is the default. */
function oneOf<T extends string>(fields: Fields, name: string, choices: readonly [T, ...T[]]): T {
  const value = fields[name];
  if (value === undefined) return choices[0];
  const choice = choices.find((each) => each === value);
  if (choice === undefined) throw new BadRequest(`"${name}" must be one of ${choices.join(", ")}`);
  return choice;
}

function optionalCount(fields: Fields, name: string): number | null {
  const value = fields[name];
  if (value === undefined) return null;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
    throw new BadRequest(`"${name}" must be a whole number from 0`);
  return value;
}

function optionalCountText(fields: Fields, name: string): number | null {
  const value = fields[name];
  if (value === undefined) return null;
  if (typeof value !== "string" || !/^[0-9]{1,15}$/.test(value)) throw new BadRequest(`"${name}" must be a whole number from 0`);
  return Number(value);
}
