import { utf8 } from "../../../core/base/bytes.ts";
import { ByteWriter, countLength, writeCount } from "../../../core/base/byte-writer.ts";

test.each([
  { value: 0, bytes: [0] },
  { value: 127, bytes: [127] },
  { value: 128, bytes: [128, 1] },
  { value: 300, bytes: [172, 2] },
  { value: Number.MAX_SAFE_INTEGER, bytes: [255, 255, 255, 255, 255, 255, 255, 15] },
])("$value takes the bytes it needs", ({ value, bytes }) => {
  expect([...new ByteWriter().count(value).finish()]).toEqual(bytes);
  expect(countLength(value)).toBe(bytes.length);
});

test("a writer grows, and what it gave is not touched by what follows", () => {
  const writer = new ByteWriter().uint8(7).uint32(0xfedcba98);
  const before = writer.finish();
  writer.sized(new Uint8Array(1_000).fill(9)).raw(utf8("end"));
  expect([...before]).toEqual([7, 0xfe, 0xdc, 0xba, 0x98]);
  const all = writer.finish();
  expect(all.length).toBe(5 + 2 + 1_000 + 3);
  expect(writer.length).toBe(all.length);
  expect([...all.subarray(0, 8)]).toEqual([7, 0xfe, 0xdc, 0xba, 0x98, 0xe8, 0x07, 9]);
});

test("what fills its memory just so is given as it is, and not touched either", () => {
  const writer = new ByteWriter(3).uint8(1).count(300);
  const before = writer.finish();
  writer.raw(new Uint8Array(0)).uint8(9);
  expect([...before]).toEqual([1, 172, 2]);
  expect([...writer.finish()]).toEqual([1, 172, 2, 9]);
});

test("a length is put in once it is known, and what was written may be taken back", () => {
  const writer = new ByteWriter().uint8(7).uint32(0).raw(utf8("abc"));
  writer.uint32At(1, 0xfedcba98);
  expect([...writer.finish()]).toEqual([7, 0xfe, 0xdc, 0xba, 0x98, 97, 98, 99]);
  writer.cut(5);
  expect([...writer.raw(utf8("d")).finish()]).toEqual([7, 0xfe, 0xdc, 0xba, 0x98, 100]);
});

test("who takes what was written keeps it, and the writer begins anew", () => {
  const writer = new ByteWriter(4).raw(utf8("abcd"));
  const taken = writer.take();
  expect(writer.length).toBe(0);
  expect([...writer.raw(utf8("ef")).take()]).toEqual([101, 102]);
  expect([...taken]).toEqual([97, 98, 99, 100]);
  expect(writer.take()).toEqual(new Uint8Array(0));
});

test("a number is written where it is wanted", () => {
  const bytes = new Uint8Array(6);
  expect(writeCount(bytes, 2, 300)).toBe(4);
  expect([...bytes]).toEqual([0, 0, 172, 2, 0, 0]);
});
