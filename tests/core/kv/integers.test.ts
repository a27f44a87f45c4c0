import fc from "fast-check";
import { utf8 } from "../../../core/base/bytes.ts";
import {
  INTEGER_MAX,
  INTEGER_MIN,
  integerOf,
  integerOfText,
  isInteger,
  readInteger,
  valueOfInteger,
  writeInteger,
} from "../../../core/kv/integers.ts";

test("a number reads as it was written, as a value and as bytes", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: INTEGER_MIN, max: INTEGER_MAX }), (integer) => {
      expect(integerOf(valueOfInteger(integer))).toBe(integer);
      expect(readInteger(writeInteger(integer))).toBe(integer);
    }),
  );
});

test.each([
  { text: "0", integer: 0n },
  { text: "-1", integer: -1n },
  { text: "9223372036854775807", integer: INTEGER_MAX },
  { text: "-9223372036854775808", integer: INTEGER_MIN },
  { text: "9223372036854775808", integer: null },
  { text: "-9223372036854775809", integer: null },
  { text: "99999999999999999999999", integer: null },
  { text: "", integer: null },
  { text: "-", integer: null },
  { text: "-0", integer: null },
  { text: "+1", integer: null },
  { text: "01", integer: null },
  { text: " 1", integer: null },
  { text: "1 ", integer: null },
  { text: "1\n", integer: null },
  { text: "1.0", integer: null },
  { text: "1e3", integer: null },
  { text: "0x10", integer: null },
  { text: "\uFEFF1", integer: null },
  { text: "\u0661", integer: null },
])("$text", ({ text, integer }) => {
  expect(integerOf(utf8(text))).toBe(integer);
  expect(integerOfText(text)).toBe(integer);
});

test("bytes that are no text", () => {
  expect(integerOf(Uint8Array.of(255, 49))).toBeNull();
  expect(integerOf(Uint8Array.of(0xef, 0xbb, 0xbf, 49))).toBeNull();
});

test("the ends of the range", () => {
  expect([INTEGER_MIN - 1n, INTEGER_MIN, INTEGER_MAX, INTEGER_MAX + 1n].map(isInteger)).toEqual([false, true, true, false]);
});
