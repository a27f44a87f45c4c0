import type { AttemptResult } from "../../client/http-transport.ts";
import { KvClient } from "../../client/kv-client.ts";
import type { KvClientOptions } from "../../client/kv-client.ts";
import { op } from "../../client/operations.ts";
import type { Outcome } from "../../core/base/outcome.ts";
import { done, refused, unknown } from "../../core/base/outcome.ts";
import { answered, lost, mapOf, refusedWith, ScriptedTransport, unreachable } from "./scripted-transport.ts";

const [A, B, C] = ["http://a:1", "http://b:1", "http://c:1"];
const WRITTEN = answered({ version: 1, revision: 5 });

function clientOf(
  script: readonly AttemptResult[],
  options: Partial<KvClientOptions> = {},
): { client: KvClient; transport: ScriptedTransport } {
  const transport = new ScriptedTransport(script);
  return { client: new KvClient({ endpoints: [A, B], deadlineMs: 250, transport, ...options }), transport };
}

test("a write that got no answer is sent again, elsewhere, under the same serial", async () => {
  const { client, transport } = clientOf([lost, WRITTEN]);
  expect(await client.put("k", "v")).toEqual(done({ version: 1, revision: 5 }));
  expect(transport.asked).toEqual([A, B]);
  expect(transport.attempts.map(({ headers }) => headers["flotilla-serial"])).toEqual(["1", "1"]);
});

test("without exactly once it is not sent again, and stays unknown", async () => {
  const { client, transport } = clientOf([lost, WRITTEN], { exactlyOnce: false });
  expect(await client.put("k", "v")).toEqual(unknown("connectionLost"));
  expect(transport.attempts).toHaveLength(1);
  expect(transport.attempts[0]?.headers).not.toHaveProperty("flotilla-serial");
});

test("what certainly did not happen is tried again even then, at the leader that was named", async () => {
  const { client, transport } = clientOf([refusedWith("notLeader", B), WRITTEN], { exactlyOnce: false });
  expect((await client.put("k", "v")).kind).toBe("done");
  expect(transport.asked).toEqual([A, B]);
});

test.each<{ name: string; script: readonly AttemptResult[]; expected: Outcome<unknown> }>([
  {
    name: "only refusals: it did not happen",
    script: Array<AttemptResult>(100).fill(refusedWith("noQuorum")),
    expected: refused("noQuorum", "because"),
  },
  {
    name: "one attempt without an answer: nobody knows",
    script: [lost, ...Array<AttemptResult>(100).fill(refusedWith("noQuorum"))],
    expected: unknown("deadline"),
  },
  {
    name: "a failed guard after it: the remembered answer decides",
    script: [lost, refusedWith("versionMismatch")],
    expected: refused("versionMismatch", "because"),
  },
])("at the deadline after $name", async ({ script, expected }) => {
  expect(await clientOf(script).client.put("k", "v", { ifVersion: 1 })).toEqual(expected);
});

test("an expired session is replaced, if nothing can have happened", async () => {
  const { client, transport } = clientOf([refusedWith("sessionExpired"), WRITTEN]);
  expect((await client.put("k", "v")).kind).toBe("done");
  expect(transport.attempts.map(({ headers }) => headers["flotilla-client"])).toEqual(["client-0", "client-1"]);
});

test("a group that takes no id is not asked at full speed, and says why in the end", async () => {
  const { client, transport } = clientOf(Array<AttemptResult>(100_000).fill(refusedWith("sessionExpired")));
  expect(await client.put("k", "v")).toMatchObject({ kind: "refused", refusal: { code: "sessionExpired" } });
  expect(transport.attempts.length).toBeGreaterThan(2);
  expect(transport.attempts.length).toBeLessThan(15);
});

test("a write that gets no id because of its token says so at once", async () => {
  const { client, transport } = clientOf([], { deadlineMs: 60_000 });
  const attempt = transport.attempt.bind(transport);
  transport.attempt = (asked) => (asked.path === "/v1/clients" ? Promise.resolve(refusedWith("unauthorized")) : attempt(asked));
  expect(await client.put("k", "v")).toEqual(refused("unauthorized", "because"));
  expect(transport.attempts).toEqual([]);
});

test("answers are acknowledged with the next write, and a serial that was given up too", async () => {
  const { client, transport } = clientOf([WRITTEN, WRITTEN, ...Array<AttemptResult>(3).fill(lost)]);
  await client.put("a", "1");
  await client.put("b", "2");
  expect((await client.put("c", "3", { deadlineMs: 30 })).kind).toBe("unknown");
  await client.put("d", "4", { deadlineMs: 30 });
  const last = transport.attempts.at(-1);
  expect([last?.headers["flotilla-serial"], last?.headers["flotilla-acked"]]).toEqual(["4", "3"]);
});

test("a read that fails is asked again, a missing key is an answer, and bytes stay bytes", async () => {
  const bytes = Buffer.from([0, 255, 1]);
  const { client, transport } = clientOf([
    lost,
    answered({ value: bytes.toString("base64"), version: 2, revision: 3 }),
    refusedWith("keyNotFound"),
  ]);
  expect(await client.get(new Uint8Array([255, 0]))).toEqual(
    done({ key: new Uint8Array([255, 0]), value: new Uint8Array(bytes), version: 2, revision: 3, expiresAtMs: null }),
  );
  expect(transport.attempts[0]?.path).toBe("/v1/kv/_wA?keyEncoding=base64url&encoding=base64&consistency=linearizable");
  expect(await client.get("missing")).toEqual(done(null));
});

test("guards and values are sent as the contract has them", async () => {
  const { client, transport } = clientOf([answered({ version: 1, revision: 1, length: 3 }), answered({ deleted: true, revision: 2 })]);
  expect(await client.append("k", "abc", { ifRevision: 4 })).toEqual(done({ version: 1, revision: 1, length: 3 }));
  expect(await client.delete("k", { ifVersion: 1 })).toEqual(done({ deleted: true, revision: 2 }));
  expect(transport.attempts[0]).toMatchObject({
    method: "POST",
    path: "/v1/kv/aw/append?keyEncoding=base64url",
    body: { value: "YWJj", encoding: "base64", ifRevision: 4 },
  });
  expect(transport.attempts[1]).toMatchObject({ method: "DELETE", path: "/v1/kv/aw?keyEncoding=base64url&ifVersion=1", body: null });
});

test("an aborted call ends at once", async () => {
  const abort = new AbortController();
  const { client } = clientOf(Array<AttemptResult>(1_000).fill(refusedWith("overloaded")), { deadlineMs: 60_000 });
  const outcome = client.put("k", "v", { signal: abort.signal });
  setTimeout(() => abort.abort(), 20);
  expect((await outcome).kind).toBe("refused");
});

test("operations of a batch go by shard, side by side under one serial, and come back in order with an outcome each", async () => {
  const found = answered({ results: [{ value: "eA==", version: 1, revision: 1 }] });
  const mixed = answered({
    results: [
      { version: 2, revision: 9 },
      { error: { code: "versionMismatch", message: "m", outcome: "refused", version: 4, revision: 8 } },
    ],
  });
  // "a" and "a{a}" share a slot, "b" is elsewhere.
  const { client, transport } = clientOf([mixed, found]);
  const [first, second, third] = await client.batch([op.put("a", "1"), op.get("b"), op.delete("x{a}", { ifVersion: 3 })]);
  expect(first).toEqual(done({ version: 2, revision: 9 }));
  expect(second).toMatchObject({ kind: "done", value: { text: "x" } });
  expect(third).toEqual(refused("versionMismatch", "m", { version: 4, revision: 8 }));
  expect(transport.attempts.map(({ path, body }) => [path, body])).toEqual([
    [
      "/v1/batch?keyEncoding=base64url&encoding=base64",
      {
        operations: [
          { op: "put", key: "YQ", value: "MQ==" },
          { op: "delete", key: "eHthfQ", ifVersion: 3 },
        ],
      },
    ],
    ["/v1/batch?keyEncoding=base64url&encoding=base64", { operations: [{ op: "get", key: "Yg" }] }],
  ]);
  expect(transport.attempts.map(({ headers }) => headers["flotilla-serial"])).toEqual(["1", undefined]);
});

test("a part of a batch that was refused as a whole is sent again, and only that part", async () => {
  const moved = answered({ results: [{ error: { code: "shardMoving", message: "m", outcome: "refused" } }] });
  const written = answered({ results: [{ version: 1, revision: 1 }] });
  const { client, transport } = clientOf([moved, written, written]);
  const outcomes = await client.batch([op.put("a", "1"), op.put("b", "2")]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(["done", "done"]);
  expect(transport.attempts.map(({ headers }) => headers["flotilla-serial"])).toEqual(["1", "1", "1"]);
  expect(transport.attempts[2]?.body).toEqual({ operations: [{ op: "put", key: "YQ", value: "MQ==" }] });
});

test("parts whose session has expired get a new client id, the others keep their answers", async () => {
  const written = answered({ results: [{ version: 1, revision: 1 }] });
  const { client, transport } = clientOf([refusedWith("sessionExpired"), written, written]);
  expect((await client.batch([op.put("a", "1"), op.put("b", "2")])).map(({ kind }) => kind)).toEqual(["done", "done"]);
  expect(transport.attempts.map(({ headers }) => headers["flotilla-client"])).toEqual(["client-0", "client-0", "client-1"]);
});

test("a batch at its deadline: what was answered is done, the rest is refused or unknown by its own attempts", async () => {
  const written = answered({ results: [{ version: 1, revision: 1 }] });
  const { client } = clientOf([written, lost, ...Array<AttemptResult>(100).fill(refusedWith("noQuorum"))]);
  const outcomes = await client.batch([op.put("a", "1"), op.put("b", "2")], { deadlineMs: 60 });
  expect(outcomes).toEqual([done({ version: 1, revision: 1 }), unknown("deadline")]);
});

test("a transaction says which side took effect, with that side's results", async () => {
  const { client, transport } = clientOf([
    answered({
      succeeded: true,
      revision: 7,
      results: [
        { version: 3, revision: 7 },
        { value: "5", version: 1, revision: 7 },
      ],
    }),
    answered({ succeeded: false, revision: 8, results: [{ found: false }] }),
  ]);
  const transaction = {
    compare: [
      { key: "a", version: 2 },
      { key: "a", value: "x" },
    ],
    then: [op.put("a", "y"), op.increment("n{a}", 5n)] as const,
    else: [op.get("a")] as const,
  };
  const first = await client.txn(transaction);
  expect(first).toEqual(
    done({
      succeeded: true,
      revision: 7,
      results: [
        { version: 3, revision: 7 },
        { value: 5n, version: 1, revision: 7 },
      ],
    }),
  );
  expect(await client.txn(transaction)).toEqual(done({ succeeded: false, revision: 8, results: [null] }));
  expect(transport.attempts[0]?.body).toEqual({
    compare: [
      { key: "YQ", version: 2 },
      { key: "YQ", value: "eA==" },
    ],
    then: [
      { op: "put", key: "YQ", value: "eQ==" },
      { op: "increment", key: "bnthfQ", by: "5" },
    ],
    else: [{ op: "get", key: "YQ" }],
  });
});

test("a transaction that only reads needs no serial", async () => {
  const { client, transport } = clientOf([answered({ succeeded: true, revision: 1, results: [{ found: false }] })]);
  await client.txn({ then: [op.get("a")] });
  expect(transport.attempts[0]?.headers).not.toHaveProperty("flotilla-serial");
});

test("64-bit numbers pass exactly", async () => {
  const { client, transport } = clientOf([answered({ value: "9223372036854775807", version: 1, revision: 1 })]);
  expect(await client.increment("n", 9_223_372_036_854_775_807n)).toMatchObject({ value: { value: 9_223_372_036_854_775_807n } });
  expect(transport.attempts[0]?.body).toEqual({ by: "9223372036854775807" });
});

test("an answer that makes no sense is none", async () => {
  const { client, transport } = clientOf([answered({ version: "one" }), answered({ results: [] }), WRITTEN]);
  expect((await client.put("k", "v")).kind).toBe("done");
  expect(transport.attempts).toHaveLength(3);
});

test("pages of a scan are asked for by what the last one named", async () => {
  const ending = { key: "YWI", value: "Mg==", version: 1, revision: 2, expiresAtMs: 1_700_000_000_000 };
  const page = { entries: [{ key: "YQ", value: "MQ==", version: 1, revision: 1 }, ending], next: "YWI" };
  const { client, transport } = clientOf([answered(page)]);
  const outcome = await client.scanPage("a", { after: "Xg", limit: 1 });
  const entries = [
    { keyText: "a", text: "1", expiresAtMs: null },
    { keyText: "ab", text: "2", expiresAtMs: 1_700_000_000_000 },
  ];
  expect(outcome).toMatchObject({ kind: "done", value: { next: "YWI", entries } });
  expect(transport.attempts[0]?.path).toBe("/v1/kv?prefix=YQ&after=Xg&limit=1&keyEncoding=base64url&encoding=base64");
});

test("the token goes with every request", async () => {
  const { client, transport } = clientOf([WRITTEN], { token: "secret" });
  await client.put("k", "v");
  expect(transport.attempts[0]?.headers["authorization"]).toBe("Bearer secret");
});

test("when the client is closed, or its signal says so, what is under way ends", async () => {
  const script = Array<AttemptResult>(1_000).fill(refusedWith("overloaded"));
  const ending = new AbortController();
  const first = clientOf(script, { deadlineMs: 60_000 });
  const second = clientOf(script, { deadlineMs: 60_000, signal: ending.signal });
  const outcomes = [first.client.put("k", "v"), second.client.put("k", "v")];
  await first.client.close();
  ending.abort();
  expect((await Promise.all(outcomes)).map(({ kind }) => kind)).toEqual(["refused", "refused"]);
  expect(first.transport.isClosed).toBe(true);
});

test("reaching: done when anybody answers, refused when a token is wanted or nobody is there", async () => {
  const reach = async (answer: AttemptResult): Promise<Outcome<void>> => {
    const { client, transport } = clientOf([], { deadlineMs: 150 });
    transport.maps = [answer];
    return client.reach();
  };
  expect((await reach(mapOf(1, { "1": [A, B, C] }))).kind).toBe("done");
  expect((await reach(refusedWith("notFound"))).kind).toBe("done");
  expect(await reach(refusedWith("unauthorized"))).toEqual(refused("unauthorized", "because"));
  expect(await reach(unreachable)).toMatchObject({ kind: "refused", refusal: { code: "deadline", message: expect.stringContaining(A) } });
});
