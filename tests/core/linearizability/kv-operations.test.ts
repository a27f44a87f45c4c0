import { KV_READER } from "../../../core/linearizability/kv-operations.ts";

test.each([
  { kind: "get", key: "x" },
  { kind: "put", key: "x", value: "" },
  { kind: "put", key: "x", value: "a", ifVersion: 0 },
  { kind: "append", key: "", value: "a", ifVersion: 3 },
  { kind: "increment", key: "x", by: "-3" },
  { kind: "increment", key: "x", by: "3", ifVersion: 1 },
  { kind: "delete", key: "x" },
  { kind: "delete", key: "x", ifVersion: 1 },
])("%j is an operation", (json) => {
  expect(KV_READER.readInput(json)).toEqual(json);
});

test.each([
  null,
  7,
  "get",
  [],
  {},
  { kind: "get" },
  { kind: "get", key: 1 },
  { kind: "get", key: "x", value: "a" },
  { kind: "put", key: "x" },
  { kind: "put", key: "x", value: "a", ifversion: 1 },
  { kind: "put", key: "x", value: "a", ifVersion: "1" },
  { kind: "put", key: "x", value: "a", ifVersion: 1.5 },
  { kind: "increment", key: "x" },
  { kind: "increment", key: "x", by: 3 },
  { kind: "increment", key: "x", by: "three" },
  { kind: "toString", key: "x" },
])("%j is none", (json) => {
  expect(KV_READER.readInput(json)).toBeNull();
});

test.each([
  { kind: "found", value: "a" },
  { kind: "found", value: "a", version: 1 },
  { kind: "absent" },
  { kind: "written" },
  { kind: "written", version: 2, length: 5 },
  { kind: "incremented" },
  { kind: "incremented", value: "3", version: 1 },
  { kind: "notAnInteger" },
  { kind: "overflow" },
  { kind: "deleted", deleted: false },
  { kind: "versionMismatch" },
  { kind: "versionMismatch", version: 0 },
])("%j is an answer", (json) => {
  expect(KV_READER.readOutput(json)).toEqual(json);
});

test.each([null, {}, { kind: "found" }, { kind: "deleted" }, { kind: "absent", value: "a" }, { kind: "written", version: null }])(
  "%j is none",
  (json) => {
    expect(KV_READER.readOutput(json)).toBeNull();
  },
);
