import { refused, unknown } from "../../../core/base/outcome.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { encodeGroupCommand } from "../../../core/shards/group-commands.ts";
import { encodeConfiguration } from "../../../core/shards/configuration.ts";
import { asGroup } from "../../../core/base/ids.ts";
import { shardOf, slotOf } from "../../../core/shards/slots.ts";
import { Client } from "../../../runtime/redis/client.ts";
import { Connection } from "../../../runtime/redis/connection.ts";
import { eventually } from "../manual-clock.ts";
import { encodeRequest, StoreFixture } from "./store-fixture.ts";

const OK = { status: "OK" };
const QUEUED = { status: "QUEUED" };
const error = (text: string) => ({ error: text });
const turn = () => new Promise((resolve) => setImmediate(resolve));
const CROSS = error("CROSSSLOT Keys in request don't hash to the same slot");

test("replies come in the order of the requests, and those of one turn in one write", async () => {
  const fixture = new StoreFixture();
  fixture.isHolding = true;
  const connection = fixture.connect();
  connection.send(["SET", "a", "1"], ["PING"], ["SET", "b", "2"]);
  await Promise.resolve();
  expect(connection.replies).toEqual([]);
  fixture.release();
  await Promise.resolve();
  expect(connection.writes).toBe(1);
  expect(await connection.ask(["ECHO", "x"])).toEqual(["x"]);
  expect(connection.replies).toEqual([OK, { status: "PONG" }, OK, "x"]);
  expect(connection.writes).toBe(2);
});

test("a read waits for the write before it, of the same slot only", async () => {
  const fixture = new StoreFixture();
  fixture.isHolding = true;
  const connection = fixture.connect();
  connection.send(["SET", "a", "1"], ["GET", "a"], ["GET", "b"], ["SET", "{a}x", "1"]);
  await turn();
  expect(fixture.asked.map(({ kind }) => kind)).toEqual(["write", "read"]);
  fixture.release();
  await turn();
  expect(fixture.asked.map(({ kind }) => kind)).toEqual(["write", "read", "read"]);
});

test("a transaction is one command of the store, and a failure in it undoes nothing", async () => {
  const fixture = new StoreFixture();
  const connection = fixture.connect();
  await connection.ask(["SET", "{t}a", "x"]);
  fixture.asked.length = 0;
  const replies = await connection.ask(
    ["MULTI"],
    ["INCR", "{t}a"],
    ["SET", "{t}b", "1"],
    ["PING"],
    ["GET", "{t}b"],
    ["SET", "{t}a", "1", "EX", "0"],
    ["EXEC"],
  );
  expect(replies.slice(1, -1)).toEqual([QUEUED, QUEUED, QUEUED, QUEUED, QUEUED]);
  expect(replies.at(-1)).toEqual([
    error("ERR value is not an integer or out of range"),
    OK,
    { status: "PONG" },
    "1",
    error("ERR invalid expire time in 'set' command"),
  ]);
  expect(fixture.asked).toHaveLength(1);
  expect(fixture.counted).toEqual(["put done", "batch done"]);
});

test.each<[string, readonly (readonly string[])[], unknown]>([
  ["nothing happened", [], [OK]],
  ["another client wrote", [["SET", "{t}a", "2"]], null],
  ["another client wrote the same", [["SET", "{t}a", "1"]], null],
  ["it was deleted", [["DEL", "{t}a"]], null],
  [
    "it was deleted and created anew",
    [
      ["DEL", "{t}a"],
      ["SET", "{t}a", "1"],
    ],
    null,
  ],
  ["its time to live changed", [["EXPIRE", "{t}a", "1000"]], null],
  [
    "it was renamed and back",
    [
      ["RENAME", "{t}a", "{t}b"],
      ["RENAME", "{t}b", "{t}a"],
    ],
    null,
  ],
  ["another key changed", [["SET", "{t}c", "1"]], [OK]],
])("what is watched: %s", async (_name, between, expected) => {
  const fixture = new StoreFixture();
  const [connection, other] = [fixture.connect(), fixture.connect()];
  await connection.ask(["SET", "{t}a", "1"], ["WATCH", "{t}a"]);
  if (between.length > 0) await other.ask(...between);
  expect((await connection.ask(["MULTI"], ["SET", "{t}x", "1"], ["EXEC"])).at(-1)).toEqual(expected);
  expect((await connection.ask(["MULTI"], ["SET", "{t}x", "1"], ["EXEC"])).at(-1)).toEqual([OK]);
});

test("WATCH, MULTI and EXEC in one pipeline: EXEC knows what was watched", async () => {
  const fixture = new StoreFixture();
  fixture.isHolding = true;
  const connection = fixture.connect();
  connection.send(["WATCH", "{t}a"], ["MULTI"], ["GET", "{t}a"], ["EXEC"]);
  await turn();
  expect(fixture.asked).toHaveLength(1);
  fixture.release();
  await turn();
  expect(fixture.asked).toHaveLength(2);
  fixture.release();
  await new Promise((resolve) => setImmediate(resolve));
  expect(connection.replies.at(-1)).toEqual([null]);
});

/** Asked of somebody who does not lead then, and does afterwards. */
async function watchInVain() {
  const fixture = new StoreFixture();
  const connection = fixture.connect();
  fixture.leader = 1;
  fixture.cluster.lookAgain();
  expect(await connection.ask(["WATCH", "{t}a"])).toEqual([error(`MOVED ${slotOf(utf8("t"))} 127.0.0.1:7511`)]);
  fixture.leader = 0;
  fixture.cluster.lookAgain();
  return connection;
}

const ABORTED = error("EXECABORT Transaction discarded because of previous errors.");

test("a watch that failed lets the transaction fail", async () => {
  const connection = await watchInVain();
  expect((await connection.ask(["MULTI"], ["SET", "{t}x", "1"], ["EXEC"])).at(-1)).toEqual(ABORTED);
  expect((await connection.ask(["MULTI"], ["SET", "{t}x", "1"], ["EXEC"])).at(-1)).toEqual([OK]);
});

test("a watch that failed together with one that did not lets the transaction fail, too, and its slot stays", async () => {
  const connection = await watchInVain();
  expect(await connection.ask(["WATCH", "{t}b"], ["MULTI"], ["SET", "other", "1"], ["EXEC"])).toEqual([OK, OK, QUEUED, CROSS]);
  const again = await watchInVain();
  expect((await again.ask(["WATCH", "{t}b"], ["MULTI"], ["PING"], ["EXEC"])).at(-1)).toEqual(ABORTED);
});

test("a watch that failed says nothing of transactions of other slots", async () => {
  const connection = await watchInVain();
  expect((await connection.ask(["MULTI"], ["SET", "other", "1"], ["PING"], ["EXEC"])).at(-1)).toEqual([OK, { status: "PONG" }]);
  const watching = await watchInVain();
  expect((await watching.ask(["WATCH", "other"], ["MULTI"], ["SET", "other", "1"], ["EXEC"])).at(-1)).toEqual([OK]);
});

test("keys of several slots", async () => {
  const connection = new StoreFixture().connect();
  expect(await connection.ask(["MGET", "a", "b"], ["WATCH", "a", "b"], ["MULTI"], ["GET", "a"], ["GET", "b"], ["EXEC"])).toEqual([
    CROSS,
    CROSS,
    OK,
    QUEUED,
    QUEUED,
    CROSS,
  ]);
});

test("who does not lead says who does, before and within a transaction; readonly connections are served", async () => {
  const fixture = new StoreFixture();
  fixture.leader = 1;
  fixture.instead.push(refused("notLeader", "m1 leads"));
  const connection = fixture.connect();
  const moved = error(`MOVED ${slotOf(utf8("a"))} 127.0.0.1:7511`);
  expect(await connection.ask(["GET", "a"], ["SET", "a", "1"])).toEqual([moved, moved]);
  expect(await connection.ask(["MULTI"], ["SET", "a", "1"], ["EXEC"])).toEqual([
    OK,
    moved,
    error("EXECABORT Transaction discarded because of previous errors."),
  ]);
  expect(await connection.ask(["READONLY"], ["GET", "a"], ["READWRITE"], ["GET", "a"])).toEqual([OK, null, OK, moved]);
});

test("a transaction of reads is served by a follower on a readonly connection, and one that writes is not", async () => {
  const fixture = new StoreFixture();
  fixture.leader = 1;
  const connection = fixture.connect();
  const moved = error(`MOVED ${slotOf(utf8("t"))} 127.0.0.1:7511`);
  const reading = [["MULTI"], ["GET", "{t}a"], ["EXISTS", "{t}a"], ["EXEC"]];
  expect(await connection.ask(["READONLY"], ["WATCH", "{t}a"], ...reading)).toEqual([OK, OK, OK, QUEUED, QUEUED, [null, 0n]]);
  expect(await connection.ask(["MULTI"], ["GET", "{t}a"], ["SET", "{t}a", "1"], ["EXEC"])).toEqual([OK, QUEUED, moved, ABORTED]);
  expect(await connection.ask(["READWRITE"], ["MULTI"], ["GET", "{t}a"], ["EXEC"])).toEqual([OK, OK, moved, ABORTED]);
});

test("while nobody leads a request is held, and done once somebody does", async () => {
  const fixture = new StoreFixture();
  fixture.leader = null;
  fixture.instead.push(refused("notLeader", "no leader is known"), refused("starting", "not yet"), refused("transferring", "soon"));
  const connection = fixture.connect();
  expect(await connection.ask(["SET", "a", "1"], ["GET", "a"])).toEqual([OK, "1"]);
  expect(fixture.asked).toHaveLength(5);
});

test("an outcome that is not known is an error on an open connection, and is not tried again", async () => {
  const fixture = new StoreFixture();
  fixture.instead.push(unknown("leadershipLost"));
  const connection = fixture.connect();
  expect(await connection.ask(["INCR", "a"], ["GET", "a"])).toEqual([error("ERR UNKNOWN whether it was done: leadershipLost"), null]);
  expect(connection.isEnded).toBe(false);
});

test("a shard of another group is there", async () => {
  const fixture = new StoreFixture();
  const connection = fixture.connect();
  const shards = fixture.machine.configuration.shards.map((owner, shard) => (shard === shardOf(utf8("a")) ? asGroup("2") : owner));
  const groups = { ...fixture.machine.configuration.groups, 2: [{ peer: "p:1", http: "http://p", redis: "redis://there:6379" }] };
  const next = { number: 2, shards, groups };
  // The fixture knows one list of members; which of them leads the other group is not what this is about.
  const command = encodeGroupCommand({ kind: "adopt", configuration: encodeConfiguration(next) });
  fixture.machine.apply(command, { index: 2 as never, serviceIndex: 2 as never, stampMs: 2 });
  expect(await connection.ask(["SET", "a", "1"])).toEqual([OK]); // it still serves while the shard leaves
  fixture.machine.apply(encodeGroupCommand({ kind: "freeze", shard: shardOf(utf8("a")), number: 2 }), {
    index: 3 as never,
    serviceIndex: 3 as never,
    stampMs: 3,
  });
  connection.send(["SET", "a", "2"]);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(connection.replies).toHaveLength(1);
  fixture.machine.apply(encodeGroupCommand({ kind: "release", shard: shardOf(utf8("a")), number: 2 }), {
    index: 4 as never,
    serviceIndex: 4 as never,
    stampMs: 4,
  });
  await eventually("the reply", () => connection.replies.length === 2);
  expect(connection.replies.at(-1)).toEqual(error(`MOVED ${slotOf(utf8("a"))} 127.0.0.1:7510`));
});

test("the same serial takes effect once, EXEC included, and answers the same", async () => {
  const fixture = new StoreFixture();
  const client = "1.m.1.1";
  const connection = fixture.connect();
  const [first] = await connection.ask(["ONCE", client, "1", "0", "INCR", "{t}a"]);
  expect(fixture.asked.at(-1)).toMatchObject({ kind: "write", session: { client, serial: 1, acked: 0 } });
  expect(first).toEqual(1n);
  await connection.ask(["MULTI"], ["INCR", "{t}a"], ["ONCE", client, "2", "1", "EXEC"]);
  expect(fixture.asked.at(-1)).toMatchObject({ kind: "write", session: { client, serial: 2, acked: 1 } });
});

test.each([
  [["ONCE", "c", "x", "0", "GET", "a"], "ERR the serial and what is acknowledged are whole numbers"],
  [["ONCE", "c", "1", "1", "GET", "a"], "ERR the serial is above what is acknowledged"],
  [["ONCE", "c", "1", "0", "PING"], "ERR ONCE is for commands about keys, EXEC and FLOTILLA.TXN"],
  [["ONCE", "c", "1", "0", "GET"], "ERR wrong number of arguments for 'get' command"],
  [
    ["HSET", "a", "b", "c"],
    "ERR HSET is not supported: values are strings; hashes, lists, sets, sorted sets, streams and their like are not there yet",
  ],
])("%j", async (command, text) => {
  expect(await new StoreFixture().connect().ask(command)).toEqual([error(text)]);
});

test("FLOTILLA.TXN is POST /v1/txn", async () => {
  const connection = new StoreFixture().connect();
  const ask = async (body: unknown) => (await connection.ask(["FLOTILLA.TXN", JSON.stringify(body)]))[0];
  expect(JSON.parse(String(await ask({ compare: [{ key: "a", version: 0 }], then: [{ op: "put", key: "a", value: "1" }] })))).toMatchObject(
    { succeeded: true },
  );
  expect(JSON.parse(String(await ask({ then: [{ op: "get", key: "a" }] })))).toMatchObject({ results: [{ key: "a", value: "1" }] });
  expect(
    await ask({
      then: [
        { op: "get", key: "a" },
        { op: "get", key: "b" },
      ],
    }),
  ).toEqual(error("CROSSSLOT the keys of a transaction are of one slot: give them one {tag}"));
  expect(await ask({ after: 1 })).toEqual(error('ERR there is no field "after" here'));
  expect(await connection.ask(["FLOTILLA.TXN", "{"])).toEqual([error("ERR the transaction is no JSON")]);
});

test("a password: nothing without it, and both tokens are one", async () => {
  const access = { mode: "all", dataToken: "data", adminToken: "admin" } as const;
  const fixture = new StoreFixture(access);
  const connection = fixture.connect();
  const needed = error("NOAUTH Authentication required.");
  const wrong = error("WRONGPASS invalid username-password pair or user is disabled.");
  expect(await connection.ask(["GET", "a"], ["PING"], ["AUTH", "x"], ["AUTH", "somebody", "data"], ["AUTH", "data"], ["PING"])).toEqual([
    needed,
    needed,
    wrong,
    wrong,
    OK,
    { status: "PONG" },
  ]);
  expect(await fixture.connect().ask(["AUTH", "default", "admin"])).toEqual([OK]);
  const third = fixture.connect();
  expect(await third.ask(["HELLO", "3"])).toMatchObject([{ error: expect.stringMatching(/^NOAUTH HELLO must be called/) }]);
  expect(await third.ask(["HELLO", "3", "AUTH", "default", "data", "SETNAME", "me"], ["CLIENT", "GETNAME"])).toMatchObject([
    { map: expect.arrayContaining(["proto", 3n]) },
    "me",
  ]);
  expect(await new StoreFixture().connect().ask(["AUTH", "x"])).toMatchObject([
    { error: expect.stringMatching(/without any password configured/) },
  ]);
});

test("where no password is needed a token is taken all the same, and another word is not", async () => {
  const fixture = new StoreFixture({ mode: "admin", dataToken: "data", adminToken: "admin" });
  const none = error(
    "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
  );
  expect(await fixture.connect().ask(["AUTH", "data"], ["AUTH", "default", "admin"], ["AUTH", "x"], ["PING"])).toEqual([
    OK,
    OK,
    none,
    { status: "PONG" },
  ]);
});

test("where no password is needed the user that there is may have any, and nobody else has one", async () => {
  const wrong = error("WRONGPASS invalid username-password pair or user is disabled.");
  expect(await new StoreFixture().connect().ask(["AUTH", "default", "x"], ["AUTH", "somebody", "x"])).toEqual([OK, wrong]);
  const greeted = await new StoreFixture().connect().ask(["HELLO", "2", "AUTH", "default", "x"], ["HELLO", "2", "AUTH", "somebody", "x"]);
  expect(greeted).toEqual([expect.arrayContaining(["proto", 2n]), wrong]);
});

test("a token is a text like any other", async () => {
  const fixture = new StoreFixture({ mode: "all", dataToken: "schlüssel", adminToken: "admin" });
  expect(await fixture.connect().ask(["AUTH", "schlüssel"], ["PING"])).toEqual([OK, { status: "PONG" }]);
  expect(await fixture.connect().ask(["HELLO", "2", "AUTH", "default", "schlüssel"], ["PING"])).toEqual([
    expect.anything(),
    { status: "PONG" },
  ]);
});

test("what is no request ends the connection, after everything before it was answered", async () => {
  const fixture = new StoreFixture();
  const connection = fixture.connect();
  connection.connection.read(
    Buffer.concat([encodeRequest(["SET", "a", "1"]), Buffer.from("*1\r\n+x\r\n"), encodeRequest(["SET", "a", "2"])]),
  );
  await new Promise((resolve) => setImmediate(resolve));
  expect(connection.replies).toEqual([OK, error("ERR Protocol error: expected '$', got '+'")]);
  expect(connection.isEnded).toBe(true);
});

test("QUIT ends it, RESET begins anew, and versions change with the reply to HELLO", async () => {
  const connection = new StoreFixture().connect();
  expect(await connection.ask(["GET", "a"], ["HELLO", "3"], ["GET", "a"], ["RESET"], ["GET", "a"])).toMatchObject([
    null,
    { map: expect.arrayContaining(["proto", 3n]) },
    null,
    { status: "RESET" },
    null,
  ]);
  expect(connection.written).toContain("_\r\n");
  expect(await connection.ask(["HELLO", "4"], ["HELLO", "x"])).toEqual([
    error("NOPROTO unsupported protocol version"),
    error("ERR Protocol version is not an integer or out of range"),
  ]);
  connection.send(["QUIT"], ["SET", "a", "1"]);
  await new Promise((resolve) => setImmediate(resolve));
  expect([connection.replies.at(-1), connection.isEnded]).toEqual([OK, true]);
});

test("who sends without reading is not read any further", async () => {
  const fixture = new StoreFixture();
  fixture.isHolding = true;
  const connection = fixture.connect();
  connection.send(...Array.from({ length: 3_000 }, (_, n) => ["SET", `k${n}`, "v"]));
  expect([connection.isPaused, fixture.asked.length]).toEqual([true, 1_024]);
  fixture.isHolding = false;
  fixture.release();
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
  expect([connection.isPaused, connection.replies.length]).toEqual([false, 3_000]);
});

test("what a client has not taken stays what it is, whatever is answered to others meanwhile", async () => {
  const fixture = new StoreFixture();
  const written: Buffer[] = [];
  const connection = new Connection({
    client: new Client(7, "127.0.0.1:7", fixture.surroundings()),
    gate: fixture.gate,
    nowMs: () => 0,
    write: (bytes) => written.push(bytes),
    // It takes nothing.
    unsentBytes: () => written.length,
    ...{ pause: () => undefined, resume: () => undefined, end: () => undefined, onReplied: () => undefined },
  });
  for (const [own, others] of [
    ["first", "second"],
    ["third", "fourth"],
  ] as const) {
    connection.read(encodeRequest(["ECHO", own]));
    await turn();
    expect(await fixture.connect().ask(["ECHO", others])).toEqual([others]);
  }
  expect(written.map(String)).toEqual(["$5\r\nfirst\r\n", "$5\r\nthird\r\n"]);
  // What waits behind others takes no more memory than it has bytes.
  expect(written[1]?.buffer.byteLength).toBe(written[1]?.length);
});
