// Whatever arrives, the answer is one of the catalogue's, nothing is thrown, and memory stays where it was. BAD_REQUESTS says
// how many; the usual run takes few enough to be quick, and `make bad-requests` a hundred thousand.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { REFUSALS } from "../../../../core/base/outcome.ts";
import { UNKNOWNS } from "../../../../runtime/http/error-shape.ts";
import { ROUTES } from "../../../../runtime/http/route-table.ts";
import { DoorFixture, twoGroups } from "./door-fixture.ts";
import { asGroup } from "../../../../core/base/ids.ts";
import { SHARDS } from "../../../../core/shards/slots.ts";

const BAD_REQUESTS = Number(process.env["BAD_REQUESTS"] ?? 6_000);
const WARM_UP = 1_000;
const GROWTH_BYTES_MAX = 64 * 1_048_576;

type Sent = {
  readonly method: string;
  readonly url: string;
  readonly body: string | Buffer | undefined;
  readonly headers: Record<string, string>;
};

const PATHS = Object.keys(ROUTES)
  .map((name) => name.split(" ")[1] ?? "")
  .filter((path) => /kv|txn|batch|clients|shard-map|leader|members/.test(path));
const TRAPS = [
  "__proto__",
  "constructor",
  "toString",
  "op",
  "key",
  "value",
  "by",
  "ttlMs",
  "ifVersion",
  "encoding",
  "operations",
  "then",
  "to",
];

const name = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...TRAPS) }, { weight: 1, arbitrary: fc.string() });
const scalar = fc.oneof(
  fc.constantFrom(
    null,
    true,
    "",
    "1",
    "-1",
    "9223372036854775808",
    "\ud800",
    "a\u0000",
    0,
    -1,
    1.5,
    1e308,
    2 ** 53,
    "put",
    "get",
    "increment",
    "base64",
    "=",
  ),
  fc.string({ unit: "binary" }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    { weight: 4, arbitrary: scalar },
    fc.array(tie("any"), { maxLength: 4 }),
    fc.dictionary(name, tie("any"), { maxKeys: 5 }),
  ),
})).any;
const operation = fc.record(
  {
    op: fc.constantFrom("get", "put", "delete", "append", "increment", "drop", 1),
    key: fc.oneof(fc.constant("k"), value),
    value,
    by: value,
    ifVersion: value,
  },
  { requiredKeys: [] },
);
const json = fc.oneof(
  value,
  fc.record({ value, encoding: value, ifVersion: value, ttlMs: value, by: value }, { requiredKeys: [] }),
  fc.record({ operations: fc.array(operation, { maxLength: 4 }), encoding: value }, { requiredKeys: ["operations"] }),
  fc.record({ compare: fc.array(value, { maxLength: 3 }), then: fc.array(operation, { maxLength: 3 }), else: value }, { requiredKeys: [] }),
);
const body: fc.Arbitrary<string | Buffer | undefined> = fc.oneof(
  { weight: 8, arbitrary: json.map((each) => JSON.stringify(each)) },
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc.nat(20_000).map((depth) => `${"[".repeat(depth)}${"]".repeat(depth)}`),
  fc.nat(5_000).map((depth) => `{"value":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`),
  json.map((each) => JSON.stringify(each).slice(1)),
  fc.constant(undefined),
);
const segment = fc.oneof(
  fc.constantFrom("k", "", "%ff", "%", "%2F", "..", "x".repeat(1_025), "%F0%9F%98%80"),
  fc.string().map(encodeURIComponent_),
);
const parameter = fc.tuple(
  fc.oneof(
    fc.constantFrom("keyEncoding", "encoding", "prefix", "after", "limit", "shards", "ifVersion", "consistency", "__proto__"),
    fc.string().map(encodeURIComponent_),
  ),
  fc.oneof(
    fc.constantFrom("base64url", "base64", "1", "-1", "%ff", "%00AAE", "stale", "256", "1,1", ""),
    fc.string().map(encodeURIComponent_),
  ),
);
const header = fc.constantFrom<Record<string, string>>(
  {},
  {},
  { "content-type": "text/plain" },
  { "content-type": "application/json; charset=latin1" },
  { "flotilla-serial": "1" },
  { "flotilla-client": "nobody", "flotilla-serial": "0" },
  { "flotilla-client": "x".repeat(2_000), "flotilla-serial": "1" },
  { "flotilla-deadline-ms": "0" },
  { "flotilla-deadline-ms": "1e3" },
  { "flotilla-forwarded": "1" },
  { authorization: "Basic \u00ff" },
);
const request: fc.Arbitrary<Sent> = fc.record({
  method: fc.constantFrom("GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS"),
  url: fc.tuple(fc.constantFrom(...PATHS), segment, fc.array(parameter, { maxLength: 4 })).map(([path, key, parameters]) => {
    const query = parameters.map((pair) => pair.join("=")).join("&");
    return path.replace(/:[a-z]+/, key) + (query === "" ? "" : `?${query}`);
  }),
  body,
  headers: header,
});

/** As it is, where half a character has no escape. */
function encodeURIComponent_(text: string): string {
  return !/\p{Surrogate}/u.test(text) ? encodeURIComponent(text) : "%ED%A0%80";
}

/** What can't be collected. */
function heldBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

let door: DoorFixture;
beforeAll(() => {
  door = new DoorFixture(asGroup("1"), () => []);
  door.adopt(twoGroups(1, SHARDS));
});
afterAll(() => door.close());

/** Whether it says that the request was wrong. That a key is not there, or its group, says nothing against it. */
function judgeAnswer(sent: Sent, status: number, text: string): boolean {
  const told = `${JSON.stringify({ ...sent, body: String(sent.body).slice(0, 200) })} → ${status} ${text.slice(0, 300)}`;
  if (status < 300) return false;
  if (sent.method === "HEAD") return false;
  const { error } = JSON.parse(text) as { error: { code: string; outcome: string; message: string } };
  const known: Readonly<Record<string, { readonly status: number }>> = error.outcome === "refused" ? REFUSALS : UNKNOWNS;
  if (known[error.code]?.status !== status || error.code === "internal" || error.message === "") throw new Error(told);
  return status < 500 && error.code !== "keyNotFound";
}

test(`${BAD_REQUESTS} bad requests: each has its answer, and memory stays bounded`, async () => {
  let bad = 0;
  const send = async (sent: Sent): Promise<void> => {
    const { method, url, body: payload, headers } = sent;
    const type = payload === undefined ? {} : { "content-type": "application/json" };
    const answer = await door.app.inject({
      method: method as "GET",
      url,
      headers: { ...type, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
    if (judgeAnswer(sent, answer.statusCode, answer.body)) bad++;
  };
  await fc.assert(fc.asyncProperty(request, send), { numRuns: WARM_UP });
  const beforeBytes = heldBytes();
  while (bad < BAD_REQUESTS) {
    await fc.assert(fc.asyncProperty(request, send), { numRuns: 1_000 });
    door.asked.length = 0;
    door.counted.length = 0;
  }
  expect(bad).toBeGreaterThanOrEqual(BAD_REQUESTS);
  expect(heldBytes() - beforeBytes).toBeLessThan(GROWTH_BYTES_MAX);
  const sane = await door.call({ method: "PUT", url: "/v1/kv/k", body: { value: "v" } });
  expect(sane.status).toBe(200);
}, 600_000);

test("a body that is too large is 413, and names the limit", async () => {
  const answer = await door.call({ method: "PUT", url: "/v1/kv/k", body: `{"value":"${"x".repeat(2_200_000)}"}` });
  expect([answer.status, answer.body]).toEqual([
    413,
    { error: { code: "tooLarge", message: "a body has at most 2097152 bytes here", outcome: "refused" } },
  ]);
  const value = await door.call({ method: "PUT", url: "/v1/kv/k", body: { value: "x".repeat(1_048_577) } });
  expect([value.status, value.body]).toMatchObject([413, { error: { code: "tooLarge" } }]);
});
