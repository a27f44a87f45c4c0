import type { AddressInfo } from "node:net";
import { utf8 } from "../../../../core/base/bytes.ts";
import { asIndex, asTerm } from "../../../../core/base/ids.ts";
import { refused, unknown } from "../../../../core/base/outcome.ts";
import { shardOf } from "../../../../core/shards/slots.ts";
import { eventually } from "../../manual-clock.ts";
import type { DoorFixture } from "./door-fixture.ts";
import { moveShard, originOf, twoDoors, twoGroups } from "./door-fixture.ts";

const BORDER = 128;
const REQUEST_BYTES_MAX = 2_097_152;
/** A key of each group. */
const [ONE, TWO] = [keyBelow(true), keyBelow(false)];
let doors: readonly [DoorFixture, DoorFixture];
let first: DoorFixture;
let second: DoorFixture;

beforeEach(() => {
  doors = twoDoors();
  [first, second] = doors;
  for (const door of doors) door.adopt(twoGroups(1, BORDER));
});
afterEach(() => Promise.all(doors.map((door) => door.close())));

function keyBelow(isBelow: boolean): string {
  for (let n = 0; ; n++) if (shardOf(utf8(`k${n}`)) < BORDER === isBelow) return `k${n}`;
}

const put = (door: DoorFixture, [key, value]: readonly [string, string], headers: Record<string, string> = {}) =>
  door.call({ method: "PUT", url: `/v1/kv/${key}`, body: { value }, headers });

describe("whoever is asked", () => {
  test("a key is served by its group, and the answer says by which", async () => {
    for (const door of doors) {
      for (const [key, group] of [
        [ONE, "1"],
        [TWO, "2"],
      ] as const) {
        const answer = await put(door, [key, "v"]);
        expect(answer.status).toBe(200);
        expect(answer.headers).toMatchObject({ "flotilla-group": group, "flotilla-term": "3", "flotilla-config": "1" });
        expect((await door.call({ url: `/v1/kv/${key}` })).body).toMatchObject({ key, value: "v" });
      }
    }
    expect(first.counted.filter((each) => each === "put done")).toHaveLength(2);
  });

  test("a request that was handed on goes no further", async () => {
    const answer = await put(first, [TWO, "v"], { "flotilla-forwarded": "1" });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ error: { code: "wrongShard", outcome: "refused", owner: "2", leader: originOf("2") } });
    expect(second.asked).toEqual([]);
    expect(first.asked).toEqual([]);
  });

  test("who would rather be told than served is told", async () => {
    const answer = await put(first, [TWO, "v"], { "flotilla-route": "redirect" });
    expect(answer.body).toMatchObject({ error: { code: "wrongShard", owner: "2", leader: originOf("2") } });
    expect((await put(first, [ONE, "v"], { "flotilla-route": "redirect" })).status).toBe(200);
  });

  test("a HEAD of a key that another group does not have is asked for once", async () => {
    const headers = { "flotilla-deadline-ms": "500" };
    const { statusCode, body } = await first.app.inject({ method: "HEAD", url: `/v1/kv/${TWO}`, headers });
    expect([statusCode, body]).toEqual([404, ""]);
    expect(second.asked).toHaveLength(1);
  });

  test("what may have been done is not sent again", async () => {
    second.instead.push(unknown("leadershipLost"));
    const answer = await put(first, [TWO, "v"]);
    expect(answer.body).toMatchObject({ error: { code: "leadershipLost", outcome: "unknown" } });
    expect(second.asked).toHaveLength(1);
  });

  test("what was certainly not done is tried again until the deadline", async () => {
    second.instead.push(refused("transferring", "a moment"), refused("starting", "a moment"));
    expect((await put(first, [TWO, "v"])).status).toBe(200);
    second.isReachable = false;
    const answer = await put(first, [TWO, "w"], { "flotilla-deadline-ms": "100" });
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ error: { code: "noQuorum", outcome: "refused" } });
  });

  test("who has too much to do says so at once", async () => {
    second.instead.push(refused("overloaded", "too much"));
    const answer = await put(first, [TWO, "v"]);
    expect([answer.status, answer.body["error"]]).toEqual([429, expect.objectContaining({ code: "overloaded", retryAfterMs: 1_000 })]);
  });
});

describe("a shard that moves", () => {
  const shard = BORDER - 1;
  const key = ((): string => {
    for (let n = 0; ; n++) if (shardOf(utf8(`m${n}`)) === shard) return `m${n}`;
  })();
  const move = (upTo: "frozen" | "served") => moveShard(shard, { from: first, to: second, number: 2 }, upTo);

  beforeEach(async () => {
    await put(first, [key, "before"]);
    for (const door of doors) door.adopt(twoGroups(2, shard));
  });

  test("is served by the group that has it still, whoever is asked", async () => {
    for (const door of doors) {
      const answer = await put(door, [key, "meanwhile"]);
      expect([answer.status, answer.headers["flotilla-group"]]).toEqual([200, "1"]);
    }
  });

  test("is waited for while it is frozen, without filling any log", async () => {
    move("frozen");
    const [askedOfFirst, askedOfSecond] = [first.asked.length, second.asked.length];
    const waiting = doors.map((door) => put(door, [key, "after"]));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([first.asked.length, second.asked.length]).toEqual([askedOfFirst, askedOfSecond]);
    move("served");
    for (const answer of await Promise.all(waiting)) expect([answer.status, answer.headers["flotilla-group"]]).toEqual([200, "2"]);
    expect((await first.call({ url: `/v1/kv/${key}` })).body).toMatchObject({ value: "after", version: 3 });
  });

  test("is refused at the deadline, and certainly not written", async () => {
    move("frozen");
    const answer = await put(second, [key, "never"], { "flotilla-deadline-ms": "120" });
    expect(answer.body).toMatchObject({ error: { code: "shardMoving", outcome: "refused" } });
    move("served");
    expect((await second.call({ url: `/v1/kv/${key}` })).body).toMatchObject({ value: "before" });
  });

  test("a member that has not heard of the move is told by the other one", async () => {
    move("served");
    first.step({ kind: "release", shard, number: 2 });
    expect((await put(first, [key, "after"])).headers["flotilla-group"]).toBe("2");
  });
});

describe("several keys", () => {
  test("a batch goes to all groups, and is answered in order", async () => {
    await put(first, [TWO, "v"]);
    const operations = [
      { op: "put", key: ONE, value: "1" },
      { op: "get", key: TWO },
      { op: "get", key: "nobody" },
      { op: "increment", key: ONE, by: "x" },
    ];
    const bad = await first.call({ method: "POST", url: "/v1/batch", body: { operations } });
    expect(bad.body).toMatchObject({ error: { code: "badRequest" } });
    const { status, body } = await first.call({ method: "POST", url: "/v1/batch", body: { operations: operations.slice(0, 3) } });
    expect(status).toBe(200);
    expect(body).toEqual({ results: [{ version: 1, revision: 1 }, { key: TWO, value: "v", version: 1, revision: 1 }, { found: false }] });
  });

  test("a part that can't be done has its error, the others their answers", async () => {
    second.instead.push(unknown("leadershipLost"));
    const operations = [
      { op: "put", key: ONE, value: "1" },
      { op: "put", key: TWO, value: "1" },
    ];
    const { body } = await first.call({ method: "POST", url: "/v1/batch", body: { operations } });
    expect(body).toEqual({ results: [{ version: 1, revision: 1 }, { error: expect.objectContaining({ outcome: "unknown" }) as unknown }] });
  });

  test("a batch of the largest size is handed on, too", async () => {
    const batch = (...values: readonly string[]): string =>
      `{"operations":[${values.map((value) => `{"op":"put","key":"${TWO}","value":"${value}"}`).join(",")}]}`;
    const whole = "w".repeat(1_048_576);
    const largest = batch(whole, "x".repeat(REQUEST_BYTES_MAX - batch(whole, "").length));
    const { status, body } = await first.call({ method: "POST", url: "/v1/batch", body: largest });
    expect([status, body]).toMatchObject([200, { results: [{ version: 1 }, { version: 2 }] }]);
    expect((await first.call({ method: "POST", url: "/v1/batch", body: `${largest} ` })).status).toBe(413);
  });

  test("what a batch says of its encoding is handed on with it, and goes before what its address says", async () => {
    const operations = [{ op: "put", key: TWO, value: "/w==" }];
    await first.call({ method: "POST", url: "/v1/batch?encoding=base64", body: { operations, encoding: "utf8" } });
    expect((await first.call({ url: `/v1/kv/${TWO}` })).body).toMatchObject({ value: "/w==" });
    await first.call({ method: "POST", url: "/v1/batch?encoding=base64", body: { operations } });
    expect((await first.call({ url: `/v1/kv/${TWO}?encoding=base64` })).body).toMatchObject({ value: "/w==" });
  });

  test("all parts of a batch go under the one serial, and what only reads under none", async () => {
    const headers = { "flotilla-client": "c", "flotilla-serial": "4", "flotilla-acked": "3" };
    const operations = [
      { op: "put", key: ONE, value: "1" },
      { op: "put", key: TWO, value: "1" },
    ];
    await first.call({ method: "POST", url: "/v1/batch", body: { operations }, headers });
    for (const door of doors) expect(door.asked.at(-1)).toMatchObject({ kind: "write", session: { client: "c", serial: 4, acked: 3 } });
    await first.call({ method: "POST", url: "/v1/batch", body: { operations: [{ op: "get", key: ONE }] }, headers });
    expect(first.asked.at(-1)).toMatchObject({ kind: "read" });
  });

  test("a transaction is of one slot", async () => {
    const then = [
      { op: "put", key: "{t}a", value: "1" },
      { op: "put", key: "{t}b", value: "2" },
    ];
    for (const door of doors) {
      const { body } = await door.call({ method: "POST", url: "/v1/txn", body: { compare: [{ key: "{t}a", version: 0 }], then } });
      expect(body).toMatchObject({ succeeded: door === first });
    }
    const crossing = await first.call({ method: "POST", url: "/v1/txn", body: { then: [then[0], { op: "get", key: "other" }] } });
    expect([crossing.status, crossing.body]).toEqual([400, { error: expect.objectContaining({ code: "crossSlot" }) as unknown }]);
    const failing = { then: [...then, { op: "put", key: "{t}a", value: "", ifVersion: 9 }] };
    const failed = await first.call({ method: "POST", url: "/v1/txn", body: failing });
    expect([failed.status, failed.body]).toEqual([
      409,
      { error: expect.objectContaining({ code: "versionMismatch", operation: 2 }) as unknown },
    ]);
  });

  test("a scan goes over all groups in byte order, page by page, whatever bytes the keys are", async () => {
    const keys = [...Array.from({ length: 40 }, (_, n) => utf8(`s${n}`)), new Uint8Array([0x73, 0xff]), new Uint8Array([0x73, 0])];
    for (const key of keys) {
      const url = `/v1/kv/${Buffer.from(key).toString("base64url")}?keyEncoding=base64url`;
      expect((await first.call({ method: "PUT", url, body: { value: "v" } })).status).toBe(200);
    }
    const ordered = keys
      .map((key) => Buffer.from(key).toString("base64url"))
      .sort((a, b) => Buffer.compare(Buffer.from(a, "base64url"), Buffer.from(b, "base64url")));
    for (const keyEncoding of ["utf8", "base64url"] as const) {
      const found: string[] = [];
      let after: string | null = null;
      do {
        const prefix = keyEncoding === "utf8" ? "s" : "cw";
        const place: string = after === null ? "" : `&after=${encodeURIComponent(after)}`;
        const { status, body } = await second.call({ url: `/v1/kv?prefix=${prefix}&limit=7&keyEncoding=${keyEncoding}${place}` });
        expect(status).toBe(200);
        for (const { key, keyEncoding: told } of body["entries"] as readonly { key: string; keyEncoding?: string }[]) {
          found.push(told === "base64url" ? key : Buffer.from(key).toString("base64url"));
        }
        after = body["next"] as string | null;
      } while (after !== null);
      expect(found).toEqual(ordered);
    }
  });

  test("a scan of single shards is what members ask each other", async () => {
    await put(first, [ONE, "v"]);
    const shard = shardOf(utf8(ONE));
    expect((await first.call({ url: `/v1/kv?shards=${shard}` })).body).toMatchObject({ entries: [{ key: ONE }], next: null });
    expect((await first.call({ url: `/v1/kv?shards=${shard + 1}` })).body).toEqual({ entries: [], next: null });
    const wrong = await first.call({ url: "/v1/kv?shards=0,200", headers: { "flotilla-forwarded": "1" } });
    expect(wrong.body).toMatchObject({ error: { code: "wrongShard", owner: "2" } });
  });

  test("a scan says when keys end by themselves, whoever has them", async () => {
    for (const key of [ONE, TWO]) await first.call({ method: "PUT", url: `/v1/kv/${key}`, body: { value: "v", ttlMs: 60_000 } });
    for (const door of [first, second]) {
      const { body } = await door.call({ url: "/v1/kv" });
      const entries = body["entries"] as readonly { readonly expiresAtMs?: number }[];
      expect(entries.map(({ expiresAtMs = 0 }) => expiresAtMs > 60_000)).toEqual([true, true]);
    }
  });

  test("a scan does not go on where a group has too much to do", async () => {
    second.instead.push(...new Array<ReturnType<typeof refused>>(128).fill(refused("overloaded", "too much")));
    const { status, body } = await first.call({ url: "/v1/kv" });
    expect([status, body]).toMatchObject([429, { error: { code: "overloaded" } }]);
    expect(second.asked).toHaveLength(128);
  });

  test("a scan whose client goes away takes no room any more", async () => {
    const SCANS_MAX = 16;
    await first.app.listen({ host: "127.0.0.1", port: 0 });
    const url = `http://127.0.0.1:${(first.app.server.address() as AddressInfo).port}/v1/kv?shards=0`;
    first.isSilent = true;
    const over = new AbortController();
    const gone = Array.from({ length: SCANS_MAX }, () => fetch(url, { signal: over.signal }));
    await eventually("all of them wait", () => first.asked.length === SCANS_MAX);
    expect((await fetch(url)).status).toBe(429);
    over.abort();
    await Promise.allSettled(gone);
    first.isSilent = false;
    let status = 0;
    for (let looks = 0; looks < 100 && status !== 200; looks++) ({ status } = await fetch(url));
    expect(status).toBe(200);
  });

  test("a scan goes on shard by shard where a group can't answer as a whole", async () => {
    await put(first, [TWO, "v"]);
    for (const door of doors) door.adopt(twoGroups(2, BORDER + 1));
    // The first group waits for shard 128; asked for all of its shards at once it has to refuse.
    const { body } = await second.call({ url: `/v1/kv?prefix=${TWO}` });
    expect(body).toMatchObject({ entries: [{ key: TWO }] });
  });
});

test("the map says who serves what, and who leads as far as is known", async () => {
  await put(first, [TWO, "v"]);
  const { body } = await first.call({ url: "/v1/shard-map" });
  const { shards, ...rest } = body;
  expect(shards).toHaveLength(256);
  expect(rest).toEqual({
    number: 1,
    groups: {
      1: { members: [{ http: originOf("1"), redis: null, role: "leader" }] },
      2: { members: [{ http: originOf("2"), redis: null, role: "leader" }] },
    },
  });
});

test("an answer of a kind that was not asked for is of something that may have happened", async () => {
  first.instead.push({ kind: "done", value: { kind: "accepted", term: asTerm(3) } });
  expect((await put(first, [ONE, "v"])).body).toMatchObject({ error: { code: "internal", outcome: "unknown" } });
});

test("bytes that are no answer are one of something that happened: unknown, and no crash", async () => {
  first.instead.push({ kind: "done", value: { kind: "result", result: new Uint8Array([250]), index: asIndex(1), term: asTerm(3) } });
  expect((await put(first, [ONE, "v"])).body).toMatchObject({ error: { code: "internal", outcome: "unknown" } });
});

test.each([
  { call: { url: "/v1/kv/k?fast=1" }, says: 'there is no query parameter "fast" here' },
  { call: { url: "/v1/kv/k?encoding=hex" }, says: 'the query parameter "encoding" must be equal to one of the allowed values' },
  { call: { url: "/v1/kv?prefix=%ff" }, says: 'the query parameter "prefix" is not percent-encoded UTF-8, or there twice' },
  { call: { url: "/v1/kv?limit=0" }, says: '"limit" must be from 1 to 10000' },
  { call: { url: "/v1/kv?shards=2,1" }, says: '"shards" must be numbers below 256, rising' },
  { call: { url: "/v1/kv/k", method: "PUT", body: { value: "", ttl: 1 } }, says: 'there is no field "ttl" here' },
  { call: { url: "/v1/kv/k", method: "PUT", body: {} }, says: 'the field "value" is missing' },
  { call: { url: "/v1/kv/k", method: "PUT", body: { value: "", ifVersion: "1" } }, says: 'the field "ifVersion" must be integer' },
  { call: { url: "/v1/kv/k", method: "PUT", body: { value: "", ttlMs: 0 } }, says: 'the field "ttlMs" must be >= 1' },
  { call: { url: "/v1/kv/k", method: "PUT", body: [] }, says: "the body must be a JSON object" },
  {
    call: { url: "/v1/batch", method: "POST", body: { operations: [{ op: "drop", key: "k" }] } },
    says: 'the field "operations.0.op" is missing, or none of those that there are',
  },
  {
    call: { url: "/v1/batch", method: "POST", body: { operations: [{ op: "get", key: "k", value: "v" }] } },
    says: 'there is no field "operations.0.value" here',
  },
  { call: { url: "/v1/batch", method: "POST", body: { operations: [] } }, says: 'the field "operations" must NOT have fewer than 1 items' },
  { call: { url: "/v1/txn", method: "POST", body: {} }, says: "a transaction names at least one key" },
  {
    call: { url: "/v1/txn", method: "POST", body: { compare: [{ key: "k", version: 1, value: "v" }] } },
    says: 'the field "compare.0" must NOT have more than 2 properties',
  },
])("$call is refused: $says", async ({ call, says }) => {
  const { status, body } = await first.call(call);
  expect([status, body]).toEqual([400, { error: { code: "badRequest", message: says, outcome: "refused" } }]);
});
