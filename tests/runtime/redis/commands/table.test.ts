import { readFileSync } from "node:fs";
import { redisCommandsDocument } from "../../../../runtime/redis/commands/documentation.ts";
import type { Command } from "../../../../runtime/redis/commands/command.ts";
import { hasArity, keysIn } from "../../../../runtime/redis/commands/command.ts";
import { COMMANDS, commandIn } from "../../../../runtime/redis/commands/table.ts";
import { UNSUPPORTED } from "../../../../runtime/redis/commands/unsupported.ts";
import type { RedisReply } from "../reply-reader.ts";
import { StoreFixture } from "../store-fixture.ts";
import { COMMANDS_OF_REDIS } from "./commands-of-redis.ts";

const args = (...words: readonly string[]) => words.map((word) => Buffer.from(word));

test("docs/redis-commands.md is what the table makes; `make redis-commands` writes it", () => {
  expect(readFileSync("docs/redis-commands.md", "utf8")).toBe(redisCommandsDocument());
});

const subcommandsOf = (command: Command): readonly Command[] => (command.kind === "container" ? command.subcommands : []);

test("every command of Redis is here, or is named among those that are not", () => {
  const unsupported = new Set([...UNSUPPORTED.values()].flat());
  const isTold = (name: string): boolean => {
    const [first = "", second] = name.split("|");
    if (unsupported.has(name) || unsupported.has(first)) return true;
    const container = COMMANDS.find((command) => command.name === first);
    if (second === undefined || container === undefined) return container !== undefined;
    return second === "help" || subcommandsOf(container).some((command) => command.name === name);
  };
  expect(COMMANDS_OF_REDIS.filter((name) => !isTold(name))).toEqual([]);
});

test("names are unique, in lower case, and of a command that is here or not, never both", () => {
  const names = COMMANDS.flatMap((command) => [command.name, ...subcommandsOf(command).map(({ name }) => name)]);
  expect(new Set(names).size).toBe(names.length);
  expect(names.every((name) => name === name.toLowerCase())).toBe(true);
  expect([...UNSUPPORTED.values()].flat().filter((name) => names.includes(name))).toEqual([]);
});

test("every command of keys has its keys among the arguments that it must have", () => {
  for (const command of COMMANDS) {
    if (command.kind !== "data") continue;
    const least = Array.from({ length: Math.abs(command.arity) }, (_, i) => Buffer.from(`a${i}`));
    expect(hasArity(command, least.length)).toBe(true);
    expect(keysIn(command, least).length).toBeGreaterThan(0);
    expect(keysIn(command, least)).not.toContain(undefined);
  }
});

test.each([
  [["get"], "ERR wrong number of arguments for 'get' command"],
  [["CLUSTER", "KEYSLOT"], "ERR wrong number of arguments for 'cluster|keyslot' command"],
  [["CLUSTER"], "ERR wrong number of arguments for 'cluster' command"],
  [["cluster", "foo"], "ERR unknown subcommand 'foo'. Try CLUSTER HELP."],
  [["CLIENT", "KILL", "a:1"], "ERR CLIENT KILL is not supported: a connection has no power over others"],
  [["nope", "a", "b"], "ERR unknown command 'nope', with args beginning with: 'a' 'b' "],
  [["x".repeat(200)], `ERR unknown command '${"x".repeat(128)}', with args beginning with: `],
])("%j", (words, text) => {
  expect(commandIn(args(...words))).toBe(text);
});

test("COMMAND tells what clients route by", async () => {
  const connection = new StoreFixture().connect();
  const [count, all, info, keys] = await connection.ask(
    ["COMMAND", "COUNT"],
    ["COMMAND"],
    ["COMMAND", "INFO", "incrby", "nope"],
    ["COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2"],
  );
  expect(count).toBe(BigInt(COMMANDS.length));
  expect(all).toHaveLength(COMMANDS.length);
  const [incrby, nope] = info as readonly RedisReply[];
  const flags = [{ status: "write" }, { status: "denyoom" }, { status: "fast" }];
  expect((incrby as readonly RedisReply[]).slice(0, 6)).toEqual(["incrby", 3n, flags, 1n, 1n, 1n]);
  expect(incrby).toHaveLength(10);
  expect(nope).toBeNull();
  expect(keys).toEqual(["a", "b"]);
});

test("COMMAND LIST names subcommands, too, and only what is asked for", async () => {
  const list = async (...options: readonly string[]) => (await new StoreFixture().connect().ask(["COMMAND", "LIST", ...options]))[0];
  expect(await list()).toEqual(expect.arrayContaining(["get", "client", "client|id"]));
  expect(await list("FILTERBY", "PATTERN", "INCR*")).toEqual(["incr", "incrby", "incrbyfloat"]);
  expect(await list("filterby", "aclcat", "transactions")).toEqual(["multi", "exec", "discard", "watch", "unwatch"]);
  expect(await list("filterby", "module", "x")).toEqual([]);
  for (const options of [["x"], ["filterby"], ["filterby", "aclcat"], ["filterby", "constructor", "x"], ["filterby", "aclcat", "a", "b"]])
    expect(await list(...options)).toEqual({ error: "ERR syntax error" });
});

test("CLIENT LIST tells of who is asked for, and switches take ON and OFF", async () => {
  const ask = async (...command: readonly string[]) => (await new StoreFixture().connect().ask(["CLIENT", ...command]))[0];
  for (const options of [[], ["ID", "1"], ["id", "7", "1"], ["type", "NORMAL"]])
    expect(await ask("LIST", ...options)).toMatch(/^id=1 [^\n]*\n$/);
  for (const options of [
    ["ID", "999"],
    ["type", "replica"],
  ])
    expect(await ask("LIST", ...options)).toBe("");
  expect(await ask("LIST", "ID", "x")).toEqual({ error: "ERR Invalid client ID" });
  expect(await ask("LIST", "TYPE", "x")).toEqual({ error: "ERR Unknown client type 'x'" });
  for (const command of [
    ["LIST", "ID"],
    ["LIST", "x"],
    ["NO-EVICT", "x"],
    ["NO-TOUCH", "x"],
  ])
    expect(await ask(...command)).toEqual({ error: "ERR syntax error" });
  expect([await ask("NO-EVICT", "on"), await ask("NO-TOUCH", "OFF")]).toEqual([{ status: "OK" }, { status: "OK" }]);
});

test("INFO counts the keys that end by themselves", async () => {
  const connection = new StoreFixture().connect();
  await connection.ask(["SET", "a", "1"], ["SET", "b", "1", "EX", "100"], ["SET", "c", "1", "EX", "100"], ["PERSIST", "c"]);
  expect(await connection.ask(["INFO", "keyspace"])).toEqual([expect.stringContaining("db0:keys=3,expires=1,")]);
});

const TRANSACTION = JSON.stringify({ compare: [{ key: "{t}a", version: 0 }], then: [{ op: "put", key: "{t}b", value: "1" }] });
const NO_COMMAND = { error: "ERR Invalid command specified" };

test.each<[readonly string[], RedisReply]>([
  [
    ["ONCE", "c", "1", "0", "MSET", "a", "1", "b", "2"],
    ["a", "b"],
  ],
  [
    ["FLOTILLA.TXN", TRANSACTION],
    ["{t}a", "{t}b"],
  ],
  [["FLOTILLA.TXN", JSON.stringify({ then: [{ op: "get", key: "a" }] })], ["a"]],
  [
    ["once", "c", "1", "0", "flotilla.txn", TRANSACTION],
    ["{t}a", "{t}b"],
  ],
  [["ONCE", "c", "1", "0", "EXEC"], { error: "ERR The command has no key arguments" }],
  [["ONCE", "c", "1", "0", "nosuch", "a"], NO_COMMAND],
  [["ONCE", "c", "1", "0", "ONCE", "c", "1", "0", "GET", "a"], NO_COMMAND],
  [["FLOTILLA.TXN", "{"], { error: "ERR the transaction is no JSON" }],
])("COMMAND GETKEYS finds keys that have no places of their own: %j", async (command, keys) => {
  expect(await new StoreFixture().connect().ask(["COMMAND", "GETKEYS", ...command])).toEqual([keys]);
});

test("every command that is local answers, in both versions", async () => {
  for (const version of ["2", "3"]) {
    const connection = new StoreFixture().connect();
    await connection.ask(["HELLO", version]);
    const asked = [
      ["COMMAND", "DOCS"],
      ["COMMAND", "LIST"],
      ["INFO"],
      ["INFO", "all"],
      ["CLUSTER", "SLOTS"],
      ["CLUSTER", "SHARDS"],
      ["CLUSTER", "NODES"],
      ["CLUSTER", "INFO"],
    ];
    const more = [
      ["CLUSTER", "MYID"],
      ["CLUSTER", "HELP"],
      ["CLIENT", "INFO"],
      ["CONFIG", "GET", "*"],
      ["TIME"],
      ["WAIT", "2", "0"],
      ["DBSIZE"],
      ["SCAN", "0"],
      ["FLOTILLA.CLIENT"],
    ];
    const replies = await connection.ask(...asked, ...more);
    expect(replies).toHaveLength(asked.length + more.length);
    expect(replies.filter((reply) => reply !== null && typeof reply === "object" && "error" in reply)).toEqual([]);
  }
});
