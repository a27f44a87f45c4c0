import { KV_SCHEMAS } from "../../../runtime/http/kv/kv-schemas.ts";
import { whyNotAsIn } from "../../../runtime/http/schema-check.ts";

const why = (value: unknown): string | null => whyNotAsIn(KV_SCHEMAS.txn.body, value);

test("a transaction that is one", () => {
  expect(why({})).toBeNull();
  expect(
    why({
      compare: [{ key: "a", version: 0 }],
      then: [
        { op: "put", key: "a", value: "1", ttlMs: 5 },
        { op: "increment", key: "b", by: "-2" },
      ],
      else: [{ op: "get", key: "a" }],
      encoding: "utf8",
    }),
  ).toBeNull();
});

test.each<[unknown, string]>([
  [1, "must be an object"],
  [{ after: [] }, 'no field "after"'],
  [{ then: {} }, '"then" must be an array'],
  [{ then: [{ op: "drop", key: "a" }] }, '"then.0" is none'],
  [{ then: [{ op: "put", key: "a" }] }, '"then.0.value" is missing'],
  [{ then: [{ op: "put", key: 1, value: "" }] }, '"then.0.key" must be a string'],
  [{ then: [{ op: "put", key: "a", value: "", ttlMs: 0 }] }, '"then.0.ttlMs" must be a whole number'],
  [{ then: [{ op: "increment", key: "a", by: "x" }] }, '"then.0.by" must match'],
  [{ then: [{ op: "get", key: "a", value: "" }] }, 'no field "then.0.value"'],
  [{ compare: [{ key: "a" }] }, "wrong number of fields"],
  [{ encoding: "hex" }, "must be one of"],
  [{ then: Array.from({ length: 1_001 }, () => ({ op: "get", key: "a" })) }, "items"],
])("%j is none", (value, text) => {
  expect(why(value)).toContain(text);
});
