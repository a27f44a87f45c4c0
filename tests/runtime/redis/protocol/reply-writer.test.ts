import { ReplyWriter } from "../../../../runtime/redis/protocol/reply-writer.ts";

const written = (protocol: 2 | 3, write: (out: ReplyWriter) => void): string => {
  const out = new ReplyWriter(protocol);
  write(out);
  return out.finish().toString("latin1");
};

test.each<[string, (out: ReplyWriter) => void, string, string]>([
  ["nothing", (out) => void out.nil(), "$-1\r\n", "_\r\n"],
  ["no list", (out) => void out.nilArray(), "*-1\r\n", "_\r\n"],
  ["a map", (out) => void out.map(2), "*4\r\n", "%2\r\n"],
  ["a set", (out) => void out.set(2), "*2\r\n", "~2\r\n"],
  ["text for people", (out) => void out.verbatim("é"), "$2\r\n\u00c3\u00a9\r\n", "=6\r\ntxt:\u00c3\u00a9\r\n"],
  ["a number", (out) => void out.integer(-5n), ":-5\r\n", ":-5\r\n"],
])("%s in both versions", (_name, write, second, third) => {
  expect(written(2, write)).toBe(second);
  expect(written(3, write)).toBe(third);
});

test("an error stays on its line, and repeats bytes as they came", () => {
  expect(written(2, (out) => void out.error("ERR a\r\nb \u00ff"))).toBe("-ERR a  b \u00ff\r\n");
});

test("it grows", () => {
  const bytes = Buffer.alloc(100_000, 7);
  expect(written(2, (out) => void out.bulk(bytes).bulkText("x"))).toBe(`$100000\r\n${bytes.toString("latin1")}\r\n$1\r\nx\r\n`);
});
