import { BlockReader, fillBlock, writeBlock } from "../../../core/base/block-stream.ts";
import { ByteWriter } from "../../../core/base/byte-writer.ts";
import { textOf, utf8 } from "../../../core/base/bytes.ts";
import { Random } from "../../../core/base/random.ts";
import { copiedBytes } from "../copied-bytes.ts";

function blocks(...texts: readonly string[]): Uint8Array {
  const writer = new ByteWriter();
  texts.forEach((text, i) => {
    writeBlock(writer, i, utf8(text));
  });
  return writer.finish();
}

test.each([1, 2, 3])("blocks come back whole, however their bytes are cut (seed %i)", (seed) => {
  const random = new Random(seed);
  const texts = Array.from({ length: 20 }, () => "x".repeat(random.between(0, 300)));
  const bytes = blocks(...texts);
  const seen: string[] = [];
  const reader = new BlockReader((kind, payload) => {
    expect(kind).toBe(seen.length);
    seen.push(textOf(payload));
    return true;
  });
  for (let at = 0; at < bytes.length;) {
    const end = at + random.between(1, 200);
    expect(reader.write(bytes.subarray(at, end))).toBe(true);
    at = end;
  }
  expect(seen).toEqual(texts);
  expect(reader.isAtEnd).toBe(true);
});

test("a block that is filled in its place is the same as one of bytes, within another one too; where there is nothing, there is none", () => {
  const [inner, outer] = [new ByteWriter(), new ByteWriter()];
  writeBlock(inner, 2, utf8("abc"));
  writeBlock(inner, 3, utf8(""));
  writeBlock(outer, 1, inner.finish());
  const filled = new ByteWriter();
  const fillBoth = (): boolean => {
    expect(fillBlock(filled, 2, () => filled.raw(utf8("abc")).length > 0)).toBe(true);
    expect(fillBlock(filled, 3, () => true)).toBe(true);
    return fillBlock(filled, 4, () => false) || true;
  };
  expect(fillBlock(filled, 1, fillBoth)).toBe(true);
  expect(fillBlock(filled, 5, () => false)).toBe(false);
  expect(filled.finish()).toEqual(outer.finish());
});

test.each([
  { name: "not at all where they came in one piece", cutBytes: Infinity, least: 0, most: 0 },
  { name: "once where they were cut", cutBytes: 65_536, least: 0.9, most: 1 },
])("bytes are copied $name", ({ cutBytes, least, most }) => {
  const bytes = blocks(...Array.from({ length: 40 }, () => "x".repeat(100_000)));
  let read = 0;
  const reader = new BlockReader((_, payload) => {
    read += payload.length;
    return true;
  });
  const copied = copiedBytes(() => {
    for (let at = 0; at < bytes.length; at += cutBytes) reader.write(bytes.subarray(at, at + cutBytes));
  });
  expect(read).toBe(4_000_000);
  expect(copied / bytes.length).toBeGreaterThanOrEqual(least);
  expect(copied / bytes.length).toBeLessThanOrEqual(most);
});

test("a block that has not ended is none", () => {
  const seen: number[] = [];
  const reader = new BlockReader((kind) => seen.push(kind) > 0);
  const bytes = blocks("abc", "def");
  reader.write(bytes.subarray(0, bytes.length - 1));
  expect(seen).toEqual([0]);
  expect(reader.isAtEnd).toBe(false);
});

test("a length that nobody would write is damage at once, and so is a block that makes no sense", () => {
  expect(new BlockReader(() => true).write(Uint8Array.of(1, 255, 255, 255, 255))).toBe(false);
  expect(new BlockReader(() => false).write(blocks("abc"))).toBe(false);
});
