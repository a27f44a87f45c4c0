import { readSplit } from "../../../../runtime/tasks/map/read-split.ts";
import type { Inputs } from "../../../../runtime/files/inputs.ts";

const TEXT = Buffer.from("one\ntwo\nthree\nfour\nand a last one");

async function bytesOf({ offset, length, pieceBytes }: { offset: number; length: number; pieceBytes: number }): Promise<number> {
  let read = 0;
  const inputs: Partial<Inputs> = {
    pairs: () => null,
    // As a disk does: in pieces of its own size, as far as somebody asks.
    read: async function* (_split, from) {
      await Promise.resolve();
      for (let at = from; at < TEXT.length; at += pieceBytes) yield TEXT.subarray(at, at + pieceBytes);
    },
  };
  await readSplit(
    {
      inputs: inputs as Inputs,
      split: { url: "file:/in", offset, length, fileLength: TEXT.length, compression: "none", etag: null },
      format: "lines",
      recordBytesMax: 1_000,
      onRead: async (bytes) => void (await Promise.resolve(), (read += bytes)),
    },
    { lines: () => undefined, whole: () => undefined, pairs: () => undefined },
  );
  return read;
}

test("the piece in which a split ends counts as far as its last line goes", async () => {
  expect(await bytesOf({ offset: 0, length: 6, pieceBytes: TEXT.length })).toBe("one\ntwo\n".length);
});

test.each([1, 3, 7, 1_000])("what small splits read adds up to the file, in pieces of %i bytes", async (pieceBytes) => {
  for (const length of [1, 5, 11, TEXT.length]) {
    let sum = 0;
    for (let offset = 0; offset < TEXT.length; offset += length)
      sum += await bytesOf({ offset, length: Math.min(length, TEXT.length - offset), pieceBytes });
    expect(sum).toBe(TEXT.length);
  }
});
