import { createHash } from "node:crypto";
import type { RedisReply } from "../reply-reader.ts";
import { ADDRESSES, StoreFixture } from "../store-fixture.ts";

const idOf = (i: number): string =>
  createHash("sha1")
    .update(ADDRESSES[i]?.peer ?? "")
    .digest("hex");

test("slots, nodes and ids are of one map", async () => {
  const connection = new StoreFixture().connect();
  const [slots, nodes, info, self, slot] = await connection.ask(
    ["CLUSTER", "SLOTS"],
    ["CLUSTER", "NODES"],
    ["CLUSTER", "INFO"],
    ["CLUSTER", "MYID"],
    ["CLUSTER", "KEYSLOT", "foo{}{bar}"],
  );
  expect(slots).toEqual([
    [0n, 16_383n, ["127.0.0.1", 7_510n, idOf(0), []], ["127.0.0.1", 7_511n, idOf(1), []], ["127.0.0.1", 7_512n, idOf(2), []]],
  ]);
  expect(String(nodes).split("\n")).toEqual([
    `${idOf(0)} 127.0.0.1:7510@17510 myself,master - 0 0 1 connected 0-16383`,
    `${idOf(1)} 127.0.0.1:7511@17511 slave ${idOf(0)} 0 0 1 connected`,
    `${idOf(2)} 127.0.0.1:7512@17512 slave ${idOf(0)} 0 0 1 connected`,
    "",
  ]);
  expect(String(info)).toContain("cluster_state:ok\r\ncluster_slots_assigned:16384\r\n");
  expect([self, slot]).toEqual([idOf(0), 8_363n]);
});

test.each(["SLOTS", "SHARDS", "NODES"])("who knows no slots yet says so, and not that there are none: CLUSTER %s", async (subcommand) => {
  const fixture = new StoreFixture();
  fixture.isBorn = false;
  const connection = fixture.connect();
  const [told, info] = await connection.ask(["CLUSTER", subcommand], ["CLUSTER", "INFO"]);
  expect(told).toEqual({ error: "CLUSTERDOWN this member does not know the slots yet" });
  expect(String(info)).toContain("cluster_state:fail\r\n");
  fixture.isBorn = true;
  expect((await connection.ask(["CLUSTER", subcommand]))[0]).not.toEqual(told);
});

test("without a leader the last one that was known is shown", async () => {
  const fixture = new StoreFixture();
  const connection = fixture.connect();
  fixture.leader = 2;
  fixture.cluster.lookAgain();
  const first = async (): Promise<RedisReply> =>
    ((await connection.ask(["CLUSTER", "SLOTS"]))[0] as readonly (readonly RedisReply[])[])[0]?.[2] ?? null;
  expect(await first()).toEqual(["127.0.0.1", 7_512n, idOf(2), []]);
  fixture.leader = null;
  fixture.cluster.lookAgain();
  expect(await first()).toEqual(["127.0.0.1", 7_512n, idOf(2), []]);
});

test("a scan finds every key once, in any pages", async () => {
  const connection = new StoreFixture().connect();
  const keys = Array.from({ length: 300 }, (_, n) => `key:${n}`);
  await connection.ask(...keys.map((key) => ["SET", key, "v"]));
  const found: string[] = [];
  let cursor = "0";
  do {
    const [reply] = await connection.ask(["SCAN", cursor, "COUNT", "7", "MATCH", "key:*"]);
    const [next, page] = reply as readonly [string, readonly string[]];
    found.push(...page);
    cursor = next;
  } while (cursor !== "0");
  expect(found.sort()).toEqual(keys.sort());
  expect(await connection.ask(["DBSIZE"], ["SCAN", "123"], ["SCAN", "0", "COUNT", "0"], ["SCAN", "x"])).toMatchObject([
    300n,
    { error: expect.stringMatching(/^ERR invalid cursor/) },
    { error: "ERR syntax error" },
    { error: "ERR invalid cursor" },
  ]);
  const [some] = await connection.ask(["KEYS", "key:1?"]);
  expect([...(some as readonly string[])].sort()).toEqual(Array.from({ length: 10 }, (_, n) => `key:1${n}`));
  expect(keys).toContain((await connection.ask(["RANDOMKEY"]))[0]);
});
