import { utf8 } from "../../../core/base/bytes.ts";
import type { Comparison, KvOperation } from "../../../core/kv/commands.ts";
import { NO_GUARDS } from "../../../core/kv/commands.ts";
import { KvState } from "../../../core/kv/kv-state.ts";
import { KEY_BYTES_MAX, READ_BYTES_MAX, VALUE_BYTES_MAX } from "../../../core/kv/limits.ts";
import type { KvResult } from "../../../core/kv/results.ts";
import { performBatch, transact } from "../../../core/kv/transactions.ts";

const A = utf8("{t}a");
const B = utf8("{t}b");

const put = (key: Uint8Array, value: string, ifVersion: number | null = null): KvOperation => ({
  kind: "put",
  key,
  guards: { ifVersion, ifRevision: null },
  value: utf8(value),
});
const get = (key: Uint8Array): KvOperation => ({ kind: "get", key });
const increment = (key: Uint8Array): KvOperation => ({ kind: "increment", key, guards: NO_GUARDS, by: 1n });
const remove = (key: Uint8Array): KvOperation => ({ kind: "delete", key, guards: NO_GUARDS });

type Parts = { readonly compare?: readonly Comparison[]; readonly then?: readonly KvOperation[]; readonly else?: readonly KvOperation[] };

class Store {
  readonly state = new KvState();
  readonly changed: string[] = [];

  constructor() {
    this.state.listener = (key) => this.changed.push(String.fromCharCode(...key));
  }

  transact({ compare = [], then = [], else: otherwise = [] }: Parts, stampMs = 1): KvResult {
    return transact(this.state, { kind: "txn", compare, then, else: otherwise }, stampMs);
  }
}

test("all changes of a transaction share one revision, and later operations see earlier ones", () => {
  const store = new Store();
  store.transact({ then: [put(B, "7")] });
  expect(store.transact({ then: [put(A, "1"), increment(A), get(A), remove(B), get(B), put(A, "x")] })).toEqual({
    kind: "transacted",
    succeeded: true,
    revision: 2,
    results: [
      { kind: "written", version: 1, revision: 2 },
      { kind: "incremented", version: 2, revision: 2, value: 2n },
      { kind: "found", version: 2, revision: 2, value: utf8("2") },
      { kind: "deleted", deleted: true, revision: 2 },
      { kind: "absent" },
      { kind: "written", version: 3, revision: 2 },
    ],
  });
  expect(store.transact({ then: [put(A, "y")] })).toMatchObject({ revision: 3 });
});

test("one that changes nothing takes no revision", () => {
  const store = new Store();
  store.transact({ then: [put(A, "1")] });
  expect(store.transact({ then: [get(A), remove(B)] })).toMatchObject({ kind: "transacted", revision: 1 });
  expect(store.transact({ compare: [{ kind: "presence", key: B, isPresent: true }] })).toEqual({
    kind: "transacted",
    succeeded: false,
    results: [],
    revision: 1,
  });
});

test.each([
  { name: "the version holds", compare: { kind: "version", key: A, version: 1 }, holds: true },
  { name: "another version", compare: { kind: "version", key: A, version: 2 }, holds: false },
  { name: "version 0, but it is there", compare: { kind: "version", key: A, version: 0 }, holds: false },
  { name: "version 0 of an absent key", compare: { kind: "version", key: B, version: 0 }, holds: true },
  { name: "the revision holds", compare: { kind: "revision", key: A, revision: 1 }, holds: true },
  { name: "another revision", compare: { kind: "revision", key: A, revision: 2 }, holds: false },
  { name: "the value holds", compare: { kind: "value", key: A, value: utf8("1") }, holds: true },
  { name: "the beginning of the value", compare: { kind: "value", key: A, value: utf8("") }, holds: false },
  { name: "the empty value of an absent key", compare: { kind: "value", key: B, value: utf8("") }, holds: false },
  { name: "it is there", compare: { kind: "presence", key: A, isPresent: true }, holds: true },
  { name: "it is not there", compare: { kind: "presence", key: B, isPresent: false }, holds: true },
  { name: "it should not be there", compare: { kind: "presence", key: A, isPresent: false }, holds: false },
] as const)("comparisons: $name", ({ compare, holds }) => {
  const store = new Store();
  store.transact({ then: [put(A, "1")] });
  const result = store.transact({ compare: [compare], then: [put(A, "then")], else: [put(B, "else")] });
  expect(result).toMatchObject({ kind: "transacted", succeeded: holds });
  expect(store.changed.at(-1)).toBe(holds ? "{t}a" : "{t}b");
});

test("a comparison takes a key that has ended for absent, and both operations of its replacement count", () => {
  const store = new Store();
  const soon: KvOperation = { kind: "put", key: A, guards: NO_GUARDS, value: utf8("1"), ttl: { kind: "after", ms: 5 } };
  store.transact({ then: [soon] });
  const again = store.transact({ compare: [{ kind: "version", key: A, version: 0 }], then: [put(A, "2"), put(A, "3")] }, 6);
  expect(again).toMatchObject({ succeeded: true, results: [{ version: 1 }, { version: 2 }], revision: 2 });
  expect(store.state.firstDue).toBeNull();
});

test.each([
  { name: "a value that is no number", fails: increment(B), reason: "notAnInteger" },
  { name: "a guard", fails: put(B, "x", 9), reason: "versionMismatch" },
  { name: "a value that is too large", fails: put(B, "x".repeat(VALUE_BYTES_MAX + 1)), reason: "tooLarge" },
  {
    name: "a time to live of nothing",
    fails: { kind: "expire", key: B, guards: NO_GUARDS, ttl: { kind: "after", ms: 0 } } as const,
    reason: "badRequest",
  },
])("$name: nothing of the transaction happens", ({ fails, reason }) => {
  const store = new Store();
  store.transact({ then: [put(B, "text")] });
  const soon: KvOperation = { kind: "put", key: utf8("{t}c"), guards: NO_GUARDS, value: utf8("1"), ttl: { kind: "after", ms: 1 } };
  store.transact({ then: [soon] });
  const [digest, due] = [store.state.digest(), store.state.firstDue];
  store.changed.length = 0;
  const before = [put(A, "1"), put(A, "2"), remove(B), put(B, "other"), put(utf8("{t}c"), "over one that has ended")];
  const restore = put(B, "text");
  const result = store.transact({ then: [...before, ...(reason === "notAnInteger" ? [restore] : []), fails] }, 100);
  expect(result).toMatchObject({ kind: "aborted", succeeded: true, reason: { kind: reason } });
  expect(result.kind === "aborted" ? result.operation : null).toBe(reason === "notAnInteger" ? 6 : 5);
  expect([store.state.digest(), store.state.firstDue, store.changed]).toEqual([digest, due, []]);
  expect(store.transact({ then: [get(B)] }, 1)).toMatchObject({ results: [{ kind: "found", version: 1, revision: 1 }] });
  expect(store.transact({ then: [put(A, "1")] }, 1)).toMatchObject({ revision: 3 });
});

test.each([
  { name: "no key at all", parts: {}, kind: "badRequest" },
  { name: "an empty key", parts: { then: [put(utf8(""), "1")] }, kind: "badRequest" },
  {
    name: "a key that is too long, in the branch not taken",
    parts: { else: [get(new Uint8Array(KEY_BYTES_MAX + 1))] },
    kind: "badRequest",
  },
  { name: "two slots", parts: { then: [put(utf8("a"), "1"), put(utf8("b"), "1")] }, kind: "crossSlot" },
  {
    name: "two slots, one of them in the branch not taken",
    parts: { compare: [{ kind: "version", key: A, version: 0 }], then: [put(A, "1")], else: [get(utf8("b"))] },
    kind: "crossSlot",
  },
] as const)("$name: refused", ({ parts, kind }) => {
  const store = new Store();
  expect(store.transact(parts).kind).toBe(kind);
  expect(store.state.digest()).toBe(new KvState().digest());
});

test("what is read has a limit: it aborts a transaction, and only the one read of a batch", () => {
  const store = new Store();
  const value = new Uint8Array(VALUE_BYTES_MAX);
  store.state.put(A, { value, version: 1, revision: 1, deadlineMs: 0 });
  const reads = Array.from({ length: READ_BYTES_MAX / VALUE_BYTES_MAX + 1 }, () => get(A));
  expect(store.transact({ then: [put(B, "1"), ...reads] })).toMatchObject({ kind: "aborted", reason: { kind: "tooLarge" } });
  expect(store.state.items.size).toBe(1);
  const batch = performBatch(store.state, { operations: [...reads, put(B, "1")] }, { stampMs: 1 });
  const kinds = batch.kind === "batched" ? batch.results.map(({ kind }) => kind) : batch.kind;
  expect(kinds).toEqual(["found", "tooLarge", "written"]);
});

test("a batch goes on after a failure, and each change has its own revision", () => {
  const store = new Store();
  const operations = [put(A, "x"), increment(A), put(utf8("another slot"), "1"), put(utf8(""), ""), get(B), remove(A)];
  expect(performBatch(store.state, { operations }, { stampMs: 1 })).toMatchObject({
    kind: "batched",
    results: [
      { kind: "written", revision: 1 },
      { kind: "notAnInteger" },
      { kind: "written", revision: 2 },
      { kind: "badRequest" },
      { kind: "absent" },
      { kind: "deleted", revision: 3 },
    ],
  });
  expect(store.changed).toEqual(["{t}a", "another slot", "{t}a"]);
  expect(performBatch(store.state, { operations: [] }, { stampMs: 1 }).kind).toBe("badRequest");
});
