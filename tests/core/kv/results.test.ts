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
