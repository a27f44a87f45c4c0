import { textOf, utf8 } from "../../../core/base/bytes.ts";
import { extendedOf, sumOf, textOfExtended } from "../../../core/kv/extended-floats.ts";

function add(a: string, b: string): string | null {
  const [left, right] = [extendedOf(utf8(a)), extendedOf(utf8(b))];
  if (left === null || right === null) throw new Error("no number");
  return textOfExtended(sumOf(left, right));
}

// What redis-server 7.0.15 answers on x86-64.
test.each([
  ["0.1", "0.2", "0.3"],
  ["10.5", "0.1", "10.6"],
  ["3.0e3", "200", "3200"],
  ["1", "-1", "0"],
  ["0", "-0.000000000000000001", "0"],
  ["200.1", "0", "200.10000000000000001"],
  ["1e19", "1", "10000000000000000001"],
  ["1e20", "1", "100000000000000000000"],
  [".5", "5.", "5.5"],
  ["+1", "-3.25", "-2.25"],
])("%s and %s make %s", (a, b, sum) => {
  expect(add(a, b)).toBe(sum);
});

test("what is no number", () => {
  for (const text of ["", " 1", "1 ", "x", "1e", "--1", ".", "1e20000", "nan", "\u00e9", "1".repeat(6_000)])
    expect(extendedOf(utf8(text))).toBeNull();
});

test("the largest numbers and the smallest, and what is beyond them", () => {
  const zeros = "0".repeat(5_000);
  expect(add("1e4932", "0")).toHaveLength(4_933);
  expect(add(`0.${zeros}1e9933`, "0")).toBe(add("1e4932", "0"));
  for (const text of ["1e4933", "1.2e4932", `1${zeros}`, `0.${zeros}1e9934`, "1e999999999999"]) expect(extendedOf(utf8(text))).toBeNull();
  expect(extendedOf(utf8("4e-4951"))).toEqual({ significand: 1n, exponent: -16_445 });
  for (const text of ["1e-4951", "-1e-4953", "0e999999", `0.${zeros}1`, "1e-999999999999"]) expect(add(text, "0")).toBe("0");
});

test("infinities have no digits, and two of them that differ make none at all", () => {
  expect(add("inf", "1")).toBeNull();
  expect(add("1", "-Infinity")).toBeNull();
  expect(sumOf("infinity", "-infinity")).toBe("none");
  expect(add("1.1e4932", "1.1e4932")).toBeNull();
});

test("a number that is too small is nothing", () => {
  expect(add("1e-30000", "0")).toBe("0");
  expect(textOf(utf8(add("1e-4950", "2") ?? ""))).toBe("2");
});

test("a long text that is no number is found out as fast as any other", () => {
  const texts = ["1".repeat(5_118) + "x", "1".repeat(2_559) + "." + "1".repeat(2_558) + "x", "1".repeat(5_117) + "ex"];
  const begun = performance.now();
  for (let i = 0; i < 20; i++) for (const text of texts) expect(extendedOf(utf8(text))).toBeNull();
  // It was a tenth of a second for one.
  expect(performance.now() - begun).toBeLessThan(2_000);
});
