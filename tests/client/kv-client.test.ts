import type { AttemptResult, HttpAnswer, HttpAttempt, Transport } from "../../client/http-transport.ts";
import { KvClient } from "../../client/kv-client.ts";
import type { KvClientOptions } from "../../client/kv-client.ts";
import type { Outcome, RefusalCode } from "../../core/base/outcome.ts";
import { done, refused, unknown } from "../../core/base/outcome.ts";

const [A, B] = ["http://a:1", "http://b:1"];

/** Answers each attempt at a key in turn; client ids are given out at once. */
class ScriptedTransport implements Transport {
  readonly attempts: HttpAttempt[] = [];
  readonly #script: AttemptResult[];

  constructor(script: readonly AttemptResult[]) {
    this.#script = [...script];
  }

  attempt(attempt: HttpAttempt): Promise<AttemptResult> {
    if (attempt.path === "/v1/clients")
      return Promise.resolve(answered({ client: `client-${this.attempts.length}`, expiresAfterMs: 3_600_000 }));
    this.attempts.push(attempt);
    return Promise.resolve(this.#script.shift() ?? { outcome: unknown("connectionLost"), leader: null });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function answered(fields: HttpAnswer["fields"]): AttemptResult {
  return { outcome: done({ fields, group: "1", term: 1, index: 1 }), leader: null };
}

const lost: AttemptResult = { outcome: unknown("connectionLost"), leader: null };
const refusedWith = (code: RefusalCode, leader: string | null = null): AttemptResult => ({ outcome: refused(code, "because"), leader });
const WRITTEN = answered({ version: 1, revision: 5 });

function clientOf(script: readonly AttemptResult[], options: Partial<KvClientOptions> = {}): { client: KvClient; attempts: HttpAttempt[] } {
  const transport = new ScriptedTransport(script);
  return { client: new KvClient({ endpoints: [A, B], deadlineMs: 250, transport, ...options }), attempts: transport.attempts };
}

test("a write that got no answer is sent again, elsewhere, under the same serial", async () => {
  const { client, attempts } = clientOf([lost, WRITTEN]);
  expect(await client.put("k", "v")).toEqual(done({ version: 1, revision: 5 }));
  expect(attempts.map(({ endpoint }) => endpoint)).toEqual([A, B]);
  expect(attempts.map(({ headers }) => headers["flotilla-serial"])).toEqual(["1", "1"]);
});

test("without exactly once it is not sent again, and stays unknown", async () => {
  const { client, attempts } = clientOf([lost, WRITTEN], { exactlyOnce: false });
  expect(await client.put("k", "v")).toEqual(unknown("connectionLost"));
  expect(attempts).toHaveLength(1);
  expect(attempts[0]?.headers).not.toHaveProperty("flotilla-serial");
});

test("what certainly did not happen is tried again even then, at the leader that was named", async () => {
  const { client, attempts } = clientOf([refusedWith("notLeader", B), WRITTEN], { exactlyOnce: false });
  expect((await client.put("k", "v")).kind).toBe("done");
  expect(attempts.map(({ endpoint }) => endpoint)).toEqual([A, B]);
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
  const { client, attempts } = clientOf([refusedWith("sessionExpired"), WRITTEN]);
  expect((await client.put("k", "v")).kind).toBe("done");
  expect(attempts.map(({ headers }) => headers["flotilla-client"])).toEqual(["client-0", "client-1"]);
});

test("answers are acknowledged with the next write, and a serial that was given up too", async () => {
  const { client, attempts } = clientOf([WRITTEN, WRITTEN, ...Array<AttemptResult>(3).fill(lost)]);
  await client.put("a", "1");
  await client.put("b", "2");
  expect((await client.put("c", "3", { deadlineMs: 30 })).kind).toBe("unknown");
  await client.put("d", "4", { deadlineMs: 30 });
  const last = attempts.at(-1);
  expect([last?.headers["flotilla-serial"], last?.headers["flotilla-acked"]]).toEqual(["4", "3"]);
});

test("a read that fails is asked again, a missing key is an answer, and bytes stay bytes", async () => {
  const bytes = Buffer.from([0, 255, 1]);
  const { client, attempts } = clientOf([
    lost,
    answered({ value: bytes.toString("base64"), version: 2, revision: 3 }),
    refusedWith("keyNotFound"),
  ]);
  expect(await client.get(new Uint8Array([255, 0]))).toEqual(done({ value: bytes, version: 2, revision: 3 }));
  expect(attempts[0]?.path).toBe("/v1/kv/_wA?keyEncoding=base64url&encoding=base64&consistency=linearizable");
  expect(await client.get("missing")).toEqual(done(null));
});

test("guards and values are sent as the contract has them", async () => {
  const { client, attempts } = clientOf([answered({ version: 1, revision: 1, length: 3 }), answered({ deleted: true, revision: 2 })]);
  expect(await client.append("k", "abc", { ifRevision: 4 })).toEqual(done({ version: 1, revision: 1, length: 3 }));
  expect(await client.delete("k", { ifVersion: 1 })).toEqual(done({ deleted: true, revision: 2 }));
  expect(attempts[0]).toMatchObject({
    method: "POST",
    path: "/v1/kv/aw/append?keyEncoding=base64url",
    body: { value: "YWJj", encoding: "base64", ifRevision: 4 },
  });
  expect(attempts[1]).toMatchObject({ method: "DELETE", path: "/v1/kv/aw?keyEncoding=base64url&ifVersion=1", body: null });
});

test("an aborted call ends at once", async () => {
  const abort = new AbortController();
  const { client } = clientOf(Array<AttemptResult>(1_000).fill(refusedWith("overloaded")), { deadlineMs: 60_000 });
  const outcome = client.put("k", "v", { signal: abort.signal });
  setTimeout(() => abort.abort(), 20);
  expect((await outcome).kind).toBe("refused");
});
