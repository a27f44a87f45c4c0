// Members are killed, paused and stopped at random under load, over files that lose on SIGKILL what was not synced. Nothing
// that was acknowledged may be lost, doubled or reordered: the clients' history must be linearizable.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkHistory } from "../../../core/linearizability/checker.ts";
import { encodeHistory } from "../../../core/linearizability/history-file.ts";
import type { KvHistory } from "../../../core/linearizability/kv-operations.ts";
import { KV_MODEL } from "../../../core/linearizability/kv-model.ts";
import { drawFailure } from "../../../core/linearizability/picture.ts";
import type { FaultName } from "../fault-rounds.ts";
import { faultOrder, FAULTS } from "../fault-rounds.ts";
import { RecordedLoad } from "../recorded-load.ts";
import type { CaseContext, TestCase } from "../test-case.ts";
import { check, eventually, sleep } from "../test-case.ts";
import { TestCluster } from "../test-cluster.ts";

const ROUNDS = { bounded: 12, long: 200 };
const CLIENTS = 10;
/** Calm between the rounds, so that there is work that must survive. */
const CALM_MS = 400;
const SERVES_AGAIN_MS = 10_000;
const OPERATIONS_MIN = { bounded: 500, long: 20_000 };
/** Of the operations, and of the writes alone: a read of unknown outcome proves nothing. */
const UNKNOWN_SHARE_MIN = 0.01;

export const kills: TestCase = {
  name: "kills, pauses and restarts under load lose nothing that was acknowledged",
  run: async (context) => {
    const { scale, random, say } = context;
    const cluster = await TestCluster.create({ directory: context.directory, layer: { unsyncedLoss: "honoured" } });
    try {
      cluster.startAll();
      await cluster.untilServing();
      const rounds = ROUNDS[scale];
      const load = new RecordedLoad({ endpoints: cluster.group.origins, clients: CLIENTS, random: random.child("load"), paceMs: 12 });
      await playRounds(cluster, load, { context, names: faultOrder(rounds, random.child("order")) });
      await cluster.untilWhole();
      const history = await load.finish();
      check(load.unread === 0, `every key is read once more at the end, but ${load.unread} are not`);
      judge(history, context);
      cluster.checkNobodyEnded();
      check(cluster.setAside === 0, `no member loses anything that it had synced, but ${cluster.setAside} set their data aside`);
      say(`${rounds} rounds`);
    } finally {
      await cluster.stop();
    }
  },
};

type Rounds = { readonly context: CaseContext; readonly names: readonly FaultName[] };

export async function playRounds(cluster: TestCluster, load: RecordedLoad, { context, names }: Rounds): Promise<void> {
  const random = context.random.child("faults");
  let longestMs = 0;
  for (const [i, name] of names.entries()) {
    load.nextRound();
    await sleep(CALM_MS);
    await FAULTS[name](cluster, random.child(`${i}`));
    // The fault has ended when all processes run again, however long this machine takes to start them.
    await cluster.untilAllAnswer();
    const before = load.acknowledged;
    const healedMs = performance.now();
    await eventually(`round ${i}, ${name}: operations are answered again`, () => load.acknowledged > before + CLIENTS, {
      deadlineMs: SERVES_AGAIN_MS,
    });
    longestMs = Math.max(longestMs, performance.now() - healedMs);
  }
  context.say(`served again within ${Math.round(longestMs)} ms of the end of each fault`);
}

function judge(history: KvHistory, { directory, scale, say }: CaseContext): void {
  const unknown = history.filter(({ outcome }) => outcome.kind === "unknown").length;
  say(`${history.length} operations, ${((100 * unknown) / history.length).toFixed(1)} % unknown`);
  writeFileSync(join(directory, "history.jsonl"), encodeHistory(history));
  const verdict = checkHistory(history, KV_MODEL);
  if (verdict.kind !== "linearizable") {
    const picture = join(directory, "history.html");
    writeFileSync(picture, drawFailure(verdict, KV_MODEL));
    check(false, `the history is linearizable, not ${verdict.kind}: keys ${verdict.partition.keys.join(", ")}; see ${picture}`);
  }
  check(history.length >= OPERATIONS_MIN[scale], `at least ${OPERATIONS_MIN[scale]} operations are recorded, not ${history.length}`);
  const writes = history.filter(({ input }) => input.kind !== "get");
  const unknownWrites = writes.filter(({ outcome }) => outcome.kind === "unknown").length;
  check(unknownWrites > 0, "a fault meets a write under way");
  if (scale === "bounded") return;
  check(unknown >= UNKNOWN_SHARE_MIN * history.length, `at least 1 % of the outcomes are unknown, not ${unknown} of ${history.length}`);
  check(
    unknownWrites >= UNKNOWN_SHARE_MIN * writes.length,
    `at least 1 % of the outcomes of writes, not ${unknownWrites} of ${writes.length}`,
  );
}
