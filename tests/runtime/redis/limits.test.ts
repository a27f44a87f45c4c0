// What is too much, or of the wrong kind: it is refused as a whole, told as what it is, and takes no memory.
import { OPERATIONS_MAX } from "../../../core/kv/limits.ts";
import { encodeRequest, StoreFixture } from "./store-fixture.ts";

const OK = { status: "OK" };
const QUEUED = { status: "QUEUED" };
const error = (text: string) => ({ error: text });
const turn = () => new Promise((resolve) => setImmediate(resolve));
const ABORTED = error("EXECABORT Transaction discarded because of previous errors.");
const TOO_LONG = `{t}${"k".repeat(1_100)}`;
const TOO_LARGE = "v".repeat(1_100_000);
const BAD_KEY = error("ERR a key has 1 to 1024 bytes, not 1103");
const BAD_VALUE = error("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
const keys = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `{t}${from + i}`);

test.each<[string, readonly string[], unknown]>([
  ["MSET with a key that is too long", ["MSET", "{t}a", "new", TOO_LONG, "x"], BAD_KEY],
  ["MSET with a value that is too large", ["MSET", "{t}a", "new", "{t}b", TOO_LARGE], BAD_VALUE],
  ["DEL with a key that is too long", ["DEL", "{t}a", TOO_LONG], BAD_KEY],
  ["UNLINK of too many", ["UNLINK", "{t}a", ...keys(OPERATIONS_MAX)], error("ERR a command has at most 1000 operations")],
  ["MGET of too many", ["MGET", ...keys(OPERATIONS_MAX + 1)], error("ERR a command has at most 1000 operations")],
])("of a command that can't be done as a whole nothing is done: %s", async (_name, command, expected) => {
  const connection = new StoreFixture().connect();
  await connection.ask(["SET", "{t}a", "old"]);
  expect(await connection.ask(command, ["GET", "{t}a"], ["EXISTS", "{t}b"])).toEqual([expected, "old", 0n]);
  // And within a transaction it fails alone.
  const replies = await connection.ask(["MULTI"], command, ["SET", "{t}x", "1"], ["EXEC"], ["GET", "{t}a"]);
  expect(replies.slice(-2)).toEqual([[expected, OK], "old"]);
});

test("of MSETNX with a value that is too large nothing is done", async () => {
  const connection = new StoreFixture().connect();
  expect(await connection.ask(["MSETNX", "{t}a", "new", "{t}b", TOO_LARGE], ["EXISTS", "{t}a", "{t}b"])).toEqual([BAD_VALUE, 0n]);
});

test("a command that can't be done fails alone also where something is watched", async () => {
  const connection = new StoreFixture().connect();
  expect((await connection.ask(["WATCH", "{t}w"], ["MULTI"], ["SET", TOO_LONG, "1"], ["SET", "{t}a", "1"], ["EXEC"])).at(-1)).toEqual([
    BAD_KEY,
    OK,
  ]);
  expect(await connection.ask(["GET", "{t}a"])).toEqual(["1"]);
});

test("more keys are watched than one command of the store can compare: nothing is done, and nothing is told as done", async () => {
  const connection = new StoreFixture().connect();
  const tooMany = error("ERR at most 1000 keys are watched at once");
  const rest = [["MULTI"], ["SET", "{t}a", "1"], ["SET", "{t}b", "1"], ["EXEC"]];
  expect(await connection.ask(["WATCH", ...keys(600)], ["WATCH", ...keys(600, 600)], ...rest)).toEqual([
    ...[OK, tooMany, OK, QUEUED, QUEUED],
    ABORTED,
  ]);
  expect((await connection.ask(["WATCH", ...keys(OPERATIONS_MAX + 1)], ...rest)).at(-1)).toEqual(ABORTED);
  expect(await connection.ask(["EXISTS", "{t}a", "{t}b"])).toEqual([0n]);
  expect((await connection.ask(["WATCH", ...keys(OPERATIONS_MAX)], ["WATCH", ...keys(OPERATIONS_MAX)], ...rest)).at(-1)).toEqual([OK, OK]);
});

test("a transaction holds no more than it may do", async () => {
  const connection = new StoreFixture().connect();
  const tooLarge = error("ERR a transaction has at most 1000 operations, of 32 MiB together");
  const many = keys(OPERATIONS_MAX).map((key) => ["SET", key, "1"]);
  expect((await connection.ask(["MULTI"], ...many, ["SET", "{t}a", "1"], ["EXEC"])).slice(-2)).toEqual([tooLarge, ABORTED]);
  const large = Array.from({ length: 32 }, () => ["ECHO", "x".repeat(1_048_576)]);
  expect((await connection.ask(["MULTI"], ...large, ["GET", "{t}a"], ["EXEC"])).slice(-3)).toEqual([tooLarge, QUEUED, ABORTED]);
  expect(await connection.ask(["EXISTS", "{t}0"])).toEqual([0n]);
});

test("a value that a transaction took away without telling it is told as that", async () => {
  const connection = new StoreFixture().connect();
  const value = "x".repeat(600_000);
  await connection.ask(["MSET", "{t}a", value, "{t}b", value]);
  const [a, b] = (await connection.ask(["MULTI"], ["GETDEL", "{t}a"], ["GETDEL", "{t}b"], ["EXEC"])).at(-1) as readonly unknown[];
  expect([a, b]).toEqual([
    value,
    error("ERR done, but the value before is left out: a transaction that writes reads at most 1048576 bytes"),
  ]);
});

test.each([
  ["1e-5000", { error: "ERR value is not a valid float" }],
  ["-0.1E-4951", { error: "ERR value is not a valid float" }],
  ["4e-4951", "1"],
  ["-0.0e-9999", "1"],
])("a number that is too small to be one is none: INCRBYFLOAT by %s", async (amount, expected) => {
  expect((await new StoreFixture().connect().ask(["SET", "a", "1"], ["INCRBYFLOAT", "a", amount])).at(-1)).toEqual(expected);
});

test("texts of a request that are no bytes do not end the line of an error", async () => {
  const connection = new StoreFixture().connect();
  const replies = await connection.ask(["FLOTILLA.TXN", '{"čĊ":1}'], ["EVAL", "x", "0"], ["PING"]);
  const shown = (text: string) => error(Buffer.from(text).toString("latin1"));
  expect(replies).toEqual([
    shown('ERR there is no field "čĊ" here'),
    shown("ERR EVAL is not supported: scripts are not there; a transaction is MULTI … EXEC, or FLOTILLA.TXN"),
    { status: "PONG" },
  ]);
});

test.each(["POST / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"])("what a browser sends performs nothing: %j", async (head) => {
  const fixture = new StoreFixture();
  const connection = fixture.connect();
  connection.connection.read(Buffer.from(`${head}Content-Length: 9\r\n\r\nSET a 1\r\n`));
  await turn();
  expect([fixture.asked.length, connection.isEnded]).toEqual([0, true]);
  expect(connection.replies.at(-1)).toEqual(error("ERR this is no HTTP; the connection is closed"));
});

test("requests that are under way take 32 MiB at most", async () => {
  const fixture = new StoreFixture();
  fixture.isHolding = true;
  const connection = fixture.connect();
  const many = Array.from({ length: 40 }, (_, i) => ["SET", `k${i}`, "v".repeat(1_048_576)]);
  for (const each of many) connection.connection.read(encodeRequest(each));
  expect([fixture.asked.length, connection.isPaused]).toEqual([32, true]);
  // It counts what many small words take, too.
  const words = fixture.connect();
  const empty = ["MGET", ...Array.from({ length: 1_000 }, () => "{t}")];
  for (let i = 0; i < 300; i++) words.connection.read(encodeRequest(empty));
  expect(words.isPaused).toBe(true);
  fixture.isHolding = false;
  fixture.release();
  for (let i = 0; i < 50; i++) await turn();
  expect([connection.replies.length, connection.isPaused]).toEqual([40, false]);
  expect([words.replies.length, words.isPaused]).toEqual([300, false]);
});

const transaction =
  (...operations: readonly string[]) =>
  (key: string) => [
    ["FLOTILLA.TXN", JSON.stringify({ then: operations.map((op) => ({ op, key, ...(op === "put" ? { value: "v" } : {}) })) })],
  ];

test.each<[string, number, (key: string) => readonly (readonly string[])[]]>([
  ["GETDEL", 32, (key) => [["GETDEL", key]]],
  ["ONCE with GETDEL", 32, (key) => [["ONCE", "1.m.1.1", "1", "0", "GETDEL", key]]],
  ["GETSET", 32, (key) => [["GETSET", key, "v"]]],
  ["SET with GET", 32, (key) => [["SET", key, "v", "GET"]]],
  ["GETEX with a time", 32, (key) => [["GETEX", key, "EX", "10"]]],
  ["a transaction that reads and writes", 32, (key) => [["MULTI"], ["GET", key], ["DEL", key], ["EXEC"]]],
  ["the same as JSON, which may be six times as long", 6, transaction("get", "delete")],
  ["SET", 60, (key) => [["SET", key, "v"]]],
  ["a transaction that writes", 60, (key) => [["MULTI"], ["SET", key, "v"], ["EXEC"]]],
  ["the same as JSON", 60, transaction("put")],
])("of writes that tell values no more are under way than have room for large ones: %s", async (_name, most, commandsFor) => {
  const fixture = new StoreFixture();
  fixture.isHolding = true;
  const connection = fixture.connect();
  const commands = Array.from({ length: 60 }, (_, i) => commandsFor(`k${i}`)).flat();
  connection.send(...commands);
  for (let i = 0; i < 5; i++) await turn();
  expect([fixture.asked.length, connection.isPaused]).toEqual([most, most < 60]);
  fixture.isHolding = false;
  fixture.release();
  for (let i = 0; i < 50; i++) await turn();
  expect([connection.replies.length, connection.isPaused]).toEqual([commands.length, false]);
});

test("for a client that takes nothing nothing more is read than it has room for, and all of it once it does", async () => {
  const fixture = new StoreFixture();
  const connection = fixture.connect();
  await connection.ask(["SET", "a", "v".repeat(1_000_000)], ["SET", "b", "x"]);
  connection.unsentBytes = 20_000_000;
  connection.send(["GET", "a"], ["GET", "a"], ["GET", "b"], ["SET", "a", "y"], ["GET", "a"]);
  for (let i = 0; i < 10; i++) await turn();
  expect(connection.replies).toHaveLength(2);
  connection.unsentBytes = 0;
  connection.connection.taken();
  for (let i = 0; i < 10; i++) await turn();
  expect(connection.replies.slice(2).map((each) => (typeof each === "string" ? each.length : each))).toEqual([
    ...[1_000_000, 1_000_000, 1],
    OK,
    1,
  ]);
});

test("what waits behind a client that takes its time has as much time as any other", async () => {
  const fixture = new StoreFixture();
  let nowMs = 0;
  fixture.monotonicMs = () => nowMs;
  const connection = fixture.connect();
  await connection.ask(["SET", "a", "v"]);
  connection.unsentBytes = 20_000_000;
  connection.send(["GET", "a"], ["SET", "a", "w"]);
  for (let i = 0; i < 10; i++) await turn();
  nowMs = 60_000;
  connection.unsentBytes = 0;
  connection.connection.taken();
  for (let i = 0; i < 10; i++) await turn();
  expect(connection.replies).toEqual([OK, "v", OK]);
  expect(fixture.timeoutsMs).toEqual([5_000, 1_000, 1_000, 5_000]);
});

test("replies that are ready too early are no more than there is room for, and the one they wait for has it", async () => {
  const fixture = new StoreFixture();
  const connection = fixture.connect();
  const value = "v".repeat(1_000_000);
  await connection.ask(["SET", "a", value], ["SET", "b", value]);
  fixture.isHolding = true;
  connection.send(["SET", "a", value], ["GET", "a"], ...Array.from({ length: 30 }, () => ["GET", "b"]));
  for (let i = 0; i < 60; i++) {
    await turn();
    fixture.release();
  }
  expect(connection.replies).toHaveLength(2 + 32);
  expect(connection.replies.slice(3).every((each) => each === value)).toBe(true);
});
