// What the store answered, in the shapes that clients know. A failed guard and a missing key are refusals with their place
// in the catalogue; the rest is 200. Among several operations each has its own answer or its own error, and a key that is
// missing is no error.
import { isUtf8 } from "node:buffer";
import type { Outcome } from "../../../core/base/outcome.ts";
import { done, refused, unknown } from "../../../core/base/outcome.ts";
import type { KvEntry, KvResult, KvSingleResult } from "../../../core/kv/results.ts";
import { decodeResult } from "../../../core/kv/results.ts";
import type { ErrorBody } from "../error-shape.ts";
import { refusalResponse, unknownResponse } from "../error-shape.ts";
import type { KeyEncoding, ValueEncoding } from "./kv-schemas.ts";

export type KvAnswer = Readonly<Record<string, unknown>>;

/** What the answer repeats of the request, and how it writes values. */
export type Asked = { readonly key: string; readonly encoding: ValueEncoding };

/** To a call about one key. */
export function kvAnswer(asked: Asked, result: KvResult): Outcome<KvAnswer> {
  // Whatever it was that answered so, it has been applied: nobody may promise that it did not happen.
  return isOfMany(result) ? unknown("internal") : single(result, asked);
}

export function transactionAnswer(
  keys: (succeeded: boolean) => readonly string[],
  encoding: ValueEncoding,
  result: KvResult,
): Outcome<KvAnswer> {
  if (result.kind === "transacted") {
    const { succeeded, revision } = result;
    const asked = keys(succeeded);
    return done({ succeeded, results: result.results.map((each, i) => oneOfMany(each, { key: asked[i] ?? "", encoding })), revision });
  }
  if (result.kind === "crossSlot") return refused("crossSlot", result.message);
  if (result.kind !== "aborted") return isOfMany(result) ? unknown("internal") : single(result, { key: "", encoding });
  const { succeeded, operation, reason } = result;
  const why = single(reason, { key: keys(succeeded)[operation] ?? "", encoding });
  if (why.kind !== "refused") return unknown("internal");
  const { code, message, details } = why.refusal;
  const branch = succeeded ? "then" : "else";
  return refused(code, `operation ${operation} of "${branch}": ${message}`, { ...details, branch, operation });
}

/** One for each operation of one shard, in their order. */
export function batchAnswers(keys: readonly string[], encoding: ValueEncoding, result: Uint8Array): Outcome<readonly KvAnswer[]> {
  const decoded = decodeResult(result);
  if (decoded === null || (isOfMany(decoded) && decoded.kind !== "batched")) return unknown("internal");
  if (decoded.kind === "batched") return done(decoded.results.map((each, i) => oneOfMany(each, { key: keys[i] ?? "", encoding })));
  const why = single(decoded, { key: "", encoding });
  return why.kind === "done" ? unknown("internal") : why;
}

export function errorOf(outcome: Exclude<Outcome<never>, { readonly kind: "done" }>): ErrorBody {
  return (outcome.kind === "refused" ? refusalResponse(outcome.refusal) : unknownResponse(outcome.after)).body;
}

/** As a scan tells it. A key that is no text goes as base64url, asked for or not, and the entry says so. */
export function entryAnswer(
  { key, value, version, revision, deadlineMs }: KvEntry,
  asked: { readonly keyEncoding: KeyEncoding; readonly encoding: ValueEncoding },
): KvAnswer {
  const text = asked.keyEncoding === "utf8" ? utf8TextOf(key) : null;
  const keyFields = text === null ? { key: Buffer.from(key).toString("base64url"), keyEncoding: "base64url" } : { key: text };
  return { ...keyFields, ...valueFields(value, asked.encoding), version, revision, ...endFields(deadlineMs) };
}

type ResultOf<K extends KvSingleResult["kind"]> = Extract<KvSingleResult, { readonly kind: K }>;
type Shape<K extends KvSingleResult["kind"]> = (result: ResultOf<K>, asked: Asked) => Outcome<KvAnswer>;

const MANY: ReadonlySet<KvResult["kind"]> = new Set(["transacted", "aborted", "crossSlot", "batched", "mismatched", "scanned"]);

const isOfMany = (result: KvResult): result is Exclude<KvResult, KvSingleResult> => MANY.has(result.kind);

const single = (result: KvSingleResult, asked: Asked): Outcome<KvAnswer> => SHAPES[result.kind](result as never, asked);

function oneOfMany(result: KvSingleResult, asked: Asked): KvAnswer {
  if (result.kind === "absent") return { found: false };
  const outcome = single(result, asked);
  return outcome.kind === "done" ? outcome.value : errorOf(outcome);
}

const SHAPES: { readonly [K in KvSingleResult["kind"]]: Shape<K> } = {
  found: ({ value, version, revision, deadlineMs }, { key, encoding }) =>
    done({ key, ...valueFields(value, encoding), version, revision, ...endFields(deadlineMs) }),
  absent: (_result, { key }) => refused("keyNotFound", `there is no key ${JSON.stringify(key)}`),
  written: ({ version, revision }) => done({ version, revision }),
  unchanged: ({ version, revision }) => done({ version, revision }),
  appended: ({ version, revision, length }) => done({ version, revision, length }),
  incremented: ({ value, version, revision }) => done({ value: String(value), version, revision }),
  deleted: ({ deleted, revision }) => done({ deleted, revision }),
  versionMismatch: ({ version, revision }) =>
    refused("versionMismatch", version === 0 ? "the key is absent" : `the key is at version ${version}, revision ${revision}`, {
      version,
      revision,
    }),
  described: ({ version, revision, length }) => done({ version, revision, length }),
  computed: ({ value, version, revision }, { encoding }) => done({ ...valueFields(value, encoding), version, revision }),
  notANumber: ({ message }) => refused("badRequest", message),
  notAnInteger: ({ message }) => refused("notAnInteger", message),
  overflow: ({ message }) => refused("overflow", message),
  badRequest: ({ message }) => refused("badRequest", message),
  tooLarge: ({ message }) => refused("tooLarge", message),
};

/** Of a key that ends by itself: when, in milliseconds since 1970. */
function endFields(deadlineMs: number | undefined): KvAnswer {
  return deadlineMs === undefined ? {} : { expiresAtMs: deadlineMs };
}

/** Bytes that are no text go as base64, asked for or not, and the answer says so. */
function valueFields(value: Uint8Array, encoding: ValueEncoding): KvAnswer {
  const text = encoding === "utf8" ? utf8TextOf(value) : null;
  return text === null ? { value: Buffer.from(value).toString("base64"), encoding: "base64" } : { value: text };
}

function utf8TextOf(bytes: Uint8Array): string | null {
  // A byte order mark gets lost on many ways from bytes to a text.
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return isUtf8(bytes) && !hasMark ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString() : null;
}
