import fc from "fast-check";
import type { KvResult } from "../../../core/kv/results.ts";
import { decodeResult, encodeResult } from "../../../core/kv/results.ts";

const number = fc.maxSafeNat();
const message = fc.string({ unit: "grapheme" });
const result: fc.Arbitrary<KvResult> = fc.oneof(
  fc.record({ kind: fc.constant("found" as const), version: number, revision: number, value: fc.uint8Array() }),
  fc.constant({ kind: "absent" as const }),
  fc.record({ kind: fc.constant("written" as const), version: number, revision: number }),
  fc.record({ kind: fc.constant("appended" as const), version: number, revision: number, length: number }),
  fc.record({ kind: fc.constant("deleted" as const), deleted: fc.boolean(), revision: number }),
  fc.record({ kind: fc.constant("versionMismatch" as const), version: number, revision: number }),
  fc.record({ kind: fc.constantFrom("badRequest" as const, "tooLarge" as const), message }),
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

test.each([{ bytes: [] }, { bytes: [200] }, { bytes: [3, 1] }, { bytes: [3, 1, 1, 1] }, { bytes: [2, 0] }])(
  "$bytes is no result",
  ({ bytes }) => {
    expect(decodeResult(Uint8Array.from(bytes))).toBeNull();
  },
);

test("the bytes of a result never change by accident", () => {
  const bytes = (result: KvResult): readonly number[] => [...encodeResult(result)];
  expect(bytes({ kind: "found", version: 1, revision: 300, value: Uint8Array.of(9, 8) })).toEqual([1, 1, 172, 2, 9, 8]);
  expect(bytes({ kind: "absent" })).toEqual([2]);
  expect(bytes({ kind: "written", version: 2, revision: 3 })).toEqual([3, 2, 3]);
  expect(bytes({ kind: "appended", version: 2, revision: 3, length: 4 })).toEqual([4, 2, 3, 4]);
  expect(bytes({ kind: "deleted", deleted: true, revision: 3 })).toEqual([5, 1, 3]);
  expect(bytes({ kind: "versionMismatch", version: 2, revision: 3 })).toEqual([6, 2, 3]);
  expect(bytes({ kind: "badRequest", message: "a" })).toEqual([7, 97]);
  expect(bytes({ kind: "tooLarge", message: "a" })).toEqual([8, 97]);
});
