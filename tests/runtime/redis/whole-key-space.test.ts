import type { Server as HttpServer } from "node:http";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo, Server } from "node:net";
import { createServer } from "node:net";
import { asGroup } from "../../../core/base/ids.ts";
import type { GroupNodes, Node, Range } from "../../../runtime/redis/cluster/cluster-view.ts";
import type { KeySpace } from "../../../runtime/redis/key-space.ts";
import { WholeKeySpace } from "../../../runtime/redis/whole-key-space.ts";
import { StoreFixture } from "./store-fixture.ts";

const KEYS = Array.from({ length: 25 }, (_, n) => `key:${String(n).padStart(2, "0")}`);
const own: KeySpace = {
  keysAfter: () => Promise.resolve(null),
  keysOfShard: () => Promise.resolve(null),
  count: () => Promise.resolve(10),
  shuffledShards: () => Promise.resolve([]),
};

let http: HttpServer;
let redis: Server;
let asked: string[] = [];
let reply = ":15\r\n";
let status = 200;

const portOf = (server: Server | HttpServer): number => (server.address() as AddressInfo).port;
const listening = <S extends Server | HttpServer>(server: S): Promise<S> =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));

beforeAll(async () => {
  // The member's HTTP door, as far as walks go.
  http = await listening(
    createHttpServer((request, response) => {
      const { searchParams } = new URL(request.url ?? "", "http://x");
      asked.push(`${searchParams.get("shards") ?? "all"} ${request.headers.authorization ?? "-"}`);
      const after = Buffer.from(searchParams.get("after") ?? "", "base64url").toString();
      const left = KEYS.filter((key) => key > after);
      const page = left.slice(0, Number(searchParams.get("limit")));
      const encoded = (key: string): string => Buffer.from(key).toString("base64url");
      const next = page.length < left.length ? encoded(page.at(-1) ?? "") : null;
      response.statusCode = status;
      response.end(JSON.stringify({ entries: page.map((key) => ({ key: encoded(key), value: "" })), next }));
    }),
  );
  // The Redis door of a member of another group.
  redis = await listening(
    createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (bytes) => {
        asked.push(bytes.toString());
        socket.write(`+OK\r\n${reply}`);
      });
    }),
  );
});

afterAll(() => {
  http.close();
  redis.close();
});

beforeEach(() => {
  asked = [];
  reply = ":15\r\n";
  status = 200;
});

const RANGES: readonly Range[] = [1, 2, 1, 2].map((group, i) => ({ start: i, end: i, group: asGroup(String(group)) }));

function whole(ranges: () => readonly Range[] = () => RANGES, ownKeys: KeySpace = own): WholeKeySpace {
  const there: Node = { id: "", group: asGroup("2"), host: "127.0.0.1", port: portOf(redis), http: "" };
  const dead: Node = { ...there, port: 1 };
  const cluster = {
    group: asGroup("1"),
    self: { ...there, group: asGroup("1"), http: `http://127.0.0.1:${portOf(http)}` },
    ranges,
    nodesOf: (group: string): GroupNodes => ({ group: asGroup(group), leader: dead, others: [there] }),
  };
  return new WholeKeySpace({ cluster, own: ownKeys, token: "secret" });
}

test("SCAN and KEYS see the keys of all groups, each once", async () => {
  const fixture = new StoreFixture();
  fixture.keys = whole();
  const connection = fixture.connect();
  const found: string[] = [];
  let cursor = "0";
  do {
    const [[next, page]] = (await connection.ask(["SCAN", cursor, "COUNT", "7"])) as unknown as [[string, string[]]];
    found.push(...page);
    cursor = next;
  } while (cursor !== "0");
  expect(found).toEqual(KEYS);
  expect(await connection.ask(["KEYS", "key:0?"])).toEqual([KEYS.slice(0, 10)]);
  expect(KEYS).toContain((await connection.ask(["RANDOMKEY"]))[0]);
  expect(asked.slice(0, -1).every((each) => each === "all Bearer secret")).toBe(true);
  expect(asked.at(-1)).toMatch(/^\d+ Bearer secret$/); // some shard
});

test("DBSIZE adds what each group counts, its own in this process; the next member is asked where one is gone", async () => {
  const fixture = new StoreFixture();
  fixture.keys = whole();
  expect(await fixture.connect().ask(["DBSIZE"])).toEqual([25n]);
  expect(asked).toEqual(["*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n*1\r\n$6\r\nDBSIZE\r\n"]);
});

test("where a group can't be counted nothing is told", async () => {
  reply = "-CLUSTERDOWN nobody\r\n";
  expect(await whole().count()).toBeNull();
});

test("a member that knows of no group has nothing to count, and one that is behind catches up before it counts", async () => {
  expect(await whole(() => []).count()).toBeNull();
  let ranges: readonly Range[] = [];
  const behind: KeySpace = {
    ...own,
    count: () => {
      ranges = RANGES;
      return Promise.resolve(10);
    },
  };
  expect(await whole(() => ranges, behind).count()).toBe(25);
});

test("what the member's own door refuses is no page of keys", async () => {
  expect((await whole().keysAfter(null, 3))?.keys.map(String)).toEqual(KEYS.slice(0, 3));
  status = 503;
  expect(await whole().keysAfter(null, 3)).toBeNull();
});
