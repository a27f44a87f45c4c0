import { utf8 } from "../../../../core/base/bytes.ts";
import type { KvResult } from "../../../../core/kv/results.ts";
import { encodeResult } from "../../../../core/kv/results.ts";
import type { Asked } from "../../../../runtime/http/kv/kv-responses.ts";
import { batchAnswers, entryAnswer, kvAnswer, transactionAnswer } from "../../../../runtime/http/kv/kv-responses.ts";

const CALL: Asked = { key: "k", encoding: "utf8" };

test.each<{ name: string; result: KvResult; encoding?: Asked["encoding"]; expected: unknown }>([
  {
    name: "text as text",
    result: { kind: "found", version: 2, revision: 9, value: utf8("ä") },
    expected: { kind: "done", value: { key: "k", value: "ä", version: 2, revision: 9 } },
  },
  {
    name: "bytes that are no text as base64, and says so",
    result: { kind: "found", version: 1, revision: 1, value: new Uint8Array([255]) },
    expected: { kind: "done", value: { key: "k", value: "/w==", encoding: "base64", version: 1, revision: 1 } },
  },
  {
    name: "a text that begins with a byte order mark without losing it",
    result: { kind: "found", version: 1, revision: 1, value: new Uint8Array([0xef, 0xbb, 0xbf, 65]) },
    expected: { kind: "done", value: { key: "k", value: "77u/QQ==", encoding: "base64", version: 1, revision: 1 } },
  },
  {
    name: "base64 where asked for",
    result: { kind: "found", version: 1, revision: 1, value: utf8("a") },
    encoding: "base64",
    expected: { kind: "done", value: { key: "k", value: "YQ==", encoding: "base64", version: 1, revision: 1 } },
  },
  {
    name: "when a key ends by itself",
    result: { kind: "found", version: 1, revision: 1, value: utf8("a"), deadlineMs: 1_700_000_000_000 },
    expected: { kind: "done", value: { key: "k", value: "a", version: 1, revision: 1, expiresAtMs: 1_700_000_000_000 } },
  },
  {
    name: "a missing key as refusal",
    result: { kind: "absent" },
    expected: { kind: "refused", refusal: { code: "keyNotFound", message: 'there is no key "k"' } },
  },
  {
    name: "an append",
    result: { kind: "appended", version: 1, revision: 2, length: 3 },
    expected: { kind: "done", value: { version: 1, revision: 2, length: 3 } },
  },
  {
    name: "a deletion",
    result: { kind: "deleted", deleted: false, revision: 4 },
    expected: { kind: "done", value: { deleted: false, revision: 4 } },
  },
  {
    name: "a failed guard with what there is",
    result: { kind: "versionMismatch", version: 3, revision: 8 },
    expected: {
      kind: "refused",
      refusal: { code: "versionMismatch", message: "the key is at version 3, revision 8", details: { version: 3, revision: 8 } },
    },
  },
  {
    name: "an increment with its number as text",
    result: { kind: "incremented", version: 1, revision: 2, value: 2n ** 63n - 1n },
    expected: { kind: "done", value: { version: 1, revision: 2, value: "9223372036854775807" } },
  },
  {
    name: "a value that can't be counted",
    result: { kind: "notAnInteger", message: "m" },
    expected: { kind: "refused", refusal: { code: "notAnInteger", message: "m" } },
  },
  {
    name: "a sum that is too large",
    result: { kind: "overflow", message: "m" },
    expected: { kind: "refused", refusal: { code: "overflow", message: "m" } },
  },
])("answers $name", ({ result, encoding, expected }) => {
  expect(kvAnswer({ ...CALL, encoding: encoding ?? "utf8" }, result)).toEqual(expected);
});

test("an answer that it does not know is of something that happened: unknown, and no crash", () => {
  expect(kvAnswer(CALL, { kind: "batched", results: [] })).toEqual({ kind: "unknown", after: "internal" });
  expect(batchAnswers(["k"], "utf8", new Uint8Array([250]))).toEqual({ kind: "unknown", after: "internal" });
  expect(transactionAnswer(() => ["k"], "utf8", { kind: "batched", results: [] })).toEqual({
    kind: "unknown",
    after: "internal",
  });
});

describe("several operations", () => {
  const results = [
    { kind: "found", version: 1, revision: 2, value: utf8("v") },
    { kind: "absent" },
    { kind: "versionMismatch", version: 3, revision: 8 },
  ] as const;

  test("each has its own answer or its own error, and a missing key is no error", () => {
    expect(batchAnswers(["a", "b", "c"], "utf8", encodeResult({ kind: "batched", results }))).toEqual({
      kind: "done",
      value: [
        { key: "a", value: "v", version: 1, revision: 2 },
        { found: false },
        { error: { code: "versionMismatch", message: "the key is at version 3, revision 8", outcome: "refused", version: 3, revision: 8 } },
      ],
    });
  });

  test("what is wrong with all of them is the refusal of all", () => {
    const result = encodeResult({ kind: "tooLarge", message: "m" });
    expect(batchAnswers(["a"], "utf8", result)).toEqual({ kind: "refused", refusal: { code: "tooLarge", message: "m" } });
  });

  test("of a transaction the branch that was taken is answered", () => {
    const keys = (succeeded: boolean) => (succeeded ? ["t"] : ["e"]);
    const result = { kind: "transacted", succeeded: false, results: results.slice(0, 1), revision: 7 } as const;
    expect(transactionAnswer(keys, "base64", result)).toEqual({
      kind: "done",
      value: { succeeded: false, results: [{ key: "e", value: "dg==", encoding: "base64", version: 1, revision: 2 }], revision: 7 },
    });
  });

  test("a transaction that was not done says which operation could not be", () => {
    const result = { kind: "aborted", succeeded: true, operation: 0, reason: results[2] } as const;
    expect(transactionAnswer(() => ["t"], "utf8", result)).toEqual({
      kind: "refused",
      refusal: {
        code: "versionMismatch",
        message: 'operation 0 of "then": the key is at version 3, revision 8',
        details: { version: 3, revision: 8, branch: "then", operation: 0 },
      },
    });
    expect(transactionAnswer(() => [], "utf8", { kind: "crossSlot", message: "m" })).toMatchObject({
      refusal: { code: "crossSlot" },
    });
  });
});

test("an entry of a scan whose key is no text says how it is written", () => {
  const entry = { key: new Uint8Array([255, 254]), value: utf8("v"), version: 1, revision: 2 };
  expect(entryAnswer(entry, { keyEncoding: "utf8", encoding: "utf8" })).toEqual({
    key: "__4",
    keyEncoding: "base64url",
    value: "v",
    version: 1,
    revision: 2,
  });
  expect(entryAnswer({ ...entry, key: utf8("a") }, { keyEncoding: "base64url", encoding: "utf8" })).toMatchObject({ key: "YQ" });
});
