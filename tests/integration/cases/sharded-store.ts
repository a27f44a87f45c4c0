// The doors of a store of two groups, on real processes with tokens and a secret: every call through every member, whichever
// group the keys are of; the client library over all of it; and shards that move while both members are asked for them, with
// no request failing.
import type { Store } from "../../../client/connect.ts";
import { connect, op, RefusedError } from "../../../client/connect.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import { ShardedCluster } from "../sharded-cluster.ts";
import type { TestCase } from "../test-case.ts";
import { check, eventually, sleep } from "../test-case.ts";

const TOKENS = { data: "data-token", admin: "admin-token" };
const ENVIRONMENT = {
  FLOTILLA_AUTH: "all",
  FLOTILLA_DATA_TOKEN: TOKENS.data,
  FLOTILLA_ADMIN_TOKEN: TOKENS.admin,
  FLOTILLA_CLUSTER_SECRET: "cluster-secret",
};
/** Processes that start at once on a busy machine take their time. */
const START_MS = 60_000;
/** Long enough to be read before it is over, on such a machine too. */
const TTL_MS = 2_000;
const MOVES = { bounded: 4, long: 40 };

export const shardedStore: TestCase = {
  name: "the doors of two groups: every call through every member, and moves without a failed request",
  run: async ({ directory, scale, say }) => {
    const cluster = await ShardedCluster.create({ directory, controllers: 1, groups: { 1: 1, 2: 1 }, environment: ENVIRONMENT });
    cluster.start();
    const doors = [...cluster.group("1"), ...cluster.group("2")].map(({ origin }) => origin);
    const controller = cluster.controllers.map(({ origin }) => origin)[0] ?? "";
    let store: Store | null = null;
    try {
      await eventually("both members serve the first configuration", () => areServing(doors), { deadlineMs: START_MS });
      for (const [i, door] of doors.entries()) await everyCall(door, `d${i}/`);
      await tokensAreNeeded(doors[0] ?? "", controller);
      store = await connect({ endpoints: doors.slice(0, 1), token: TOKENS.data });
      await theLibrary(store);
      say(await movesUnderLoad({ doors, controller, store, moves: MOVES[scale] }));
    } finally {
      await store?.close();
      await cluster.stop();
    }
  },
};

type Fields = Readonly<Record<string, unknown>>;
type Answer = { readonly status: number; readonly body: Fields; readonly headers: Headers };
type Call = {
  readonly method?: string;
  readonly body?: unknown;
  readonly token?: string | null;
  readonly headers?: Record<string, string>;
};

async function call(url: string, { method = "GET", body, token = TOKENS.data, headers = {} }: Call = {}): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Fields, headers: response.headers };
}

async function areServing(doors: readonly string[]): Promise<true | null> {
  const maps = await Promise.all(doors.map((door) => call(`${door}/v1/shard-map`).catch(() => null)));
  return maps.every((map) => map?.body["number"] === 1) ? true : null;
}

/** Keys enough that both groups have some. */
async function everyCall(door: string, prefix: string): Promise<void> {
  const keys = Array.from({ length: 8 }, (_, n) => `${prefix}k${n}`);
  const path = (key: string): string => `${door}/v1/kv/${encodeURIComponent(key)}`;
  const groups = new Set<string | null>();
  for (const key of keys) {
    const put = await call(path(key), { method: "PUT", body: { value: `v-${key}`, ifVersion: 0 } });
    expectSame([put.status, put.body["version"]], [200, 1], `PUT ${key}`);
    groups.add(put.headers.get("flotilla-group"));
    check(
      put.headers.get("flotilla-config") === "1" && Number(put.headers.get("flotilla-index")) > 0,
      `PUT ${key} tells where it is in the log`,
    );
    const again = await call(path(key), { method: "PUT", body: { value: "x", ifVersion: 0 } });
    expectSame([again.status, (again.body["error"] as Fields)["version"]], [409, 1], `PUT ${key} with a guard that fails`);
    for (const consistency of ["linearizable", "stale"]) {
      expectSame((await call(`${path(key)}?consistency=${consistency}`)).body["value"], `v-${key}`, `GET ${key} ${consistency}`);
    }
    expectSame(
      (await call(`${path(key)}/append`, { method: "POST", body: { value: "!" } })).body["length"],
      key.length + 3,
      `append ${key}`,
    );
    expectSame(
      (await call(`${path(`${key}n`)}/increment`, { method: "POST", body: { by: "-5" } })).body["value"],
      "-5",
      `increment ${key}`,
    );
  }
  expectSame(groups.size, 2, "groups that served the keys");
  await manyKeys(door, prefix, keys);
  for (const key of keys) {
    expectSame((await call(path(key), { method: "DELETE" })).body["deleted"], true, `DELETE ${key}`);
    expectSame((await call(path(key))).status, 404, `GET ${key} when it is gone`);
  }
}

async function manyKeys(door: string, prefix: string, keys: readonly string[]): Promise<void> {
  const found: string[] = [];
  let after: string | null = null;
  do {
    const place = after === null ? "" : `&after=${encodeURIComponent(after)}`;
    const page = await call(`${door}/v1/kv?prefix=${encodeURIComponent(`${prefix}k`)}&limit=3${place}`);
    found.push(...(page.body["entries"] as readonly { key: string }[]).map(({ key }) => key));
    after = page.body["next"] as string | null;
  } while (after !== null);
  expectSame(found, keys.flatMap((key) => [key, `${key}n`]).sort(), "keys of a scan, in byte order over both groups");
  const operations = keys.flatMap((key) => [
    { op: "get", key },
    { op: "append", key, value: "?" },
  ]);
  const batch = await call(`${door}/v1/batch`, {
    method: "POST",
    body: { operations: [...operations, { op: "get", key: `${prefix}none` }] },
  });
  const results = batch.body["results"] as readonly Fields[];
  expectSame(
    results.map((each) => each["value"] ?? each["length"] ?? each["found"]),
    [...keys.flatMap((key) => [`v-${key}!`, key.length + 4]), false],
    "results of a batch over both groups, in order",
  );
  const txn = (body: Fields): Promise<Answer> => call(`${door}/v1/txn`, { method: "POST", body });
  const then = [
    { op: "put", key: `{${prefix}}a`, value: "1" },
    { op: "increment", key: `{${prefix}}b`, by: "2" },
  ];
  const compare = [{ key: `{${prefix}}a`, version: 0 }];
  expectSame((await txn({ compare, then })).body["succeeded"], true, "a transaction whose comparison holds");
  expectSame((await txn({ compare, then })).body["succeeded"], false, "the same again");
  expectSame((await txn({ then: keys.map((key) => ({ op: "get", key })) })).status, 400, "a transaction over several slots");
}

async function tokensAreNeeded(door: string, controller: string): Promise<void> {
  const move = (token: string | null): Promise<Answer> =>
    call(`${controller}/v1/shards/move`, { method: "POST", body: { shard: 0, group: "1" }, token });
  expectSame(
    [(await call(`${door}/v1/kv/a`, { token: null })).status, (await call(`${door}/v1/kv/a`, { token: "x" })).status],
    [401, 403],
    "data",
  );
  expectSame([(await move(null)).status, (await move(TOKENS.data)).status], [401, 403], "a move with no token, and with that for data");
  expectSame((await call(`${door}/v1/status`, { token: null })).status, 200, "the status needs none");
}

async function theLibrary(store: Store): Promise<void> {
  expectSame((await store.increment("lib/n", 3n)).value, 3n, "increment");
  const { succeeded, results } = await store.txn({
    compare: [{ key: "{lib}a", version: 0 }],
    then: [op.put("{lib}a", "x"), op.increment("{lib}b"), op.get("{lib}none")],
    else: [op.get("{lib}a")],
  });
  expectSame([succeeded, results.length, results.at(-1)], [true, 3, null], "txn");
  const keys = Array.from({ length: 20 }, (_, n) => `lib/many/${String(n).padStart(2, "0")}`);
  const written = await store.batch(keys.map((key) => op.put(key, new Uint8Array([0, 255, 7]))));
  check(
    written.every(({ kind }) => kind === "done"),
    "batch",
  );
  const scanned: string[] = [];
  for await (const { keyText, value } of store.scan("lib/many/", { pageSize: 7 })) {
    scanned.push(keyText);
    expectSame([...value], [0, 255, 7], `the bytes of ${keyText}`);
  }
  expectSame(scanned, keys, "scan");
  await store.put("lib/short", "x", { ttlMs: TTL_MS });
  expectSame((await store.get("lib/short"))?.text, "x", "a key with a time to live, before");
  await eventually("a key with a time to live ends", async () => ((await store.get("lib/short")) === null ? true : null));
  const lock = await store.lock("lib", { ttlMs: 20_000 });
  const second = await store.lock("lib", { ttlMs: 5_000, deadlineMs: 1_500 }).catch((error: unknown) => error);
  check(second instanceof RefusedError && second.code === "deadline", `a lock that is held is not given: ${String(second)}`);
  await lock.release();
  await (await store.lock("lib", { ttlMs: 5_000 })).release();
}

type Moving = { readonly doors: readonly string[]; readonly controller: string; readonly store: Store; readonly moves: number };

async function movesUnderLoad({ doors, controller, store, moves }: Moving): Promise<string> {
  const keys = Array.from({ length: moves }, (_, n) => `load/${n}`);
  const over = new AbortController();
  const counts = keys.map(() => 0);
  let slowestMs = 0;
  const load = [...doors, null].map(async (door) => {
    for (let n = 0; !over.signal.aborted; n++) {
      const i = n % keys.length;
      const startMs = performance.now();
      if (door === null) await store.increment(keys[i] ?? "");
      else await incrementBy(door, keys[i] ?? "");
      counts[i] = (counts[i] ?? 0) + 1;
      slowestMs = Math.max(slowestMs, performance.now() - startMs);
      await sleep(1);
    }
  });
  const failed = Promise.race([Promise.all(load).then(() => null), Promise.all(load).catch((error: unknown) => error)]);
  const moving = moveAll(
    controller,
    doors,
    keys.map((key) => shardOf(utf8(key))),
  );
  const first = await Promise.race([moving.then(() => null), failed]);
  over.abort();
  if (first !== null) throw first as Error;
  await moving;
  await Promise.all(load);
  for (const [i, key] of keys.entries()) expectSame((await store.get(key))?.text, String(counts[i]), `increments of ${key} that were done`);
  await movesWereCounted(doors, new Set(keys.map((key) => shardOf(utf8(key)))).size);
  return `${counts.reduce((sum, count) => sum + count, 0)} increments during ${moves} moves; the slowest took ${Math.round(slowestMs)} ms`;
}

async function incrementBy(door: string, key: string): Promise<void> {
  const { status, body } = await call(`${door}/v1/kv/${encodeURIComponent(key)}/increment`, { method: "POST", body: {} });
  check(status === 200, `no request fails while its shard moves: ${status} ${JSON.stringify(body)}`);
}

async function moveAll(controller: string, doors: readonly string[], shards: readonly number[]): Promise<void> {
  for (const shard of shards) {
    const { body } = await call(`${controller}/v1/config`);
    const to = (body["shards"] as readonly string[])[shard] === "1" ? "2" : "1";
    const moved = await call(`${controller}/v1/shards/move`, { method: "POST", body: { shard, group: to }, token: TOKENS.admin });
    expectSame(moved.status, 200, `POST /v1/shards/move of ${shard}`);
    const receiver = doors[Number(to) - 1] ?? "";
    await eventually(`group ${to} serves shard ${shard}`, async () => {
      const { shards: lists } = (await call(`${receiver}/v1/status`)).body as { readonly shards: { readonly serving: readonly number[] } };
      return lists.serving.includes(shard) ? true : null;
    });
  }
}

async function movesWereCounted(doors: readonly string[], atLeast: number): Promise<void> {
  await eventually("every move was counted at both ends", async () => {
    const texts = await Promise.all(doors.map(async (door) => (await fetch(`${door}/metrics`)).text()));
    const sum = (name: string): number => texts.reduce((total, text) => total + valueOf(text, name), 0);
    const counted = ["taken", "handedOver"].map((result) => sum(`flotilla_shard_migrations_total{result="${result}"}`));
    const served = sum('flotilla_shards{state="serving"}');
    return counted.every((count) => count >= atLeast) && served === 256 ? true : null;
  });
}

function valueOf(text: string, name: string): number {
  const line = text.split("\n").find((each) => each.startsWith(`${name} `));
  return Number(line?.split(" ").at(-1) ?? 0);
}

function expectSame(found: unknown, expected: unknown, what: string): void {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? `${each}n` : each)) ?? "nothing";
  check(text(found) === text(expected), `${what}: ${text(expected)}, and not ${text(found)}`);
}
