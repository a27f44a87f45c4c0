import { firstByteOf, forEachLine, LineSplitter } from "../../../../runtime/tasks/records/line-splitter.ts";

const TEXT = "one\n\ntwo three\nfour, five, six\nseven\n\n\nlast";

/** The lines that one split reads, when the file comes in pieces of `pieceBytes`. */
function linesOf(
  text: string,
  [start, end]: readonly [number, number],
  pieceBytes: number,
): { readonly line: string; readonly offset: number }[] {
  const lines: { line: string; offset: number }[] = [];
  const splitter = new LineSplitter({
    ...{ input: "text", start, end, recordBytesMax: 1_000 },
    visit: (block) =>
      forEachLine(
        block,
        (from, to) => void lines.push({ line: block.bytes.toString("utf8", from, to), offset: block.offset + from - block.start }),
      ),
  });
  const bytes = Buffer.from(text).subarray(firstByteOf(start));
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    // The memory is used again for the next piece, as that of a reader is.
    const piece = Buffer.from(bytes.subarray(at, at + pieceBytes));
    if (!splitter.push(piece)) break;
    piece.fill("#");
  }
  splitter.finish();
  return lines;
}

test.each([1, 2, 3, 5, 7, 64])("however a file is cut, each line is read once: pieces of %i bytes", (pieceBytes) => {
  const whole = linesOf(TEXT, [0, TEXT.length], 1_000);
  expect(whole.map(({ line }) => line)).toEqual(TEXT.split("\n"));
  for (let cut = 0; cut <= TEXT.length; cut++) {
    for (let second = cut; second <= TEXT.length; second += 3) {
      const splits = [
        [0, cut],
        [cut, second],
        [second, TEXT.length],
      ] as const;
      expect(splits.flatMap((split) => linesOf(TEXT, split, pieceBytes))).toEqual(whole);
    }
  }
});

test("offsets are those of the file", () => {
  for (const { line, offset } of linesOf(TEXT, [5, TEXT.length], 4)) expect(TEXT.slice(offset, offset + line.length)).toBe(line);
});

test("a line that is too long is refused with its place, before it is all in memory", () => {
  const splitter = new LineSplitter({ input: "huge", start: 0, end: Infinity, recordBytesMax: 100, visit: () => undefined });
  splitter.push(Buffer.from("short\n"));
  let pushed = 0;
  expect(() => {
    for (; pushed < 1_000; pushed++) splitter.push(Buffer.alloc(30, "x"));
  }).toThrow("a line is longer than 100 bytes");
  expect(pushed).toBe(3);
  try {
    splitter.push(Buffer.alloc(30, "x"));
  } catch (error) {
    expect(error).toMatchObject({ reason: "badInput", place: { file: "huge", offset: 6 } });
  }
});

test("a split in which no line begins is over at its end, however far the line goes on", () => {
  const pushed: number[] = [];
  const splitter = new LineSplitter({ input: "x", start: 10, end: 20, recordBytesMax: 100, visit: () => void pushed.push(1) });
  // From the byte before the split on.
  expect(splitter.push(Buffer.alloc(10, "x"))).toBe(true);
  expect(splitter.push(Buffer.alloc(10, "x"))).toBe(false);
  splitter.finish();
  expect(pushed).toEqual([]);
});
