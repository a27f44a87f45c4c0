// What the store answered, in the shapes that clients know. A failed guard and a missing key are refusals with their place
// in the catalogue; the rest is 200.
import { textOf } from "../../../core/base/bytes.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { done, refused, unknown } from "../../../core/base/outcome.ts";
import type { KvResult } from "../../../core/kv/results.ts";
import { decodeResult, encodeResult } from "../../../core/kv/results.ts";
import type { KvCall } from "./kv-requests.ts";

export type KvAnswer = Readonly<Record<string, string | number | boolean>>;

export function kvAnswer(call: KvCall, result: Uint8Array): Outcome<KvAnswer> {
  const decoded = decodeResult(result);
  // Whatever it was that answered so, it has been applied: nobody may promise that it did not happen.
  if (decoded === null) return unknown("internal");
  return SHAPES[decoded.kind](decoded as never, call);
}

type ResultOf<K extends KvResult["kind"]> = Extract<KvResult, { readonly kind: K }>;
type Shape<K extends KvResult["kind"]> = (result: ResultOf<K>, call: KvCall) => Outcome<KvAnswer>;

const NOT_OF_ONE_KEY: Outcome<never> = refused("internal", "this is no answer to a call about one key");

const SHAPES: { readonly [K in KvResult["kind"]]: Shape<K> } = {
  found: ({ value, version, revision }, { key, encoding }) => done({ key, ...valueFields(value, encoding), version, revision }),
  absent: (_result, { key }) => refused("keyNotFound", `there is no key ${JSON.stringify(key)}`),
  written: ({ version, revision }) => done({ version, revision }),
  appended: ({ version, revision, length }) => done({ version, revision, length }),
  deleted: ({ deleted, revision }) => done({ deleted, revision }),
  versionMismatch: ({ version, revision }) =>
    refused("versionMismatch", version === 0 ? "the key is absent" : `the key is at version ${version}, revision ${revision}`, {
      version,
      revision,
    }),
  badRequest: ({ message }) => refused("badRequest", message),
  tooLarge: ({ message }) => refused("tooLarge", message),
  unchanged: ({ version, revision }) => done({ version, revision }),
  incremented: ({ value, version, revision }) => done({ value: String(value), version, revision }),
  notAnInteger: ({ message }) => refused("badRequest", message),
  overflow: ({ message }) => refused("badRequest", message),
  crossSlot: ({ message }) => refused("badRequest", message),
  aborted: ({ reason }, call) => kvAnswer(call, encodeResult(reason)),
  transacted: () => NOT_OF_ONE_KEY,
  batched: () => NOT_OF_ONE_KEY,
  scanned: () => NOT_OF_ONE_KEY,
};

/** Bytes that are no text go as base64, asked for or not, and the answer says so. */
function valueFields(value: Uint8Array, encoding: KvCall["encoding"]): KvAnswer {
  const text = encoding === "utf8" ? utf8TextOf(value) : null;
  return text === null ? { value: Buffer.from(value).toString("base64"), encoding: "base64" } : { value: text };
}

function utf8TextOf(bytes: Uint8Array): string | null {
  const text = textOf(bytes);
  return Buffer.byteLength(text) === bytes.length && Buffer.from(text).equals(bytes) ? text : null;
}
