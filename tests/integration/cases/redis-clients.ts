// The Redis door and the clients that people use: they connect, work, survive the death and the end of leaders and the move of a
// shard, each within its time, and nothing that was acknowledged is lost. INCR under ONCE counts exactly, whatever dies meanwhile.
import { RedisOnce } from "../../../client/redis-once.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import type { LocalReplica } from "../../../client/cli/local-replica.ts";
import { hasRedis } from "../../differential/redis/redis-process.ts";
import { nameOfShard } from "../filling.ts";
import { freePorts } from "../free-ports.ts";
import { AcknowledgedWrites, checkNothingIsLost } from "../redis/acknowledged-writes.ts";
import { CLUSTER_CLIENTS, SINGLE_CLIENTS } from "../redis/clients.ts";
import type { RedisClient } from "../redis/clients.ts";
import { checkCommandLineWorks, untilMembersAgree } from "../redis/command-line.ts";
import type { Fault } from "../redis/recovery.ts";
import { FAULTS, RECOVERY_MS } from "../redis/recovery.ts";
import { ShardedCluster } from "../sharded-cluster.ts";
import type { CaseContext, TestCase } from "../test-case.ts";
import { check, eventually, sleep } from "../test-case.ts";

const ROUNDS = { bounded: 1, long: 10 };
const WATCHED_MS = 2_500;
const MOVED_WITHIN_MS = 60_000;
/** What RedisOnce gives a command, and a moment. */
const COUNTED_WITHIN_MS = 31_000;
/** Its leaders end. Of the other one a member has the single endpoint, whose clients know no other address. */
const STRUCK = "1";

export const redisClients: TestCase = {
  name: "Redis clients: they work, and go on through deaths, ends and moves without losing what was acknowledged",
  measures: true,
  prepares: true,
  run: async (context) => {
    const cluster = await ShardedCluster.create({ directory: context.directory, controllers: 1, groups: { 1: 3, 2: 3 } });
    const clients: RedisClient[] = [];
    try {
      const [single] = (await freePorts(1)).map(({ redis }) => `127.0.0.1:${redis}`);
      cluster.group("2")[0]?.start({ environment: { FLOTILLA_REDIS_SINGLE_PORT: single?.split(":")[1] } });
      await cluster.startAndServe();
      const [first] = cluster.group("1");
      for (const kind of CLUSTER_CLIENTS) clients.push(await kind.connect(first?.redisAddress ?? ""));
      for (const kind of SINGLE_CLIENTS) clients.push(await kind.connect(single ?? ""));
      for (const client of clients) await work(client);
      await context.quiet;
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
  const [piped, gotPiped] = await client.setAndGetPiped(`${tag}p`, "y");
  check(String(piped) === "OK" && gotPiped === "y", `${client.name}: a pipeline of one slot`);
}

async function goOn(cluster: ShardedCluster, clients: readonly RedisClient[], context: CaseContext): Promise<void> {
  const { scale, say } = context;
  const { shards } = await shardMap(cluster);
  const counted = nameOfShard("counted", (shard) => shards[shard] === STRUCK);
  const tags = [counted, ...tagsOf(shards, counted), ""];
  const loads = clients.map((client) => new AcknowledgedWrites(client, client.name.replace(" ", "-"), tags));
  const counting = new Counting(clients[1] as RedisClient, counted);
  await sleep(1_000);
  for (let round = 0; round < ROUNDS[scale]; round++) {
    for (const fault of FAULTS) {
      await strike(cluster, loads, { fault, counted, say });
      await counting.goesOn();
      if (hasRedis()) say(await commandLine(cluster, tags.slice(0, -1), `${fault}, round ${round}`));
    }
  }
  await Promise.all(loads.map((load) => load.finish()));
  await counting.finish();
  context.measured();
  say(
    `errors: ${loads.map(({ client, errors, errorTexts }) => `${client.name} ${errors}${errors === 0 ? "" : ` (${[...errorTexts].join("; ")})`}`).join(", ")}`,
  );
  const reader = await (CLUSTER_CLIENTS[0] as (typeof CLUSTER_CLIENTS)[number]).connect(cluster.group("2")[0]?.redisAddress ?? "");
  const writes = loads.flatMap(({ acknowledged }) => acknowledged);
  await checkNothingIsLost(writes, reader);
  const count = Number(await reader.get(counted));
  await reader.close();
  check(count === counting.done, `INCR under ONCE counts exactly: ${counting.done} times, and it is ${count}`);
  say(`${writes.length} acknowledged writes are there; INCR under ONCE counted ${count} of ${count}`);
}

async function commandLine(cluster: ShardedCluster, tags: readonly string[], value: string): Promise<string> {
  const port = cluster.group("2")[0]?.redisAddress.split(":")[1] ?? "";
  await checkCommandLineWorks(port, tags, value);
  return `${value}: redis-cli -c goes on; --cluster check is content when asked ${await untilMembersAgree(port)} times`;
}

const STRIKES: Readonly<Record<Fault, (cluster: ShardedCluster, counted: string) => Promise<void>>> = {
  killed: (cluster) => endLeader(cluster, STRUCK, "SIGKILL"),
  stopped: (cluster) => endLeader(cluster, STRUCK, "SIGTERM"),
  moved: moveShardOf,
};

type Strike = { readonly fault: Fault; readonly counted: string; readonly say: CaseContext["say"] };

/** Every client writes everywhere again, and was kept from it for no longer than such a client may be, beyond what keeps it anyway. */
async function strike(cluster: ShardedCluster, loads: readonly AcknowledgedWrites[], { fault, counted, say }: Strike): Promise<void> {
  const limitOf = ({ client }: AcknowledgedWrites): number => RECOVERY_MS[client.name]?.[fault] ?? 0;
  const begunMs = performance.now();
  for (const load of loads) load.resetGap();
  await STRIKES[fault](cluster, counted);
  const overMs = performance.now();
  await sleep(WATCHED_MS);
  for (const load of loads)
    await eventually(`${load.client.name} writes everywhere (${fault})`, () => load.hasWrittenSince(overMs) || null, {
      deadlineMs: limitOf(load),
    });
  const struckMs = loads.map(({ gapMs }) => gapMs);
  const lengthMs = performance.now() - begunMs;
  await Promise.all(["1", "2"].map((group) => cluster.untilWhole(group, 30_000)));
  for (const load of loads) load.resetGap();
  await sleep(lengthMs);
  const gaps = loads.map((load, i) => gapBeyond(load, struckMs[i] ?? 0));
  const shown = gaps.map(({ name, ms, calmMs, moreMs }) => `${name} ${ms} - ${calmMs} = ${moreMs}`).join(", ");
  say(`${fault}: longest gap in ms, and that of ${Math.round(lengthMs)} ms without a fault: ${shown}`);
  for (const [i, { name, moreMs }] of gaps.entries()) {
    const limitMs = limitOf(loads[i] as AcknowledgedWrites);
    check(moreMs <= limitMs, `${fault}: ${name} writes again within ${limitMs} ms more than without a fault, not ${moreMs}`);
  }
}

type GapBeyond = { readonly name: string; readonly ms: number; readonly calmMs: number; readonly moreMs: number };

/** What a load that was struck had to wait, and has to wait since without having been. */
function gapBeyond({ client: { name }, gapMs }: AcknowledgedWrites, struckMs: number): GapBeyond {
  const [ms, calmMs] = [Math.round(struckMs), Math.round(gapMs)];
  return { name, ms, calmMs, moreMs: Math.max(0, ms - calmMs) };
}

/** Of a shard of each group that does not move. */
function tagsOf(shards: readonly string[], counted: string): readonly string[] {
  const moving = shardOf(utf8(counted));
  return ["1", "2"].map((group) => nameOfShard(`of-${group}`, (shard) => shard !== moving && shards[shard] === group));
}

/** One INCR after the other, each until its outcome is known. */
class Counting {
  done = 0;
  readonly #counted: string;
  #isOver = false;
  readonly #ended: Promise<void>;

  constructor(client: RedisClient, counted: string) {
    this.#counted = counted;
    this.#ended = this.#run(new RedisOnce({ redis: client }));
    // Whoever asks whether it goes on is told why it does not.
    this.#ended.catch(() => undefined);
  }

  async goesOn(): Promise<void> {
    const before = this.done;
    const counts = eventually("INCR under ONCE goes on", () => this.done > before || null, { deadlineMs: COUNTED_WITHIN_MS });
    await Promise.race([counts, this.#ended]);
  }

  async finish(): Promise<void> {
    this.#isOver = true;
    await this.#ended;
  }

  async #run(once: RedisOnce): Promise<void> {
    while (!this.#isOver) {
      const value = await once.call("INCR", this.#counted);
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
