import fc from "fast-check";
import { utf8 } from "../../../core/base/bytes.ts";
import type { KvCommand } from "../../../core/kv/commands.ts";
import { commandKind, decodeCommand, decodeQuery, encodeCommand, encodeQuery, NO_GUARDS } from "../../../core/kv/commands.ts";
import { OPERATIONS_MAX } from "../../../core/kv/limits.ts";
import { command, query } from "./random-commands.ts";

const anyKey = fc.uint8Array({ maxLength: 2_000 });
const anyGuards = fc.record({ ifVersion: fc.option(fc.maxSafeNat()), ifRevision: fc.option(fc.maxSafeNat()) });
const large: fc.Arbitrary<KvCommand> = fc.record({
  kind: fc.constantFrom("put" as const, "append" as const),
  key: anyKey,
  guards: anyGuards,
  value: anyKey,
});

test("a command reads as it was written", () => {
  fc.assert(
    fc.property(fc.oneof(command, large), (written) => {
      const encoded = encodeCommand(written);
      expect(decodeCommand(encoded)).toEqual(written);
      expect(commandKind(encoded)).toBe(written.kind);
    }),
  );
});

test("no bytes make decoding throw, and what decodes is written back the same", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30, max: 14 }), (garbage) => {
      const decoded = decodeCommand(garbage);
      if (decoded !== null) expect(encodeCommand(decoded)).toEqual(garbage);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  { name: "nothing", encoded: [] },
  { name: "an operation that does not exist", encoded: [99, 0, 1, 65] },
  { name: "flags that do not exist", encoded: [1, 32, 1, 65] },
  { name: "a time to live of an append", encoded: [2, 4, 1, 65] },
  { name: "a time to live cut short", encoded: [1, 8, 1, 65] },
  { name: "an increment by too few bytes", encoded: [5, 0, 1, 65, 0, 0, 0, 0, 0, 0, 1] },
  { name: "an expiry with a value", encoded: [6, 0, 1, 65, 66] },
  { name: "a get on its own", encoded: [4, 0, 1, 65] },
  { name: "a transaction within a batch", encoded: [8, 1, 4, 7, 0, 0, 0] },
  { name: "a comparison that does not exist", encoded: [7, 1, 9, 1, 65, 0, 0, 0] },
  { name: "a presence that is neither yes nor no", encoded: [7, 1, 4, 1, 65, 2, 0, 0] },
  { name: "a list longer than what is there", encoded: [8, 2, 4, 3, 0, 1, 65] },
  { name: "a batch with a rest", encoded: [8, 0, 0] },
  { name: "a condition that does not exist", encoded: [6, 192, 1, 65] },
  { name: "a describe on its own", encoded: [9, 0, 1, 65] },

  { name: "a key cut short", encoded: [1, 0, 5, 65] },
  { name: "a guard cut short", encoded: [1, 1, 1, 65, 128] },
  { name: "a delete with a value", encoded: [3, 0, 1, 65, 66] },
])("$name is no command", ({ encoded }) => {
  expect(decodeCommand(Uint8Array.from(encoded))).toBeNull();
});

test("the bytes of a command never change by accident", () => {
  const key = utf8("k");
  expect([...encodeCommand({ kind: "put", key, guards: NO_GUARDS, value: utf8("v") })]).toEqual([1, 0, 1, 107, 118]);
  expect([...encodeCommand({ kind: "append", key, guards: { ifVersion: 3, ifRevision: null }, value: utf8("v") })]).toEqual([
    2, 1, 1, 107, 3, 118,
  ]);
  expect([...encodeCommand({ kind: "delete", key, guards: { ifVersion: null, ifRevision: 300 } })]).toEqual([3, 2, 1, 107, 172, 2]);
  const ttl = { kind: "after", ms: 300 } as const;
  const put = { kind: "put", key, guards: { ifVersion: 3, ifRevision: 4 }, value: utf8("v"), ttl } as const;
  expect([...encodeCommand(put)]).toEqual([1, 11, 1, 107, 3, 4, 172, 2, 118]);
  expect([...encodeCommand({ ...put, guards: NO_GUARDS, ttl: { kind: "keep" } })]).toEqual([1, 4, 1, 107, 118]);
  expect([...encodeCommand({ kind: "increment", key, guards: NO_GUARDS, by: -1n })]).toEqual([
    5, 0, 1, 107, 255, 255, 255, 255, 255, 255, 255, 255,
  ]);
  expect([...encodeCommand({ kind: "expire", key, guards: NO_GUARDS, ttl: { kind: "forever" } })]).toEqual([6, 0, 1, 107]);
  expect([...encodeCommand({ kind: "expire", key, guards: NO_GUARDS, ttl: { kind: "at", ms: 5 } })]).toEqual([6, 12, 1, 107, 5]);
  const get = { kind: "get", key } as const;
  const compare = [
    { kind: "version", key, version: 1 },
    { kind: "revision", key, revision: 2 },
    { kind: "value", key, value: utf8("v") },
    { kind: "presence", key, isPresent: true },
  ] as const;
  expect([...encodeCommand({ kind: "txn", compare, then: [get], else: [] })]).toEqual([
    ...[7, 4, 1, 1, 107, 1, 2, 1, 107, 2, 3, 1, 107, 1, 118, 4, 1, 107, 1],
    ...[1, 4, 4, 0, 1, 107, 0],
  ]);
  expect([...encodeCommand({ kind: "batch", operations: [get] })]).toEqual([8, 1, 4, 4, 0, 1, 107]);
});

test("the bytes of a query never change by accident", () => {
  const key = utf8("k");
  const get = { kind: "get", key } as const;
  expect([...encodeQuery(get)]).toEqual([1, 1, 107]);
  const scan = { kind: "scan", prefix: utf8("p"), after: null, limit: 2, bytesMax: 300 } as const;
  expect([...encodeQuery(scan)]).toEqual([2, 1, 112, 2, 172, 2, 0]);
  expect([...encodeQuery({ ...scan, after: key })]).toEqual([2, 1, 112, 2, 172, 2, 1, 1, 107]);
  expect([...encodeQuery({ kind: "txn", compare: [], then: [get], else: [] })]).toEqual([3, 0, 1, 4, 4, 0, 1, 107, 0]);
  expect([...encodeQuery({ kind: "batch", operations: [get] })]).toEqual([4, 1, 4, 4, 0, 1, 107]);
});

test("a query reads as it was written, and nothing else is one", () => {
  fc.assert(
    fc.property(query, (written) => {
      expect(decodeQuery(encodeQuery(written))).toEqual(written);
    }),
  );
  for (const garbage of [[], [9, 1, 65], [1, 2, 65], [1, 1, 65, 66], [2, 0, 1, 1, 2], [2, 0, 1, 1, 1], [4, 1, 0]]) {
    expect(decodeQuery(Uint8Array.from(garbage))).toBeNull();
  }
});

test("a list is as long as allowed, and no longer", () => {
  const operation = { kind: "get", key: utf8("k") } as const;
  const batch = (length: number): KvCommand => ({ kind: "batch", operations: Array.from({ length }, () => operation) });
  expect(decodeCommand(encodeCommand(batch(OPERATIONS_MAX)))).toEqual(batch(OPERATIONS_MAX));
  expect(decodeCommand(encodeCommand(batch(OPERATIONS_MAX + 1)))).toBeNull();
});
