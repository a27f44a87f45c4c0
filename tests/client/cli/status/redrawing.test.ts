import { clip, frame } from "../../../../client/cli/status/redrawing.ts";

test("colours take no room, and stay whole", () => {
  const line = "\u001b[31mred\u001b[0m and plain";
  expect(clip(line, 40)).toBe(line);
  expect(clip(line, 5)).toBe("\u001b[31mred\u001b[0m a");
  expect(clip(line, 2)).toBe("\u001b[31mre\u001b[0m");
});

test("each line takes the place of the one before it, and what is below is cleared", () => {
  expect(frame("a\nb", { columns: 10, rows: 10 })).toBe("\u001b[Ha\u001b[K\r\nb\u001b[K\r\n\u001b[J");
});

test("a screen that is higher than the terminal is cut off: it would scroll", () => {
  expect(frame("a\nb\nc\nd", { columns: 10, rows: 3 }).split("\r\n")).toHaveLength(3);
});
