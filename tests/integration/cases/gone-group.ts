// A group that is gone for good while a shard moves to it, and another one is to move after that: what moves stays where it is, and is
// served. Once somebody has said that the group is gone, both are where they were, and moves that are asked for after that come to their end.
import { shardOf } from "../../../core/shards/slots.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { ShardedCluster } from "../sharded-cluster.ts";
import type { TestCase } from "../test-case.ts";
import { check, eventually } from "../test-case.ts";

const WITHIN_MS = 20_000;
const VALUE = "kept";

export const goneGroup: TestCase = {
  name: "a group that is gone for good: moves to it are taken back, and others go on",
  run: async ({ directory, say }) => {
    const cluster = await ShardedCluster.create({ directory, controllers: 1, groups: { 1: 1, 2: 1, 3: 1 } });
    try {
      await cluster.startAndServe();
      const [moving, waiting] = await keysOf(cluster, "1");
      for (const key of [moving, waiting]) check((await put(cluster, key)).ok, `${key} is written`);
      await cluster.kill(cluster.group("2"));
      cluster.wipe(cluster.group("2"));
      await move(cluster, moving, "2");
      await move(cluster, waiting, "3");
      await eventually("group 1 hears of the first move", () => hasHeardOfMove(cluster, moving), { deadlineMs: WITHIN_MS });
      check((await get(cluster, moving)) === VALUE && (await get(cluster, waiting)) === VALUE, "group 1 serves on");

      const leave = { groups: ["2"], gone: true };
      const startedMs = performance.now();
      await eventually("the moves are taken back", async () => ((await post(cluster, "groups/leave", leave)).ok ? true : null), {
        deadlineMs: WITHIN_MS,
      });
      await eventually("group 1 serves what was moving", () => owns(cluster, "1", moving), { deadlineMs: WITHIN_MS });
      // A status that comes late on a busy machine says nothing.
      await eventually("what was to move after it stays, too", () => owns(cluster, "1", waiting), { deadlineMs: WITHIN_MS });
      check((await get(cluster, waiting)) === VALUE, "and is served");
      say(`taken back ${Math.round(performance.now() - startedMs)} ms after it was asked for`);
      check((await put(cluster, moving)).ok && (await get(cluster, moving)) === VALUE, "it is read and written");

      await move(cluster, moving, "3");
      await eventually("group 3 serves it", () => owns(cluster, "3", moving), { deadlineMs: WITHIN_MS });
      check((await get(cluster, moving)) === VALUE, "it has moved with what it holds");
    } finally {
      await cluster.stop();
    }
  },
};

/** Two, in shards of this group. */
async function keysOf(cluster: ShardedCluster, group: string): Promise<readonly [string, string]> {
  const { shards } = (await (await fetch(`${originOf(cluster, group)}/v1/shard-map`)).json()) as { readonly shards: readonly string[] };
  const keys = Array.from({ length: 1_000 }, (_, n) => `key-${n}`).filter((key) => shards[shardIn(key)] === group);
  const [first, second] = [keys[0] ?? "", keys.find((key) => shardIn(key) !== shardIn(keys[0] ?? "")) ?? ""];
  return [first, second];
}

/** Null: not yet. What is leaving is served, too. */
async function hasHeardOfMove(cluster: ShardedCluster, key: string): Promise<true | null> {
  const [{ serving, configNumber }, { shards }] = [await saidBy(cluster, "1"), await latest(cluster)];
  return serving.includes(shardIn(key)) && shards[shardIn(key)] !== "1" && configNumber > 1 ? true : null;
}

async function owns(cluster: ShardedCluster, group: string, key: string): Promise<true | null> {
  const [{ serving, configNumber }, { number, shards }] = [await saidBy(cluster, group), await latest(cluster)];
  return serving.includes(shardIn(key)) && shards[shardIn(key)] === group && configNumber === number ? true : null;
}

async function saidBy(
  cluster: ShardedCluster,
  group: string,
): Promise<{ readonly serving: readonly number[]; readonly configNumber: number }> {
  const [member] = cluster.group(group);
  const status = member === undefined ? null : await cluster.status(member);
  const { serving = [] } = (status?.["shards"] ?? {}) as { readonly serving?: readonly number[] };
  return { serving, configNumber: Number(status?.["configNumber"]) };
}

type Latest = { readonly number: number; readonly shards: readonly (string | null)[] };

async function latest(cluster: ShardedCluster): Promise<Latest> {
  return (await (await fetch(`${cluster.controllers[0]?.origin ?? ""}/v1/config`)).json()) as Latest;
}

const shardIn = (key: string): number => shardOf(utf8(key));
const originOf = (cluster: ShardedCluster, group: string): string => cluster.group(group)[0]?.origin ?? "";

async function move(cluster: ShardedCluster, key: string, group: string): Promise<void> {
  const response = await post(cluster, "shards/move", { shard: shardIn(key), group });
  check(response.ok, `shard ${shardIn(key)} is to move to group ${group}: ${response.status}`);
}

const JSON_HEADERS = { "content-type": "application/json" };

function post(cluster: ShardedCluster, path: string, body: object): Promise<Response> {
  return fetch(`${cluster.controllers[0]?.origin ?? ""}/v1/${path}`, { method: "POST", headers: JSON_HEADERS, body: JSON.stringify(body) });
}

function put(cluster: ShardedCluster, key: string): Promise<Response> {
  return fetch(`${originOf(cluster, "1")}/v1/kv/${key}`, { method: "PUT", headers: JSON_HEADERS, body: JSON.stringify({ value: VALUE }) });
}

async function get(cluster: ShardedCluster, key: string): Promise<string | undefined> {
  const response = await fetch(`${originOf(cluster, "1")}/v1/kv/${key}`);
  return ((await response.json()) as { readonly value?: string }).value;
}
