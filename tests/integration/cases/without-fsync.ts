// The test of the test: on a build whose syncs do nothing, the same load over the same loss of power must be found out. If
// this case could not fail, the one before it would prove nothing about fsync.
import { checkHistory } from "../../../core/linearizability/checker.ts";
import { KV_MODEL } from "../../../core/linearizability/kv-model.ts";
import { RecordedLoad } from "../recorded-load.ts";
import type { TestCase } from "../test-case.ts";
import { BrokenPromise, check } from "../test-case.ts";
import { TestCluster } from "../test-cluster.ts";
import { playRounds } from "./kills.ts";

export const withoutFsync: TestCase = {
  name: "without fsync the same test fails",
  run: async (context) => {
    const { random, say } = context;
    const cluster = await TestCluster.create({ directory: context.directory, layer: { unsyncedLoss: "firstOnly" } });
    try {
      cluster.startAll();
      await cluster.untilServing();
      const load = new RecordedLoad({ endpoints: cluster.group.origins, clients: 10, random: random.child("load"), paceMs: 12 });
      const found = await findOut(cluster, load, context);
      check(found !== null, "a build without fsync is found out by a loss of power");
      say(`found out: ${found.slice(0, 160)}`);
    } finally {
      await cluster.stop();
    }
  },
};

/** How it showed; null if it did not. */
async function findOut(cluster: TestCluster, load: RecordedLoad, context: Parameters<TestCase["run"]>[0]): Promise<string | null> {
  try {
    await playRounds(cluster, load, { context, names: ["powerLoss", "powerLoss"] });
  } catch (error) {
    if (!(error instanceof BrokenPromise)) throw error;
    await load.finish();
    return error.message;
  }
  const verdict = checkHistory(await load.finish(), KV_MODEL);
  if (verdict.kind === "linearizable") return null;
  return `${verdict.kind} of ${verdict.partition.keys.join(", ")}`;
}
