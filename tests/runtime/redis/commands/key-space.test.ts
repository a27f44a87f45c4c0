// Commands that look through many keys, where not all of it can be seen, where this member is behind, and where they begin later than
// they were asked.
import { utf8 } from "../../../../core/base/bytes.ts";
import { asGroup } from "../../../../core/base/ids.ts";
import { refused, unknown } from "../../../../core/base/outcome.ts";
import { encodeCommand, NO_GUARDS } from "../../../../core/kv/commands.ts";
import { encodeConfiguration } from "../../../../core/shards/configuration.ts";
import { encodeGroupCommand } from "../../../../core/shards/group-commands.ts";
import { shardOf, slotOf } from "../../../../core/shards/slots.ts";
import type { KeySpace, KeysPage } from "../../../../runtime/redis/key-space.ts";
import { StoreFixture } from "../store-fixture.ts";

const NOT_SERVED = { error: "CLUSTERDOWN a shard is not served here at the moment" };
const nobody: KeySpace = {
  keysAfter: () => Promise.resolve(null),
  keysOfShard: () => Promise.resolve(null),
  count: () => Promise.resolve(null),
  shuffledShards: () => Promise.resolve([1, 2]),
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

const LOOKING: readonly (readonly string[])[] = [
  ["RANDOMKEY"],
  ["DBSIZE"],
  ["KEYS", "*"],
  ["SCAN", "0"],
  ["CLUSTER", "COUNTKEYSINSLOT", "7"],
  ["CLUSTER", "GETKEYSINSLOT", "7", "1"],
];

test.each(LOOKING)("where nobody answers it is told as that, and not as none: %s %s", async (...command) => {
  const fixture = new StoreFixture();
  fixture.keys = nobody;
  expect(await fixture.connect().ask(command)).toEqual([NOT_SERVED]);
});

test.each(LOOKING)("a member that is not of its group yet, or is cut off from it, has nothing to tell: %s %s", async (...command) => {
  const fixture = new StoreFixture();
  fixture.isBorn = false;
  expect(await fixture.connect().ask(command)).toEqual([NOT_SERVED]);
  fixture.isBorn = true;
  fixture.instead.push(unknown("deadline"));
  expect(await fixture.connect().ask(command)).toEqual([NOT_SERVED]);
});

const put = (key: string) => encodeCommand({ kind: "put", key: utf8(key), guards: NO_GUARDS, value: utf8("v") });

/** A member that has applied nothing of what others acknowledged. */
function behindWith(...keys: readonly string[]): StoreFixture {
  const fixture = new StoreFixture();
  fixture.behind.push(...keys.map(put));
  return fixture;
}

test("a member that is behind catches up before it says which keys there are", async () => {
  const ask = async (...command: string[]) => (await behindWith("a").connect().ask(command))[0];
  expect(await ask("KEYS", "*")).toEqual(["a"]);
  expect(await ask("SCAN", "0")).toEqual(["0", ["a"]]);
  expect(await ask("RANDOMKEY")).toBe("a");
  expect(await ask("DBSIZE")).toBe(1n);
  expect(await ask("CLUSTER", "GETKEYSINSLOT", String(slotOf(utf8("a"))), "10")).toEqual(["a"]);
});

const STARTING = refused("starting", "much to apply");

test("a member with much to apply is asked again until it has applied it, for as long as there is time", async () => {
  const fixture = behindWith("a");
  fixture.instead.push(STARTING, STARTING);
  expect(await fixture.connect().ask(["DBSIZE"])).toEqual([1n]);
  expect(fixture.asked).toHaveLength(3);
  fixture.monotonicMs = () => fixture.asked.length * 2_000;
  fixture.instead.push(...Array<typeof STARTING>(10).fill(STARTING));
  expect(await fixture.connect().ask(["DBSIZE"])).toEqual([NOT_SERVED]);
  expect(fixture.asked).toHaveLength(6);
});

test("no shard is passed over that had no keys when this member was last asked", async () => {
  const keys = Array.from({ length: 200 }, (_, i) => `k${i}`).sort((a, b) => shardOf(utf8(a)) - shardOf(utf8(b)));
  const [known, later] = [keys.filter((_, i) => i % 5 === 3), keys.filter((_, i) => i % 5 !== 3)];
  const fixture = behindWith(...known);
  const connection = fixture.connect();
  expect(await connection.ask(["DBSIZE"])).toEqual([BigInt(known.length)]);
  fixture.behind.push(...later.map(put));
  const [found] = (await connection.ask(["KEYS", "*"])) as unknown as [string[]];
  expect(found.sort()).toEqual(keys.sort());
});

test("while a walk goes on, one shard comes to have keys, and another leaves: the first is among those that follow", async () => {
  const [first, second, third] = ["k1", "k2", "k3"].sort((a, b) => shardOf(utf8(a)) - shardOf(utf8(b))) as [string, string, string];
  const fixture = behindWith(first, third);
  const connection = fixture.connect();
  const found: string[] = [];
  const scan = async (from: string): Promise<string> => {
    const [[next, page]] = (await connection.ask(["SCAN", from, "COUNT", "1"])) as unknown as [[string, string[]]];
    found.push(...page);
    return next;
  };
  let cursor = await scan("0");
  expect(found).toEqual([first]);
  const leaving = shardOf(utf8(third));
  const { configuration } = fixture.machine;
  const shards = configuration.shards.map((owner, shard) => (shard === leaving ? asGroup("2") : owner));
  const groups = { ...configuration.groups, 2: [{ peer: "p:1", http: "http://p", redis: "redis://there:6379" }] };
  fixture.behind.push(
    put(second),
    encodeGroupCommand({ kind: "adopt", configuration: encodeConfiguration({ number: 2, shards, groups }) }),
    encodeGroupCommand({ kind: "freeze", shard: leaving, number: 2 }),
  );
  while (cursor !== "0") cursor = await scan(cursor);
  expect(found).toEqual([first, second]);
});

test.each([
  [["CLUSTER", "GETKEYSINSLOT", "1", "-1"], "ERR Invalid slot or number of keys"],
  [["CLUSTER", "GETKEYSINSLOT", "99999", "1"], "ERR Invalid slot or number of keys"],
  [["CLUSTER", "COUNTKEYSINSLOT", "99999"], "ERR Invalid slot"],
  [["WAIT", "0", "x"], "ERR timeout is not an integer or out of range"],
])("%j", async (command, text) => {
  expect(await new StoreFixture().connect().ask(command)).toEqual([{ error: text }]);
});

test("what begins late is answered in the version of when it was asked", async () => {
  const fixture = new StoreFixture();
  fixture.isHolding = true;
  const connection = fixture.connect();
  connection.send(["SET", "a", "1"], ["DEL", "a"], ["RANDOMKEY"], ["HELLO", "3"]);
  fixture.isHolding = false;
  fixture.release();
  for (let i = 0; i < 10; i++) await turn();
  expect(connection.written).toMatch(/^\+OK\r\n:1\r\n\$-1\r\n%7\r\n/);
});

test("what is about one slot has its place in the order of that slot, and in no other", async () => {
  const fixture = new StoreFixture();
  const connection = fixture.connect();
  const slot = String(slotOf(utf8("a")));
  const count = ["CLUSTER", "COUNTKEYSINSLOT", slot];
  const replies = await connection.ask(
    ["SET", "a", "1"],
    count,
    ["DEL", "a"],
    count,
    ["SET", "a", "2"],
    ["CLUSTER", "GETKEYSINSLOT", slot, "9"],
    ["DEL", "a"],
  );
  expect(replies).toEqual([{ status: "OK" }, 1n, 1n, 0n, { status: "OK" }, ["a"], 1n]);
  fixture.asked.length = 0;
  connection.send(count, ["SET", "b", "1"], ["SET", "a", "1"]);
  expect(fixture.asked.filter(({ kind }) => kind === "write")).toHaveLength(1);
});

const LONG: readonly (readonly string[])[] = [
  ["KEYS", "*"],
  ["SCAN", "0", "COUNT", "10000"],
  ["CLUSTER", "COUNTKEYSINSLOT", "7"],
];

test.each(LONG)("a walk ends when its client goes away: %s %s", async (...command) => {
  const fixture = new StoreFixture();
  let pages = 0;
  const page = async (): Promise<KeysPage> => {
    pages++;
    await turn();
    return { keys: [], next: { shard: 0, after: null } };
  };
  fixture.keys = { ...nobody, keysAfter: page, keysOfShard: page };
  const connection = fixture.connect();
  connection.send(command);
  for (let i = 0; i < 10; i++) await turn();
  connection.connection.over();
  const before = pages;
  for (let i = 0; i < 10; i++) await turn();
  expect(before).toBeGreaterThan(1);
  expect(pages).toBeLessThanOrEqual(before + 1);
});

test("a cursor is of the keys that it was given for: those of a member and those of all groups are walked in different orders", async () => {
  const fixture = new StoreFixture();
  const page = (next: number) => Promise.resolve({ keys: [utf8("k")], next: { shard: next, after: null } });
  fixture.keys = { ...nobody, keysAfter: (position) => page((position?.shard ?? 0) + 1) };
  const [own, again] = [fixture.connect(), fixture.connect()];
  fixture.keys = { ...fixture.keys };
  const other = fixture.connect();
  const [[cursor]] = (await own.ask(["SCAN", "0", "COUNT", "1"])) as unknown as [[string]];
  expect((await again.ask(["SCAN", cursor, "COUNT", "1"]))[0]).toHaveLength(2);
  expect((await other.ask(["SCAN", cursor, "COUNT", "1"]))[0]).toEqual({
    error: "ERR invalid cursor: it is not of this member, or was forgotten; begin with 0",
  });
});

test("what has not begun when its client goes away does not begin", async () => {
  const fixture = new StoreFixture();
  let walks = 0;
  fixture.keys = { ...nobody, keysAfter: () => (walks++, Promise.resolve({ keys: [], next: null })) };
  fixture.isHolding = true;
  const connection = fixture.connect();
  connection.send(["SET", "a", "1"], ["KEYS", "*"], ["KEYS", "*"]);
  connection.connection.over();
  fixture.release();
  for (let i = 0; i < 10; i++) await turn();
  expect(walks).toBe(0);
});
