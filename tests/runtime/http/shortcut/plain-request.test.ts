import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { PlainRequestReader } from "../../../../runtime/http/shortcut/plain-request.ts";

const GET = "GET /v1/kv/a%20b?encoding=base64 HTTP/1.1\r\nHost: here\r\nflotilla-deadline-ms: 7\r\n\r\n";
const PUT = 'PUT /v1/kv/a HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"value":1}';

const read = (text: string) => new PlainRequestReader().read(text, 0);

test("a request as most are", () => {
  const headers = { host: "here", "flotilla-deadline-ms": "7" };
  const expected = { method: "GET", url: "/v1/kv/a%20b?encoding=base64", key: "a%20b", queryText: "encoding=base64", headers };
  expect(read(GET)).toEqual({ ...expected, bodyAt: GET.length, end: GET.length });
});

test("one with a body", () => {
  expect(read(PUT)).toMatchObject({ method: "PUT", key: "a", queryText: "", bodyAt: PUT.length - 11, end: PUT.length });
});

test("several, with headers that change", () => {
  const reader = new PlainRequestReader();
  const text = PUT + GET + GET + PUT;
  const ends = [PUT, GET, GET, PUT].reduce<number[]>((all, each) => [...all, (all.at(-1) ?? 0) + each.length], []);
  expect([0, ...ends.slice(0, 3)].map((from) => reader.read(text, from)?.end)).toEqual(ends);
});

test("headers that begin as those of the request before are read as well", () => {
  const reader = new PlainRequestReader();
  const [one, more] = [GET, GET.replace("\r\n\r\n", "\r\na: b\r\n\r\n")];
  for (const text of [one, more, one, more]) expect(reader.read(text, 0)).toEqual(read(text));
  expect(reader.read(one.replace("\r\n\r\n", "\r\na"), 0)).toBeNull();
});

const with_ = (header: string): string => GET.replace("\r\n\r\n", `\r\n${header}\r\n\r\n`);
const withLength = (length: string): string => PUT.replace("Length: 11", `Length: ${length}`);

test.each([
  ["another version", GET.replace("HTTP/1.1", "HTTP/1.0")],
  ["another method", GET.replace("GET", "HEAD")],
  ["a method in small letters", GET.replace("GET", "get")],
  ["another path", GET.replace("/v1/kv/a", "/v1/kv/a/append")],
  ["no key", GET.replace("/v1/kv/a%20b", "/v1/kv/")],
  ["a whole address", GET.replace("/v1", "http://here/v1")],
  ["a fragment", GET.replace("?", "#?")],
  ["a semicolon, which some read as the end of a path", GET.replace("a%20b", "a;b")],
  ["bytes beyond ASCII in the path", GET.replace("a%20b", "ä")],
  ["bytes beyond ASCII in the query", GET.replace("base64", "ä")],
  ["a backslash", GET.replace("a%20b", "a\\b")],
  ["two blanks", GET.replace("GET ", "GET  ")],
  ["lines that end in a line feed alone", GET.replaceAll("\r\n", "\n")],
  ["a carriage return alone", with_("a: b\rc: d")],
  ["an empty line in front", `\r\n${GET}`],
  ["no host", GET.replace("Host", "Most")],
  ["two hosts", with_("host: there")],
  ["the same header twice", with_("Flotilla-Deadline-Ms: 8")],
  ["a header that is folded", with_("a: b\r\n c")],
  ["a blank in front of the colon", with_("a : b")],
  ["no colon", with_("a")],
  ["an empty value", with_("a:")],
  ["a blank at the end of a value", with_("a: b ")],
  ["a value beyond ASCII", with_("a: \u00e4")],
  ["a zero byte", with_("a: b\u0000")],
  ["an underscore in a name", with_("content_length: 5")],
  ["a connection that is to be closed", with_("connection: close")],
  ["another protocol", with_("upgrade: h2c")],
  ["a body in pieces", with_("transfer-encoding: chunked")],
  ["both framings", PUT.replace("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n")],
  ["an expectation", with_("expect: 100-continue")],
  ["a body where none belongs", with_("content-length: 5")],
  ["a type of no body", with_("content-type: application/json")],
  ["a write without a body", PUT.replace(/Content-Length: 11\r\n/, "")],
  ["another type", PUT.replace("application/json", "text/plain")],
  ["a type with a parameter", PUT.replace("application/json", "application/json; charset=latin1")],
  ["a length with a sign", withLength("+11")],
  ["a length with a zero in front", withLength("011")],
  ["a length in another base", withLength("0xb")],
  ["two lengths in one", withLength("11, 11")],
  ["a body that is not all there", PUT.slice(0, -1)],
  ["a head that is not all there", GET.slice(0, -1)],
  ["a long head", with_(`a: ${"x".repeat(10_000)}`)],
  ["a long key", GET.replace("a%20b", "x".repeat(5_000))],
])("%s: not plain", (_name, text) => {
  expect(read(text)).toBeNull();
});

test("of a large request nothing stays behind with its connection but its headers", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const heldBytes = (): number => (collect(), process.memoryUsage().heapUsed);
  const [connections, bodyBytes] = [500, 50_000];
  const text = (n: number): string => PUT.replace("Content-Length: 11", `a: ${n}\r\nContent-Length: ${bodyBytes}`) + "x".repeat(bodyBytes);
  const before = heldBytes();
  const readers = Array.from({ length: connections }, (_, n) => {
    const reader = new PlainRequestReader();
    expect(reader.read(Buffer.from(text(n)).toString("latin1"), 0)).not.toBeNull();
    return reader;
  });
  expect(heldBytes() - before).toBeLessThan((connections * bodyBytes) / 4);
  expect(readers).toHaveLength(connections);
});
