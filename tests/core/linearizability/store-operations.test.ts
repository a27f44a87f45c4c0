import { STORE_READER } from "../../../core/linearizability/store-operations.ts";

const put = { kind: "put", key: "x", value: "a" };
const written = { kind: "written", version: 1 };

test.each([
  put,
  { kind: "txn", compare: [], then: [put], else: [] },
  { kind: "txn", compare: [{ key: "x", version: 0 }, { key: "y", value: "" }, { key: "z" }], then: [], else: [put, put] },
])("%j is an operation", (json) => {
  expect(STORE_READER.readInput(json)).toEqual(json);
});

test.each([
  null,
  [],
  { kind: "put", key: "x" },
  { kind: "txn" },
  { kind: "txn", compare: [], then: [], else: [] },
  { kind: "txn", compare: [], then: [put] },
  { kind: "txn", compare: [], then: [put], else: [], otherwise: [] },
  { kind: "txn", compare: [], then: [{ kind: "txn", compare: [], then: [put], else: [] }], else: [] },
  { kind: "txn", compare: [{ key: "x", versoin: 1 }], then: [put], else: [] },
  { kind: "txn", compare: [{ key: "x", version: "1" }], then: [put], else: [] },
  { kind: "txn", compare: [{ key: "x", value: 1 }], then: [put], else: [] },
  { kind: "txn", compare: [{ version: 1 }], then: [put], else: [] },
])("%j is none", (json) => {
  expect(STORE_READER.readInput(json)).toBeNull();
});

test.each([
  written,
  { kind: "transacted", succeeded: true, results: [] },
  { kind: "transacted", succeeded: false, results: [written, { kind: "absent" }] },
  { kind: "aborted", succeeded: true, operation: 0, reason: { kind: "notAnInteger" } },
])("%j is an answer", (json) => {
  expect(STORE_READER.readOutput(json)).toEqual(json);
});

test.each([
  null,
  { kind: "transacted", succeeded: true },
  { kind: "transacted", results: [] },
  { kind: "transacted", succeeded: true, results: [{}] },
  { kind: "transacted", succeeded: true, results: [], revision: 1 },
  { kind: "aborted", succeeded: true, operation: "0", reason: written },
  { kind: "aborted", succeeded: true, operation: 0 },
  { kind: "aborted", operation: 0, reason: written },
  { kind: "aborted", succeeded: true, operation: 0, reason: written, results: [] },
])("%j is no answer", (json) => {
  expect(STORE_READER.readOutput(json)).toBeNull();
});
