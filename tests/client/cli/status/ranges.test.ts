import { rangesOf } from "../../../../client/cli/status/ranges.ts";

test.each([
  { numbers: [], text: "" },
  { numbers: [7], text: "7" },
  { numbers: [0, 1, 2, 3, 7, 9, 10, 11], text: "0-3, 7, 9-11" },
])("$numbers are $text", ({ numbers, text }) => {
  expect(rangesOf(numbers)).toBe(text);
});
