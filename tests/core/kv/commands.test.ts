import fc from "fast-check";
import { utf8 } from "../../../core/base/bytes.ts";
import type { KvCommand } from "../../../core/kv/commands.ts";
import {
  commandKind,
  decodeCommand,
  decodeQuery,
  encodeCommand,
  encodeQuery,
  NO_GUARDS,
  versionOfKind,
} from "../../../core/kv/commands.ts";

const guards = fc.record({ ifVersion: fc.option(fc.maxSafeNat()), ifRevision: fc.option(fc.maxSafeNat()) });
const bytes = fc.uint8Array({ maxLength: 2_000 });
const command: fc.Arbitrary<KvCommand> = fc.oneof(
  fc.record({ kind: fc.constantFrom("put" as const, "append" as const), key: bytes, guards, value: bytes }),
  fc.record({ kind: fc.constant("delete" as const), key: bytes, guards }),
);

test("a command reads as it was written", () => {
  fc.assert(
    fc.property(command, (written) => {
      const encoded = encodeCommand(written);
      expect(decodeCommand(encoded)).toEqual(written);
      expect(commandKind(encoded)).toBe(written.kind);
    }),
  );
});

test("no bytes make decoding throw, and what decodes is written back the same", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30, max: 9 }), (garbage) => {
      const decoded = decodeCommand(garbage);
      if (decoded !== null) expect(encodeCommand(decoded)).toEqual(garbage);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  { name: "nothing", encoded: [] },
  { name: "an operation that does not exist", encoded: [99, 0, 1, 65] },
  { name: "flags that do not exist", encoded: [1, 4, 1, 65] },
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
  expect([...encodeQuery({ kind: "get", key })]).toEqual([1, 1, 107]);
});

test("a query reads as it was written, and nothing else is one", () => {
  fc.assert(
    fc.property(bytes, (key) => {
      expect(decodeQuery(encodeQuery({ kind: "get", key }))).toEqual({ kind: "get", key });
    }),
  );
  for (const garbage of [[], [2, 1, 65], [1, 2, 65], [1, 1, 65, 66]]) expect(decodeQuery(Uint8Array.from(garbage))).toBeNull();
});

test("every command of today belongs to the first version, garbage too", () => {
  expect([versionOfKind("put"), versionOfKind("append"), versionOfKind("delete"), versionOfKind(null)]).toEqual([1, 1, 1, 1]);
});
