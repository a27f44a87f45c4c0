import { readSplit } from "../../../../runtime/tasks/map/read-split.ts";
import type { Inputs } from "../../../../runtime/files/inputs.ts";

const PIECE = Buffer.from("one\ntwo\nthree\n");

test("the piece in which a split ends is counted, too", async () => {
  const read: number[] = [];
  const inputs = { pairs: () => null, read: () => (async function* () { yield PIECE; yield PIECE; })() } as unknown as Inputs; // prettier-ignore
  await readSplit(
    {
      inputs,
      split: { url: "file:/in", offset: 0, length: 6, fileLength: 28, compression: "none", etag: null },
      format: "lines",
      recordBytesMax: 1_000,
      onRead: async (bytes) => void (await Promise.resolve(), read.push(bytes)),
    },
    { lines: () => undefined, whole: () => undefined, pairs: () => undefined },
  );
  expect(read).toEqual([PIECE.length]);
});
