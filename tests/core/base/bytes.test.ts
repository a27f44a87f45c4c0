import fc from "fast-check";
import { compareBytes, concatBytes, equalBytes, textOf, utf8 } from "../../../core/base/bytes.ts";

const bytes = fc.uint8Array({ maxLength: 12 });

test("text survives as bytes, whatever its alphabet", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => textOf(utf8(text)) === text));
});

test.each([
  { name: "equal", a: [1, 2], b: [1, 2], sign: 0 },
  { name: "by the first difference", a: [1, 9], b: [2, 0], sign: -1 },
  { name: "unsigned", a: [0x7f], b: [0x80], sign: -1 },
  { name: "shorter first on a tie", a: [1], b: [1, 0], sign: -1 },
  { name: "empty first", a: [], b: [0], sign: -1 },
])("order: $name", ({ a, b, sign }) => {
  const [left, right] = [Uint8Array.from(a), Uint8Array.from(b)];
  expect(Math.sign(compareBytes(left, right))).toBe(sign);
  expect(Math.sign(compareBytes(right, left)) + sign).toBe(0);
  expect(equalBytes(left, right)).toBe(sign === 0);
});

test("order is that of the machine's own byte arrays", () => {
  fc.assert(fc.property(bytes, bytes, (a, b) => Math.sign(compareBytes(a, b)) === Buffer.compare(a, b)));
});

test("parts become one whole, and the whole is a copy", () => {
  fc.assert(fc.property(fc.array(bytes), (parts) => Buffer.concat(parts).equals(concatBytes(parts))));
  const part = Uint8Array.of(1);
  const whole = concatBytes([part]);
  part[0] = 2;
  expect([...whole]).toEqual([1]);
});
