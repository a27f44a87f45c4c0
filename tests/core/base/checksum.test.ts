import fc from "fast-check";
import { utf8 } from "../../../core/base/bytes.ts";
import { crc32c } from "../../../core/base/checksum.ts";

// The published check values of CRC-32C (RFC 3720, B.4, and the usual "123456789").
test.each([
  { name: "nothing", bytes: new Uint8Array(0), expected: 0 },
  { name: "digits", bytes: utf8("123456789"), expected: 0xe3069283 },
  { name: "32 zeros", bytes: new Uint8Array(32), expected: 0x8a9136aa },
  { name: "32 ones", bytes: new Uint8Array(32).fill(0xff), expected: 0x62a8ab43 },
  { name: "32 rising", bytes: Uint8Array.from({ length: 32 }, (_, i) => i), expected: 0x46dd794e },
])("checksum of $name", ({ bytes, expected }) => {
  expect(crc32c(bytes)).toBe(expected);
});

test("many bytes a step give what one bit a step gives", () => {
  const anywhere = fc.uint8Array({ maxLength: 400 }).chain((bytes) => fc.tuple(fc.constant(bytes), fc.nat(bytes.length), fc.nat()));
  const agrees = ([bytes, from, previous]: readonly [Uint8Array, number, number]): boolean =>
    crc32c(bytes.subarray(from), previous >>> 0) === bitByBit(bytes.subarray(from), previous >>> 0);
  fc.assert(fc.property(anywhere, agrees));
});

// 127 and 128: where another way begins. 4096: what that one takes at a time.
test.each([127, 128, 129, 143, 144, 4_095, 4_096, 4_097, 4_112, 8_192, 10_001])("%d bytes", (length) => {
  const bytes = Uint8Array.from({ length }, (_, i) => i * 7 + (i >> 8));
  expect(crc32c(bytes)).toBe(bitByBit(bytes));
});

test("pieces give the checksum of the whole", () => {
  const cut = fc.uint8Array({ maxLength: 60 }).chain((bytes) => fc.tuple(fc.constant(bytes), fc.nat(bytes.length)));
  fc.assert(fc.property(cut, ([bytes, at]) => crc32c(bytes.subarray(at), crc32c(bytes.subarray(0, at))) === crc32c(bytes)));
});

test("every single flipped bit is noticed", () => {
  const bytes = Uint8Array.from({ length: 24 }, (_, i) => i * 7);
  const whole = crc32c(bytes);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
    expect(crc32c(flipped)).not.toBe(whole);
  }
});

function bitByBit(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0x82f63b78 ^ (crc >>> 1) : crc >>> 1;
  }
  return ~crc >>> 0;
}
