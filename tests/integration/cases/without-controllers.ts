// All controllers die and stay away. Reads and writes go on as if nothing had happened; a replica that is killed meanwhile,
// leader or not, comes back by its own disk and serves, and does not wait for them.
import { KvClient } from "../../../client/kv-client.ts";
import { fetchJson } from "../../../client/cli/fetch-json.ts";
import type { LocalReplica } from "../../../client/cli/local-replica.ts";
import { ShardedCluster } from "../sharded-cluster.ts";
import { checkAllDone, checkStoreHistory } from "../store-history.ts";
import { StoreLoad } from "../store-load.ts";
import type { TestCase } from "../test-case.ts";
import { check, eventually, sleep } from "../test-case.ts";

const GROUPS = ["1", "2"];
const SERVES_MS = { bounded: 1_000, long: 10_000 };
const BACK_MS = 20_000;

export const withoutControllers: TestCase = {
  name: "without controllers: reads and writes go on, and a restarted replica serves",
  run: async (context) => {
    const { directory, scale, random, say } = context;
    const cluster = await ShardedCluster.create({ directory, controllers: 3, groups: { "1": 3, "2": 1 } });
    try {
      await cluster.startAndServe();
      const endpoints = GROUPS.flatMap((group) => cluster.group(group).map(({ origin }) => origin));
      const load = new StoreLoad({ endpoints, clients: 4, random: random.child("load"), paceMs: 10 });
      await sleep(500);
      await cluster.kill(cluster.controllers);
      load.nextRound();
      await sleep(SERVES_MS[scale]);
      const leader = await cluster.untilLeader("1");
      for (const member of [
        leader,
        ...cluster
          .group("1")
          .filter((each) => each !== leader)
          .slice(0, 1),
      ]) {
        load.nextRound();
        const doneBefore = load.done;
        await restart(cluster, member);
        check(load.done > doneBefore, "calls went on meanwhile");
      }
      const history = await load.finish();
      checkAllDone(load.told);
      checkStoreHistory(history, context);
      say(`${load.told.length} calls, all of them done, with no controller; a leader and a follower restarted meanwhile`);
    } finally {
      await cluster.stop();
    }
  },
};

async function restart(cluster: ShardedCluster, member: LocalReplica): Promise<void> {
  await cluster.kill([member]);
  cluster.start([member]);
  await eventually("the restarted replica is ready", () => isReady(member), { deadlineMs: BACK_MS });
  await cluster.untilWhole("1", BACK_MS);
  const client = new KvClient({ endpoints: [member.origin] });
  const outcomes = [await client.put("through it", "1"), await client.get("through it")];
  await client.close();
  check(
    outcomes.every(({ kind }) => kind === "done"),
    `the restarted replica takes writes and reads: ${outcomes.map(({ kind }) => kind).join(", ")}`,
  );
}

async function isReady({ origin }: LocalReplica): Promise<boolean | null> {
  const answer = (await fetchJson(`${origin}/readyz`)) as { readonly ok?: boolean } | null;
  return answer?.ok === true || null;
}
