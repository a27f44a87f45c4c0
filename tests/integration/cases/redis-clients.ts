// The Redis door and the clients that people use: they connect, work, survive the death and the end of leaders and the move of a
// shard, each within its time, and nothing that was acknowledged is lost. INCR under ONCE counts exactly, whatever dies meanwhile.
import { RedisOnce } from "../../../client/redis-once.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import type { LocalReplica } from "../../../client/cli/local-replica.ts";
import { nameOfShard } from "../filling.ts";
import { AcknowledgedWrites, checkNothingIsLost } from "../redis/acknowledged-writes.ts";
import { CLUSTER_CLIENTS } from "../redis/clients.ts";
import type { RedisClient } from "../redis/clients.ts";
import type { Fault } from "../redis/recovery.ts";
import { FAULTS, RECOVERY_MS } from "../redis/recovery.ts";
import { ShardedCluster } from "../sharded-cluster.ts";
import type { CaseContext, TestCase } from "../test-case.ts";
import { check, eventually, sleep } from "../test-case.ts";

const ROUNDS = { bounded: 1, long: 10 };
const WATCHED_MS = 2_500;
const MOVED_WITHIN_MS = 60_000;
const COUNTED = "counted";

export const redisClients: TestCase = {
  name: "Redis clients: they work, and go on through deaths, ends and moves without losing what was acknowledged",
  run: async (context) => {
    const cluster = await ShardedCluster.create({ directory: context.directory, controllers: 1, groups: { 1: 3, 2: 3 } });
    const clients: RedisClient[] = [];
    try {
      await cluster.startAndServe();
      const [first] = cluster.group("1");
      for (const kind of CLUSTER_CLIENTS) {
        const client = await kind.connect(first?.redisAddress ?? "");
        clients.push(client);
        await work(client);
      }
      await goOn(cluster, clients, context);
    } finally {
      await Promise.all(clients.map((client) => client.close().catch(() => undefined)));
      await cluster.stop();
    }
  },
};

async function work(client: RedisClient): Promise<void> {
  const tag = `{${client.name}}`;
  for (const key of ["a", "b", "c", "d", "e", "f"]) {
    check((await client.set(`${tag}${key}${key}:${client.name}`, key)) === "OK", `${client.name}: SET`);
    check((await client.get(`${tag}${key}${key}:${client.name}`)) === key, `${client.name}: GET`);
  }
  const keys = Array.from({ length: 200 }, (_, n) => `${client.name}:many:${n}`);
  await Promise.all(keys.map((key) => client.set(key, key)));
  const values = await Promise.all(keys.map((key) => client.get(key)));
  check(
    values.every((value, i) => value === keys[i]),
    `${client.name}: a pipeline over both groups`,
  );
  check((await client.get(`${tag}nothing`)) === null, `${client.name}: GET of nothing`);
  check((await client.increment(`${tag}n`)) === 1 && (await client.increment(`${tag}n`)) === 2, `${client.name}: INCR`);
  const [set, got] = await client.setAndGet(`${tag}t`, "x");
  check(String(set) === "OK" && got === "x", `${client.name}: MULTI`);
}

async function goOn(cluster: ShardedCluster, clients: readonly RedisClient[], { scale, say }: CaseContext): Promise<void> {
  const tags = await tagsOf(cluster);
  const loads = clients.map((client) => new AcknowledgedWrites(client, client.name.replace(" ", "-"), tags));
  const counting = new Counting(clients[1] as RedisClient);
  await sleep(1_000);
  for (let round = 0; round < ROUNDS[scale]; round++) {
    for (const fault of FAULTS) {
      await strike(cluster, loads, { fault, say });
      await Promise.all(["1", "2"].map((group) => cluster.untilWhole(group, 30_000)));
    }
  }
  await Promise.all(loads.map((load) => load.finish()));
  await counting.finish();
  say(
    `errors: ${loads.map(({ client, errors, errorTexts }) => `${client.name} ${errors}${errors === 0 ? "" : ` (${[...errorTexts].join("; ")})`}`).join(", ")}`,
  );
  const reader = await (CLUSTER_CLIENTS[0] as (typeof CLUSTER_CLIENTS)[number]).connect(cluster.group("2")[0]?.redisAddress ?? "");
  const writes = loads.flatMap(({ acknowledged }) => acknowledged);
  await checkNothingIsLost(writes, reader);
  const counted = Number(await reader.get(COUNTED));
  await reader.close();
  check(counted === counting.done, `INCR under ONCE counts exactly: ${counting.done} times, and it is ${counted}`);
  say(`${writes.length} acknowledged writes are there; INCR under ONCE counted ${counted} of ${counted}`);
}

const STRIKES: Readonly<Record<Fault, (cluster: ShardedCluster) => Promise<void>>> = {
  killed: (cluster) => endLeader(cluster, "1", "SIGKILL"),
  stopped: (cluster) => endLeader(cluster, "2", "SIGTERM"),
  moved: (cluster) => moveShardOf(cluster, COUNTED),
};

type Strike = { readonly fault: Fault; readonly say: CaseContext["say"] };

/** Every client writes everywhere again, and was not kept from it for longer than such a client may be. */
async function strike(cluster: ShardedCluster, loads: readonly AcknowledgedWrites[], { fault, say }: Strike): Promise<void> {
  const limitOf = ({ client }: AcknowledgedWrites): number => RECOVERY_MS[client.name]?.[fault] ?? 0;
  for (const load of loads) load.resetGap();
  await STRIKES[fault](cluster);
  const overMs = performance.now();
  await sleep(WATCHED_MS);
  for (const load of loads)
    await eventually(`${load.client.name} writes everywhere (${fault})`, () => load.hasWrittenSince(overMs) || null, {
      deadlineMs: limitOf(load),
    });
  const gaps = loads.map((load) => ({ name: load.client.name, ms: Math.round(load.gapMs), limitMs: limitOf(load) }));
  say(`${fault}: longest gap in ms: ${gaps.map(({ name, ms }) => `${name} ${ms}`).join(", ")}`);
  for (const { name, ms, limitMs } of gaps) check(ms <= limitMs, `${fault}: ${name} writes again within ${limitMs} ms, not ${ms}`);
}

/** Of the shard that moves, of one of each group that does not, and none. */
async function tagsOf(cluster: ShardedCluster): Promise<readonly string[]> {
  const { shards } = await shardMap(cluster);
  const moving = shardOf(utf8(COUNTED));
  const tagOf = (group: string): string => nameOfShard(`of-${group}`, (shard) => shard !== moving && shards[shard] === group);
  return [COUNTED, tagOf("1"), tagOf("2"), ""];
}

/** One INCR after the other, each until its outcome is known. */
class Counting {
  done = 0;
  #isOver = false;
  readonly #ended: Promise<void>;

  constructor(client: RedisClient) {
    this.#ended = this.#run(new RedisOnce({ redis: client }));
  }

  async finish(): Promise<void> {
    this.#isOver = true;
    await this.#ended;
  }

  async #run(once: RedisOnce): Promise<void> {
    while (!this.#isOver) {
      const value = await once.call("INCR", COUNTED);
      this.done++;
      check(Number(value) === this.done, `the ${this.done}th INCR under ONCE answers ${String(value)}`);
    }
  }
}

async function endLeader(cluster: ShardedCluster, group: string, signal: NodeJS.Signals): Promise<void> {
  const leader: LocalReplica = await cluster.untilLeader(group);
  leader.signal(signal);
  await leader.exit;
  await sleep(1_500);
  cluster.start([leader]);
}

/** Resolves when its new owner serves it. */
async function moveShardOf(cluster: ShardedCluster, key: string): Promise<void> {
  const shard = shardOf(utf8(key));
  const [controller] = cluster.controllers;
  const { shards } = await shardMap(cluster);
  const to = shards[shard] === "1" ? "2" : "1";
  const response = await fetch(`${controller?.origin ?? ""}/v1/shards/move`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ shard, group: to }),
  });
  check(response.ok, `shard ${shard} moves to group ${to}: ${response.status}`);
  await eventually(`group ${to} serves shard ${shard}`, async () => (await servedBy(cluster, to)).includes(shard) || null, {
    deadlineMs: MOVED_WITHIN_MS,
  });
}

/** As its leader says; none while there is no leader. */
async function servedBy(cluster: ShardedCluster, group: string): Promise<readonly number[]> {
  const known = await cluster.statuses(cluster.group(group));
  const leading = known.find(({ status }) => status.role === "leader")?.status;
  return (leading?.["shards"] as { readonly serving: readonly number[] } | undefined)?.serving ?? [];
}

async function shardMap(cluster: ShardedCluster): Promise<{ readonly shards: readonly string[] }> {
  const response = await fetch(`${cluster.group("1")[0]?.origin ?? ""}/v1/shard-map`);
  return (await response.json()) as { readonly shards: readonly string[] };
}
