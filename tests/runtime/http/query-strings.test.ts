import { parseQuery } from "../../../runtime/http/query-strings.ts";

test.each<{ text: string; query: Record<string, unknown> }>([
  { text: "", query: {} },
  { text: "a=1&b=%C3%A4+x&c", query: { a: "1", b: "ä x", c: "" } },
  { text: "a=b=c&", query: { a: "b=c" } },
  { text: "a=%ff", query: { a: null } },
  { text: "a=1&a=2&a=3", query: { a: [["1", "2"], "3"] } },
  { text: "%ff=1", query: { "%ff": "1" } },
])("$text", ({ text, query }) => {
  expect({ ...parseQuery(text) }).toEqual(query);
});

test("a name that is a trap is a name like any other, and there are not endlessly many", () => {
  const query = parseQuery("__proto__=1&constructor=2");
  expect(Object.entries(query)).toEqual([
    ["__proto__", "1"],
    ["constructor", "2"],
  ]);
  expect(Object.keys(parseQuery(Array.from({ length: 100 }, (_, n) => `n${n}=1`).join("&")))).toHaveLength(32);
});
