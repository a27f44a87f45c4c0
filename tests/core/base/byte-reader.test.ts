import fc from "fast-check";
import { utf8 } from "../../../core/base/bytes.ts";
import { ByteReader } from "../../../core/base/byte-reader.ts";
import { ByteWriter } from "../../../core/base/byte-writer.ts";

const written = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("count" as const), value: fc.oneof(fc.maxSafeNat(), fc.nat(300)) }),
    fc.record({ kind: fc.constant("uint8" as const), value: fc.nat(255) }),
    fc.record({ kind: fc.constant("uint32" as const), value: fc.nat(0xffff_ffff) }),
  ),
);

test("reads what was written", () => {
  fc.assert(
    fc.property(written, fc.uint8Array(), (fields, tail) => {
      const writer = new ByteWriter();
      for (const { kind, value } of fields) writer[kind](value);
      const reader = new ByteReader(writer.sized(tail).raw(tail).finish());
      for (const { kind, value } of fields) expect(reader[kind]()).toBe(value);
      expect([...reader.sized()]).toEqual([...tail]);
      expect([...reader.rest()]).toEqual([...tail]);
      expect(reader.isIntact).toBe(true);
      expect(reader.remaining).toBe(0);
    }),
  );
});

test.each([
  { name: "a byte that is not there", bytes: [], read: (r: ByteReader) => r.uint8() },
  { name: "a number cut short", bytes: [128], read: (r: ByteReader) => r.count() },
  { name: "a number above 2^53 - 1", bytes: [255, 255, 255, 255, 255, 255, 255, 16], read: (r: ByteReader) => r.count() },
  { name: "a number without end", bytes: [128, 128, 128, 128, 128, 128, 128, 128, 128, 0], read: (r: ByteReader) => r.count() },
  { name: "four bytes cut short", bytes: [1, 2, 3], read: (r: ByteReader) => r.uint32() },
  { name: "a length beyond the end", bytes: [5, 1, 2], read: (r: ByteReader) => r.sized().length },
])("$name reads as nothing, and so does all that follows", ({ bytes, read }) => {
  const reader = new ByteReader(Uint8Array.from(bytes));
  expect(read(reader)).toBe(0);
  expect(reader.isIntact).toBe(false);
  expect(reader.rest().length).toBe(0);
  expect(reader.uint8()).toBe(0);
});

test("what is read is a view", () => {
  const bytes = new ByteWriter().sized(utf8("abc")).finish();
  const view = new ByteReader(bytes).sized();
  bytes[1] = 0x7a;
  expect([...view]).toEqual([...utf8("zbc")]);
});
