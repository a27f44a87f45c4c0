import { passingBytes } from "../../../core/base/passing-bytes.ts";

test("nobody's bytes are another's, however many there are", () => {
  const all = Array.from({ length: 1_000 }, (_, i) => passingBytes(i % 300).fill(i % 251));
  expect(all.every((bytes, i) => bytes.length === i % 300 && bytes.every((byte) => byte === i % 251))).toBe(true);
});

test("they begin as zeros", () => {
  for (const length of [0, 1, 2_048, 2_049, 100_000]) expect(passingBytes(length)).toEqual(new Uint8Array(length));
});

test("large ones keep no more than themselves", () => {
  expect(passingBytes(2_049).buffer.byteLength).toBe(2_049);
});
