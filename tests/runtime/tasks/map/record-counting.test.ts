import { Random } from "../../../../core/base/random.ts";
import { linesIn, RecordCounting } from "../../../../runtime/tasks/map/record-counting.ts";
import { attempt, TestFolder } from "../run-here.ts";

const SILENT = { lines: () => undefined, whole: () => undefined, pair: () => undefined, finish: () => undefined };
const block = (text: string, start = 0, end = text.length) => ({ bytes: Buffer.from(text), start, end, offset: 0 });

test.each([
  ["", 0],
  ["a", 1],
  ["a\n", 1],
  ["a\nb", 2],
  ["a\nb\n", 2],
  ["\n\n\n", 3],
])("%j has so many lines: %d", (text, lines) => expect(linesIn(block(text))).toBe(lines));

test("only what lies in the block counts, as with a naive count", () => {
  const random = new Random(3);
  for (let i = 0; i < 500; i++) {
    const text = Array.from({ length: random.between(0, 30) }, () => (random.chance(0.3) ? "\n" : "x")).join("");
    const start = random.between(0, text.length);
    const end = random.between(start, text.length);
    const part = text.slice(start, end);
    expect(linesIn(block(text, start, end))).toBe(part === "" ? 0 : part.replace(/\n$/, "").split("\n").length);
  }
});

test("all blocks together; a whole file is one record, and so is a key with its value", () => {
  const counting = new RecordCounting(SILENT);
  counting.lines(block("a\nb\n"));
  counting.lines(block("c"));
  expect(counting.records).toBe(3);
  counting.whole(Buffer.from("a\nb\n"));
  expect(counting.records).toBe(4);
  counting.pair({ key: Buffer.from("a"), value: Buffer.from("b\nc") }, 0);
  expect(counting.records).toBe(5);
});

test("an app that works on bytes says how many records it has read", async () => {
  const folder = new TestFolder();
  try {
    const description = folder.description();
    const split = folder.splitOf("text", "a b\nb\n\nc");
    const report = await attempt(
      { job: description.id, phase: "map", task: 0, attempt: 1, description, split, skip: [], boundaries: null },
      folder.environment(),
    );
    expect(report.work).toMatchObject({ recordsRead: 4, recordsWritten: 3 });
  } finally {
    folder.remove();
  }
});
