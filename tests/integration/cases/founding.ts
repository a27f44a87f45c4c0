// A store from nothing: three controllers and two groups of replicas find each other, each group is founded by one record, and
// the first configuration appears. Then what must not happen: a group founded again over its lost disks, groups that stop
// because the controllers are gone, and controllers of another cluster that are obeyed.
import { fetchJson } from "../../../client/cli/fetch-json.ts";
import type { LocalReplica } from "../../../client/cli/local-replica.ts";
import { SHARDS } from "../../../core/shards/slots.ts";
import { ShardedCluster } from "../sharded-cluster.ts";
import type { TestCase } from "../test-case.ts";
import { check, eventually } from "../test-case.ts";

const ANSWERED_WITHIN_MS = 10_000;
const STARTED_WITHIN_MS = 60_000;
const FOUNDED_WITHIN_MS = 20_000;
const HEALED_WITHIN_MS = 20_000;

type Configuration = {
  readonly number: number;
  readonly shards: readonly (string | null)[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
};

export const founding: TestCase = {
  name: "controllers and groups found themselves, once",
  run: async ({ directory, say }) => {
    const cluster = await ShardedCluster.create({ directory, controllers: 3, groups: { "1": 3, "2": 1 } });
    try {
      cluster.start();
      await untilAlive(cluster.all);
      const startedMs = performance.now();
      const first = await configurationAt(cluster, 1);
      say(`configuration 1 after all processes were up: ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
      const clusterId = await checkFounded(cluster, first);
      await checkChanges(cluster);
      await checkServesWithoutControllers(cluster);
      await checkFoundsNoOther(cluster, clusterId);
      await checkForeignControllers(cluster, clusterId);
    } finally {
      await cluster.stop();
    }
  },
};

async function checkFounded(cluster: ShardedCluster, first: Configuration): Promise<string> {
  check(first.shards.length === SHARDS, "every shard is in the configuration");
  for (const group of ["1", "2"]) {
    check(first.shards.filter((owner) => owner === group).length === SHARDS / 2, `group ${group} has half of the shards`);
    const origins = cluster.group(group).map(({ origin }) => origin);
    check(JSON.stringify(first.groups[group]) === JSON.stringify(origins), `group ${group} is where its members are`);
  }
  await untilReady(cluster.all);
  // A busy machine may leave one question without an answer: that says nothing about the cluster.
  const statuses = await Promise.all(cluster.all.map((member) => eventually("a member answers", () => cluster.status(member))));
  const clusters = new Set(statuses.map((status) => status["clusterId"]));
  check(clusters.size === 1 && typeof statuses[0]?.["clusterId"] === "string", `all belong to one cluster: ${[...clusters].join(", ")}`);
  return statuses[0]["clusterId"];
}

/** At any controller, and its followers hand them on. */
async function checkChanges(cluster: ShardedCluster): Promise<void> {
  for (const { origin } of cluster.controllers) {
    const { number, shards } = (await ask(`${origin}/v1/config`)) as Configuration;
    const target = shards[7] === "1" ? "2" : "1";
    const moved = (await post(`${origin}/v1/shards/move`, { shard: 7, group: target })) as Configuration;
    check(moved.number === number + 1 && moved.shards[7] === target, `a move makes the next number: ${JSON.stringify(moved)}`);
    const again = (await post(`${origin}/v1/shards/move`, { shard: 7, group: target })) as Configuration;
    check(again.number === moved.number, "a repeated move makes none");
    const joined = (await post(`${origin}/v1/groups/join`, { groups: { "2": [cluster.group("2")[0]?.origin ?? ""] } })) as Configuration;
    check(joined.number === moved.number, `a group that has joined joins without a number: ${JSON.stringify(joined)}`);
    const old = (await ask(`${origin}/v1/config?number=1`)) as Configuration;
    check(old.number === 1, "old configurations stay readable");
    const wrong = await post(`${origin}/v1/groups/join`, { groups: { "9": [cluster.group("2")[0]?.origin ?? ""] } });
    check(
      JSON.stringify(wrong).includes("is a replica of group 2, not of group 9"),
      `a mistaken address is refused: ${JSON.stringify(wrong)}`,
    );
    const migrations = (await ask(`${origin}/v1/migrations`)) as { readonly groups: Readonly<Record<string, { answered: boolean }>> };
    check(
      Object.values(migrations.groups).every(({ answered }) => answered),
      `every group says what moves: ${JSON.stringify(migrations)}`,
    );
  }
}

async function checkServesWithoutControllers(cluster: ShardedCluster): Promise<void> {
  await cluster.kill(cluster.controllers);
  const [replica] = cluster.group("1");
  const written = await eventually("group 1 takes writes while the controllers are down", async () => {
    const answer = (await put(replica, "kept")) as { readonly version?: number } | null;
    return answer?.version === undefined ? null : answer;
  });
  check(written.version === 1, "it is the first version");
  cluster.start(cluster.controllers);
  await configurationAt(cluster, 4);
}

/** All disks of a group are gone: its record is not, so nobody founds it anew. One disk of another is gone: it comes back. */
async function checkFoundsNoOther(cluster: ShardedCluster, clusterId: string): Promise<void> {
  const [alone] = cluster.group("2");
  const wiped = cluster.group("1").slice(2);
  check(alone !== undefined, "group 2 has a replica");
  await cluster.kill([alone, ...wiped]);
  cluster.wipe([alone, ...wiped]);
  cluster.start();
  await untilReady(wiped);
  const status = await eventually(
    "the wiped group says that its disks are gone",
    async () => {
      const status = await cluster.status(alone);
      const knowsItself = status !== null && status.role !== "unborn";
      return knowsItself && JSON.stringify(status["waiting"] ?? null).includes("has no quorum") ? status : null;
    },
    { deadlineMs: HEALED_WITHIN_MS, describe: () => "" },
  );
  check(status?.["clusterId"] === clusterId && status.role !== "leader", "it belongs where it belonged, and does not lead");
}

/** The controllers' disks are all gone: they are another cluster's now. Who has data keeps it, and serves. */
async function checkForeignControllers(cluster: ShardedCluster, clusterId: string): Promise<void> {
  await cluster.kill(cluster.controllers);
  cluster.wipe(cluster.controllers);
  cluster.start(cluster.controllers);
  await configurationAt(cluster, 0);
  const [replica] = cluster.group("1");
  check(replica !== undefined, "group 1 has replicas");
  await cluster.kill([replica]);
  cluster.start([replica]);
  await eventually(
    "the replica says that these controllers are not obeyed",
    async () => JSON.stringify(await fetchJson(`${replica.origin}/readyz`)).includes("they are not obeyed"),
    { deadlineMs: HEALED_WITHIN_MS },
  );
  const value = await eventually("it serves what it has", async () => {
    const answer = (await fetchJson(`${replica.origin}/v1/kv/founding`)) as { readonly value?: string } | null;
    return answer?.value ?? null;
  });
  check(value === "kept", "nothing is lost");
  const survivor = await eventually("it answers", () => cluster.status(replica));
  check(survivor["clusterId"] === clusterId, "it belongs to the cluster that it belonged to");
}

async function configurationAt(cluster: ShardedCluster, number: number): Promise<Configuration> {
  return eventually(
    `every controller knows configuration ${number}`,
    async () => {
      const all = (await Promise.all(
        cluster.controllers.map(({ origin }) => fetchJson(`${origin}/v1/config`)),
      )) as (Configuration | null)[];
      const [first] = all;
      return all.every((each) => each?.number === number) && first !== undefined ? first : null;
    },
    { deadlineMs: FOUNDED_WITHIN_MS },
  ).catch(async (error: unknown) => {
    throw new Error(`${String(error)}: ${await cluster.describe()}`);
  });
}

async function untilReady(members: readonly LocalReplica[]): Promise<void> {
  for (const { origin } of members) {
    await eventually(
      `${origin} is ready`,
      async () => ((await fetchJson(`${origin}/readyz`)) as { readonly ok?: boolean } | null)?.ok === true,
      {
        deadlineMs: HEALED_WITHIN_MS,
      },
    );
  }
}

/** Processes that start at once on a busy machine take their time. */
async function untilAlive(members: readonly LocalReplica[]): Promise<void> {
  for (const { origin } of members) {
    await eventually(`${origin} listens`, async () => (await fetchJson(`${origin}/livez`)) !== null, { deadlineMs: STARTED_WITHIN_MS });
  }
}

const HEADERS = { "content-type": "application/json" };

function post(url: string, body: unknown): Promise<unknown> {
  return ask(url, { method: "POST", headers: HEADERS, body: JSON.stringify(body) });
}

/** Waits as long as a person would: one slow answer on a busy machine is no broken promise. */
async function ask(url: string, init: RequestInit = {}): Promise<unknown> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWERED_WITHIN_MS) });
  return response.json();
}

/** A refusal may be asked again. An answer that nobody waited for may not: what it was about may have been done. */
function put(replica: LocalReplica | undefined, value: string): Promise<unknown> {
  return ask(`${replica?.origin ?? ""}/v1/kv/founding`, {
    method: "PUT",
    headers: { ...HEADERS, "flotilla-deadline-ms": String(ANSWERED_WITHIN_MS / 2) },
    body: JSON.stringify({ value }),
  });
}
