import { matches } from "../../../runtime/redis/glob.ts";

test.each([
  ["*", "anything", true],
  ["h?llo", "hello", true],
  ["h?llo", "hllo", false],
  ["h*llo", "heeello", true],
  ["h[ae]llo", "hallo", true],
  ["h[^e]llo", "hello", false],
  ["h[a-c]llo", "hbllo", true],
  ["h[c-a]llo", "hbllo", true],
  [String.raw`h\*llo`, "h*llo", true],
  [String.raw`h\*llo`, "hello", false],
  ["a*b*c", "aXbYbZc", true],
  ["a*b*c", "aXbYbZ", false],
  ["", "", true],
  ["", "a", false],
  ["[", "[", false],
  ["[a", "a", true],
])("%s and %s: %s", (pattern, key, expected) => {
  expect(matches(Buffer.from(pattern), Buffer.from(key))).toBe(expected);
});

test("many stars take no time", () => {
  const began = performance.now();
  expect(matches(Buffer.from(`${"a*".repeat(200)}b`), Buffer.from("a".repeat(5_000)))).toBe(false);
  expect(performance.now() - began).toBeLessThan(1_000);
});
