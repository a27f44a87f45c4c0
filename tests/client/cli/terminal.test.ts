import { counted, cut, duration, paintFor, progressBar, progressOn, shownPath, table, wrapped } from "../../../client/cli/terminal.ts";

test.each([
  { ms: 0.42, expected: "0.4 ms" },
  { ms: 9.96, expected: "10.0 ms" },
  { ms: 512.3, expected: "512 ms" },
  { ms: 1_250, expected: "1.3 s" },
])("$ms ms reads as $expected", ({ ms, expected }) => {
  expect(duration(ms)).toBe(expected);
});

test("columns line up, and colours are outside of the padding's arithmetic", () => {
  const rows = [
    ["a", "longer", "x"],
    ["bbb", "c", ""],
  ];
  expect(table(rows)).toBe("  a    longer  x\n  bbb  c");
  expect(table(rows, (cell, column) => (column === 0 ? `<${cell}>` : cell))).toBe("  <a  >  longer  x\n  <bbb>  c");
});

test("no colours where a program reads", () => {
  const { bold, red } = paintFor({ isTTY: false } as NodeJS.WriteStream);
  expect(bold("x") + red("y")).toBe("xy");
});

test.each([
  { n: 1, thing: "group", text: "1 group" },
  { n: 1_204, thing: "key", text: "1,204 keys" },
  { n: 3, thing: "process", text: "3 processes" },
])("$text", ({ n, thing, text }) => {
  expect(counted(n, thing)).toBe(text);
});

test("text is cut with a sign, and wrapped at spaces", () => {
  expect([cut("abcdef", 6), cut("abcdefg", 6)]).toEqual(["abcdef", "abcde…"]);
  expect(wrapped("one two three averyverylongword end", 9)).toEqual(["one two", "three", "averyverylongword", "end"]);
});

test("a path is named from here, unless that leads out of here", () => {
  expect(shownPath("/a/b/.flotilla", "/a/b")).toBe(".flotilla");
  expect(shownPath("/a/b", "/a/b")).toBe(".");
  expect(shownPath("/tmp/x", "/a/b")).toBe("/tmp/x");
});

test("a progress line is written over, and gone when it is empty; programs see none", () => {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
  const show = progressOn(stream, true);
  for (const line of ["1 of 2", "1 of 2", "2 of 2", "", ""]) show(line);
  expect(written).toEqual(["\r\u001b[K1 of 2", "\r\u001b[K2 of 2", "\r\u001b[K"]);
  progressOn(stream, false)("3 of 2");
  expect(written).toHaveLength(3);
});

test.each([
  { share: 0, full: 0 },
  { share: 0.5, full: 12 },
  { share: 1.7, full: 24 },
])("a bar of $share has $full of 24", ({ share, full }) => {
  expect(progressBar(share)).toBe("█".repeat(full) + "░".repeat(24 - full));
});
