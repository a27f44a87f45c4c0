import fc from "fast-check";
import { ReplyWriter } from "../../../../runtime/redis/protocol/reply-writer.ts";

const written = (protocol: 2 | 3, write: (out: ReplyWriter) => void): string => {
  const out = new ReplyWriter(protocol);
  write(out);
  return out.finish().toString("latin1");
};

test.each<[string, (out: ReplyWriter) => void, readonly [string, string]]>([
  ["nothing", (out) => void out.nil(), ["$-1\r\n", "_\r\n"]],
  ["no list", (out) => void out.nilArray(), ["*-1\r\n", "_\r\n"]],
  ["a map", (out) => void out.map(2), ["*4\r\n", "%2\r\n"]],
  ["a set", (out) => void out.set(2), ["*2\r\n", "~2\r\n"]],
  ["text for people", (out) => void out.verbatim("é"), ["$2\r\n\u00c3\u00a9\r\n", "=6\r\ntxt:\u00c3\u00a9\r\n"]],
  ["a number", (out) => void out.integer(-5n), [":-5\r\n", ":-5\r\n"]],
  ["an empty list", (out) => void out.array(0), ["*0\r\n", "*0\r\n"]],
  ["no bytes", (out) => void out.bulk(new Uint8Array(0)), ["$0\r\n\r\n", "$0\r\n\r\n"]],
])("%s in both versions", (_name, write, [second, third]) => {
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

test("any bytes, texts and lengths are written as plainly as they would be by hand", () => {
  const bytes = fc.uint8Array({ maxLength: 1_200 });
  const text = fc.oneof(fc.string({ maxLength: 40 }), fc.string({ unit: "binary", maxLength: 40 }));
  const line = text.map((each) => each.replaceAll(/[\r\n]/g, ""));
  fc.assert(
    fc.property(fc.record({ value: bytes, words: text, status: line, length: fc.nat({ max: 10_000_000 }) }), (given) => {
      const { value, words, status, length } = given;
      const out = new ReplyWriter(2);
      out.bulk(value).bulkText(words).simple(status).array(length).map(length);
      const told = Buffer.from(`\r\n$${Buffer.byteLength(words)}\r\n${words}\r\n+${status}\r\n*${length}\r\n*${2 * length}\r\n`);
      expect(out.finish()).toEqual(Buffer.concat([Buffer.from(`$${value.length}\r\n`), value, told]));
    }),
  );
});

test("it takes a piece of memory when there is something to write, and gives it back when that has been read", () => {
  const given: string[] = [];
  const piece = Buffer.alloc(100);
  const out = new ReplyWriter(2, {
    take: (bytes) => (bytes <= piece.length ? piece : null),
    giveBack: (bytes, isRead) => given.push(`${bytes === piece} ${isRead}`),
  });
  expect(out.finish()).toHaveLength(0);
  out.simple("OK");
  expect(out.finish().buffer).toBe(piece.buffer);
  out.clear(true);
  out.simple("OK").clear(false);
  // Grown beyond the piece: what was in it is copied, and the memory of its own is nobody else's.
  out.simple("OK").bulk(Buffer.alloc(100, "x"));
  expect(out.finish().toString()).toBe(`+OK\r\n$100\r\n${"x".repeat(100)}\r\n`);
  out.clear(true);
  expect([given, out.length]).toEqual([["true true", "true false", "true true"], 0]);
});

test("what is kept takes hardly more memory than it has bytes, and is copied only for that", () => {
  const out = new ReplyWriter(2, { take: (bytes) => (bytes <= 100 ? Buffer.allocUnsafeSlow(100) : null), giveBack: () => undefined });
  const kept = (length: number): { readonly unused: number; readonly isCopy: boolean } => {
    const bytes = out.raw(Buffer.alloc(length, "x")).finishToKeep();
    expect(bytes.toString()).toBe("x".repeat(length));
    const isCopy = bytes.buffer !== out.finish().buffer;
    out.clear(true);
    return { unused: bytes.buffer.byteLength - length, isCopy };
  };
  // A piece that is used again, a part of what Node shares among small ones, and memory of its own.
  expect([100, 1_000, 100_000].map(kept)).toEqual([
    { unused: 0, isCopy: true },
    { unused: 0, isCopy: true },
    { unused: 0, isCopy: false },
  ]);
  // Grown to twice of what it was for little more.
  out.raw(Buffer.alloc(100_000)).raw(Buffer.alloc(1));
  expect(out.finishToKeep().buffer.byteLength).toBe(100_001);
});

test("it begins with about as much as it wrote last, and with a piece where that is enough", () => {
  const asked: number[] = [];
  const take = (bytes: number): Buffer | null => {
    asked.push(bytes);
    return bytes <= 1_000 ? Buffer.allocUnsafeSlow(1_000) : null;
  };
  const out = new ReplyWriter(2, { take, giveBack: () => undefined });
  const value = Buffer.alloc(100);
  /** Whether so many replies of 108 bytes were copied into larger memory on the way. */
  const grows = (replies: number): boolean => {
    const { buffer } = out.bulk(value).finish();
    for (let i = 1; i < replies; i++) out.bulk(value);
    const hasGrown = out.finish().buffer !== buffer;
    out.clear(true);
    return hasGrown;
  };
  expect([100, 100, 5, 5, 1_000, 1_000].map(grows)).toEqual([true, false, false, false, true, true]);
  expect(asked).toEqual([122, 12_150, 12_150, 608, 608, 65_536]);
});
