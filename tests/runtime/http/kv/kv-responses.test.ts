import { utf8 } from "../../../../core/base/bytes.ts";
import type { KvResult } from "../../../../core/kv/results.ts";
import { encodeResult } from "../../../../core/kv/results.ts";
import type { KvCall } from "../../../../runtime/http/kv/kv-requests.ts";
import { kvAnswer } from "../../../../runtime/http/kv/kv-responses.ts";

const CALL: KvCall = { operation: { kind: "newClient" }, deadlineMs: 1, key: "k", encoding: "utf8" };

test.each<{ name: string; result: KvResult; encoding?: KvCall["encoding"]; expected: unknown }>([
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
])("answers $name", ({ result, encoding, expected }) => {
  expect(kvAnswer({ ...CALL, encoding: encoding ?? "utf8" }, encodeResult(result))).toEqual(expected);
});

test("an answer that it does not know is of something that happened: unknown, and no crash", () => {
  expect(kvAnswer(CALL, new Uint8Array([250]))).toEqual({ kind: "unknown", after: "internal" });
});
