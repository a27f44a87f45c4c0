// The test of the test: on a build whose syncs do nothing, the same load over the same loss of power must be found out. If
// this case could not fail, the one before it would prove nothing about fsync. Found out means that the history shows it:
// an acknowledged write is lost, or no order explains the answers. That such a build also starts badly, or late, proves
// nothing; then the next attempt, on new disks, has to show it.
import { join } from "node:path";
import { checkHistory } from "../../../core/linearizability/checker.ts";
import { KV_MODEL } from "../../../core/linearizability/kv-model.ts";
import { RecordedLoad } from "../recorded-load.ts";
import type { CaseContext, TestCase } from "../test-case.ts";
import { BrokenPromise, check } from "../test-case.ts";
import { TestCluster } from "../test-cluster.ts";
import { playRounds } from "./kills.ts";

const ATTEMPTS_MAX = 4;

export const withoutFsync: TestCase = {
  name: "without fsync the same test fails",
  run: async (context) => {
    let found: string | null = null;
    for (let attempt = 1; found === null && attempt <= ATTEMPTS_MAX; attempt++) {
      const directory = join(context.directory, `attempt-${attempt}`);
      found = await tryOnce({ ...context, directory, random: context.random.child(`attempt-${attempt}`) });
    }
    check(found !== null, "a build without fsync is found out by what its clients saw after a loss of power");
    context.say(`found out: ${found}`);
  },
};

/** What was wrong with the history; null if nothing was. */
async function tryOnce(context: CaseContext): Promise<string | null> {
  const { directory, random } = context;
  const cluster = await TestCluster.create({ directory, layer: { unsyncedLoss: "firstOnly" } });
  try {
    cluster.startAll();
    await cluster.untilServing();
    const load = new RecordedLoad({ endpoints: cluster.group.origins, clients: 10, random: random.child("load"), paceMs: 12 });
    await losePower(cluster, load, context);
    const verdict = checkHistory(await load.finish(), KV_MODEL);
    return verdict.kind === "violation" ? `no order explains what was answered for ${verdict.partition.keys.join(", ")}` : null;
  } finally {
    await cluster.stop();
  }
}

async function losePower(cluster: TestCluster, load: RecordedLoad, context: CaseContext): Promise<void> {
  try {
    await playRounds(cluster, load, { context, names: ["powerLoss", "powerLoss"] });
  } catch (error) {
    if (!(error instanceof BrokenPromise)) throw error;
    context.say(`on the way: ${error.message.slice(0, 160)}`);
  }
}
