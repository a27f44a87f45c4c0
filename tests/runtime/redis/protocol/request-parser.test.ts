import fc from "fast-check";
import { DEFAULT_REQUEST_LIMITS, RequestParser, STRANGER_LIMITS } from "../../../../runtime/redis/protocol/request-parser.ts";
import { KnownWords } from "../../../../runtime/redis/protocol/known-words.ts";
import { encodeRequest } from "../store-fixture.ts";

type Parsed = { readonly requests: readonly string[][]; readonly broken: string | null };

const NAMES = new KnownWords(["PING", "a", "foo", "1"]);

function parse(pieces: readonly Buffer[], limits = DEFAULT_REQUEST_LIMITS): Parsed {
  const parser = new RequestParser(limits, NAMES);
  const requests: Buffer[][] = [];
  for (const piece of pieces) {
    // Memory of sockets may be used again once it was read: what was taken must not depend on it.
    parser.push(Buffer.from(piece));
    for (let request = parser.next(); request !== null; request = parser.next()) requests.push([...request]);
  }
  return { requests: requests.map((request) => request.map((each) => each.toString("latin1"))), broken: parser.broken };
}

/** Cut at these places, taken modulo its length. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
}

const argument = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom("", "\r\n", "$3\r\nfoo\r\n", "*1\r\n").map((text) => Buffer.from(text)),
  fc.nat({ max: 5_000 }).map((length) => Buffer.alloc(length, "x")),
);
/** Enough that what each takes shows beside what else the heap does meanwhile. */
const PARSERS = 300;
const request = fc.array(argument, { minLength: 1, maxLength: 6 });
const places = fc.array(fc.nat(), { maxLength: 30 });

test("any split of the input gives the same requests", () => {
  fc.assert(
    fc.property(fc.array(request, { maxLength: 8 }), places, (requests, at) => {
      const bytes = Buffer.concat(requests.map(encodeRequest));
      const expected = requests.map((each) => each.map((one) => one.toString("latin1")));
      expect(parse(cut(bytes, at))).toEqual({ requests: expected, broken: null });
    }),
    { numRuns: 300 },
  );
});

test("any split of any bytes gives the same, and nothing throws", () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    fc
      .array(fc.constantFrom("*", "$", "1", "2", "-", "\r\n", "\n", "a", "'", '"', "\\x41", " ", "PING\r\n"), { maxLength: 40 })
      .map((parts) => Buffer.from(parts.join(""))),
  );
  fc.assert(
    fc.property(noise, places, (bytes, at) => {
      expect(parse(cut(bytes, at))).toEqual(parse([bytes]));
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  ["*1\r\n+PING\r\n", "expected '$', got '+'"],
  ["*x\r\n", "invalid multibulk length"],
  ["*99999999\r\n", "invalid multibulk length"],
  ["*65537\r\n", "invalid multibulk length"],
  ["*1\r\n$-1\r\n", "invalid bulk length"],
  ["*1\r\n$x\r\n", "invalid bulk length"],
  ["*1\r\n$99999999\r\n", "invalid bulk length"],
  ['SET "a\r\n', "unbalanced quotes in request"],
  ["x".repeat(70_000), "too big inline request"],
  [`*${"1".repeat(70_000)}`, "too big mbulk count string"],
  [`*1\r\n$${"1".repeat(70_000)}`, "too big bulk count string"],
])("%s is no request", (text, broken) => {
  expect(parse([Buffer.from(text)])).toEqual({ requests: [], broken });
});

test("who has not said who it is may send little", () => {
  expect(parse([Buffer.from("*11\r\n")], STRANGER_LIMITS).broken).toBe("unauthenticated multibulk length");
  expect(parse([Buffer.from("*1\r\n$16385\r\n")], STRANGER_LIMITS).broken).toBe("unauthenticated bulk length");
});

test("all of a request together has a limit", () => {
  const limits = { ...DEFAULT_REQUEST_LIMITS, requestBytesMax: 10 };
  expect(parse([encodeRequest(["aaaaaa", "bbbbb"])], limits).broken).toBe("too big request");
});

test("empty lines and empty lists are nothing", () => {
  expect(parse([Buffer.from("\r\n\n*0\r\n*-1\r\nPING\r\n")]).requests).toEqual([["PING"]]);
});

test("a first argument that is known is always the same memory; any other, and one behind it, is what came", () => {
  const parser = new RequestParser(DEFAULT_REQUEST_LIMITS, NAMES);
  const [first, second, third] = ["foo", "foo", "bar"].map((name) => {
    parser.push(encodeRequest([name, "foo"]));
    return parser.next() as readonly Buffer[];
  });
  expect(first?.[0]).toBe(second?.[0]);
  expect(first?.[1]).not.toBe(second?.[1]);
  expect([first, second, third].map((each) => each?.map(String))).toEqual([
    ["foo", "foo"],
    ["foo", "foo"],
    ["bar", "foo"],
  ]);
});

test("however many arguments are announced, only what came has memory", () => {
  const announced = Buffer.from("*65536\r\n$1\r\na\r\n");
  const before = process.memoryUsage().heapUsed;
  const parsers = Array.from({ length: PARSERS }, () => {
    const parser = new RequestParser();
    parser.push(announced);
    expect(parser.next()).toBeNull();
    return parser;
  });
  const pointersOfAll = PARSERS * 65_536 * 4;
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(pointersOfAll / 4);
  const [parser] = parsers as [RequestParser];
  for (let n = 1; n < 65_536; n++) parser.push(Buffer.from("$1\r\na\r\n"));
  expect(parser.next()?.every((each) => each.toString() === "a")).toBe(true);
});

test("a large value is not copied with every piece", () => {
  const parser = new RequestParser();
  const bytes = encodeRequest(["SET", "k", Buffer.alloc(1_000_000, "v")]);
  for (let at = 0; at < bytes.length; at += 1_000) parser.push(bytes.subarray(at, at + 1_000));
  expect(parser.next()?.[2]?.length).toBe(1_000_000);
  expect(parser.waitingBytes).toBe(0);
});
