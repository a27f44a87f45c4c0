import fc from "fast-check";
import { ByteWriter } from "../../../core/base/byte-writer.ts";
import { INTEGER_MAX, INTEGER_MIN } from "../../../core/kv/integers.ts";
import type { KvEntry, KvResult, KvSingleResult } from "../../../core/kv/results.ts";
import { decodeResult, encodeResult } from "../../../core/kv/results.ts";

const number = fc.maxSafeNat();
const message = fc.string({ unit: "grapheme" });
const integer = fc.bigInt({ min: INTEGER_MIN, max: INTEGER_MAX });
const deadline = fc.nat().map((n) => n + 1);
const single: fc.Arbitrary<KvSingleResult> = fc.oneof(
  fc.record({ kind: fc.constant("found" as const), version: number, revision: number, deadlineMs: deadline, value: fc.uint8Array() }),
  fc.record({ kind: fc.constant("found" as const), version: number, revision: number, value: fc.uint8Array() }),
  fc.constant({ kind: "absent" as const }),
  fc.record({ kind: fc.constant("written" as const), version: number, revision: number }),
  fc.record({ kind: fc.constant("appended" as const), version: number, revision: number, length: number }),
  fc.record({ kind: fc.constant("deleted" as const), deleted: fc.boolean(), revision: number }),
  fc.record({ kind: fc.constant("versionMismatch" as const), version: number, revision: number }),
  fc.record({ kind: fc.constant("unchanged" as const), version: number, revision: number }),
  fc.record({ kind: fc.constant("incremented" as const), version: number, revision: number, value: integer }),
  fc.record({ kind: fc.constantFrom("badRequest" as const, "tooLarge" as const, "notAnInteger" as const, "overflow" as const), message }),
);
const entry: fc.Arbitrary<KvEntry> = fc.oneof(
  fc.record({ key: fc.uint8Array(), version: number, revision: number, value: fc.uint8Array() }),
  fc.record({ key: fc.uint8Array(), version: number, revision: number, value: fc.uint8Array(), deadlineMs: deadline }),
);
const results = fc.array(single, { maxLength: 4 });
const result: fc.Arbitrary<KvResult> = fc.oneof(
  single,
  fc.record({ kind: fc.constant("transacted" as const), succeeded: fc.boolean(), results, revision: number }),
  fc.record({ kind: fc.constant("aborted" as const), succeeded: fc.boolean(), operation: number, reason: single }),
  fc.record({ kind: fc.constant("crossSlot" as const), message }),
  fc.record({ kind: fc.constant("batched" as const), results }),
  fc.record({ kind: fc.constant("scanned" as const), entries: fc.array(entry), next: fc.option(fc.uint8Array({ minLength: 1 })) }),
);

test("a result reads as it was written", () => {
  fc.assert(
    fc.property(result, (written) => {
      expect(decodeResult(encodeResult(written))).toEqual(written);
    }),
  );
});

test("no bytes make decoding throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (garbage) => {
      const decoded = decodeResult(garbage);
      if (decoded !== null) expect(decodeResult(encodeResult(decoded))).toEqual(decoded);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  { bytes: [] },
  { bytes: [200] },
  { bytes: [3, 1] },
  { bytes: [3, 1, 1, 1] },
  { bytes: [2, 0] },
  { bytes: [10, 1, 1, 0] },
  { bytes: [16, 1, 2, 16, 0] },
  { bytes: [14, 1, 0, 16, 0] },
])("$bytes is no result", ({ bytes }) => {
  expect(decodeResult(Uint8Array.from(bytes))).toBeNull();
});

test("the bytes of a result never change by accident", () => {
  const bytes = (result: KvResult): readonly number[] => [...encodeResult(result)];
  expect(bytes({ kind: "found", version: 1, revision: 300, value: Uint8Array.of(9, 8) })).toEqual([1, 1, 172, 2, 0, 9, 8]);
  expect(bytes({ kind: "found", version: 1, revision: 3, deadlineMs: 300, value: Uint8Array.of(9) })).toEqual([1, 1, 3, 172, 2, 9]);
  expect(bytes({ kind: "absent" })).toEqual([2]);
  expect(bytes({ kind: "written", version: 2, revision: 3 })).toEqual([3, 2, 3]);
  expect(bytes({ kind: "appended", version: 2, revision: 3, length: 4 })).toEqual([4, 2, 3, 4]);
  expect(bytes({ kind: "deleted", deleted: true, revision: 3 })).toEqual([5, 1, 3]);
  expect(bytes({ kind: "versionMismatch", version: 2, revision: 3 })).toEqual([6, 2, 3]);
  expect(bytes({ kind: "badRequest", message: "a" })).toEqual([7, 97]);
  expect(bytes({ kind: "tooLarge", message: "a" })).toEqual([8, 97]);
  expect(bytes({ kind: "unchanged", version: 2, revision: 3 })).toEqual([9, 2, 3]);
  expect(bytes({ kind: "incremented", version: 2, revision: 3, value: -2n })).toEqual([10, 2, 3, 255, 255, 255, 255, 255, 255, 255, 254]);
  expect(bytes({ kind: "notAnInteger", message: "a" })).toEqual([11, 97]);
  expect(bytes({ kind: "overflow", message: "a" })).toEqual([12, 97]);
  const results = [{ kind: "absent" }, { kind: "written", version: 2, revision: 3 }] as const;
  expect(bytes({ kind: "transacted", succeeded: true, results, revision: 3 })).toEqual([13, 1, 3, 2, 1, 2, 3, 3, 2, 3]);
  expect(bytes({ kind: "aborted", succeeded: false, operation: 1, reason: { kind: "tooLarge", message: "a" } })).toEqual([14, 0, 1, 8, 97]);
  expect(bytes({ kind: "crossSlot", message: "a" })).toEqual([15, 97]);
  expect(bytes({ kind: "batched", results })).toEqual([16, 2, 1, 2, 3, 3, 2, 3]);
  const entry = { key: Uint8Array.of(65), version: 1, revision: 2, value: Uint8Array.of(9) };
  expect(bytes({ kind: "scanned", entries: [entry, { ...entry, deadlineMs: 5 }], next: Uint8Array.of(65) })).toEqual([
    17, 2, 1, 65, 1, 2, 0, 1, 9, 1, 65, 1, 2, 5, 1, 9, 65,
  ]);
  expect(bytes({ kind: "scanned", entries: [], next: null })).toEqual([17, 0]);
});

test("results within results are not followed into the depth", () => {
  let bytes: Uint8Array = Uint8Array.of(16, 0);
  for (let depth = 0; depth < 20_000; depth++) bytes = new ByteWriter().uint8(16).count(1).sized(bytes.subarray(0, 60)).finish();
  expect(decodeResult(bytes)).toBeNull();
});
