import { BlockReader, writeBlock } from "../../../core/base/block-stream.ts";
import { ByteWriter } from "../../../core/base/byte-writer.ts";
import { textOf, utf8 } from "../../../core/base/bytes.ts";
import { Random } from "../../../core/base/random.ts";

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
