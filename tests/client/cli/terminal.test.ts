import { duration, paintFor, table } from "../../../client/cli/terminal.ts";

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
