// Two of three disks are gone while the third member is down. The two are blank and see each other; still no group is
// founded, because the third may know of one. When it is back the group has no quorum: it says so, and what a person can do.
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import type { TestCase } from "../test-case.ts";
import { check, eventually } from "../test-case.ts";
import { KvClient } from "../../../client/kv-client.ts";
import { TestCluster } from "../test-cluster.ts";

const FLOTILLA = join(import.meta.dirname, "../../../client/cli/flotilla.ts");
const RECOVERY = "flotilla group recover 1";
const HINT_MS = 25_000;

type Readiness = {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly message: string }[];
};

export const noSecondGroup: TestCase = {
  name: "two of three wiped while the third is down found no new group",
  run: async ({ directory, say }) => {
    const cluster = await TestCluster.create({ directory });
    try {
      cluster.startAll();
      await cluster.untilServing();
      await cluster.untilWhole();
      const before = await cluster.told(2);
      await cluster.kill(...cluster.ordinals);
      cluster.wipe(0);
      cluster.wipe(1);
      cluster.start(0);
      cluster.start(1);
      for (const ordinal of [0, 1]) {
        await untilSaid(cluster, ordinal, ["place 2", "does not answer"]);
        await untilSaid(cluster, ordinal, [RECOVERY]);
        const { role } = await cluster.told(ordinal);
        check(role === "unborn", `replica ${ordinal} founds nothing while place 2 is silent`);
      }
      cluster.start(2);
      for (const ordinal of cluster.ordinals) {
        await untilSaid(cluster, ordinal, ["has no quorum", RECOVERY]);
        const told = await cluster.untilLogged(ordinal, "recoveryNeeded");
        check(
          told.some(({ recovery }) => String(recovery).includes(RECOVERY)),
          `the log of replica ${ordinal} says the way out, too`,
        );
      }
      for (const ordinal of cluster.ordinals) {
        const status = await eventually(`replica ${ordinal} belongs to a cluster`, async () => {
          const status = await cluster.status(ordinal);
          return typeof status?.["clusterId"] !== "string" ? null : status;
        });
        check(status["clusterId"] === before?.["clusterId"], `replica ${ordinal} belongs to the cluster that there was, and no other`);
        check(status.role !== "leader", `replica ${ordinal} does not lead`);
      }
      await checkServesNothingNew(cluster);
      const survivor = await cluster.told(2);
      check(
        Number(survivor["lastIndex"]) >= Number(before["lastIndex"]),
        "the survivor still has its whole log, for whoever brings the group back",
      );
      await recoverFrom(cluster, 2);
      cluster.checkNobodyEnded();
      say("no group founded; the way out is in the log and in /readyz of all three, and leads out");
    } finally {
      await cluster.stop();
    }
  },
};

/** What the message told a person to do. */
async function recoverFrom(cluster: TestCluster, survivor: number): Promise<void> {
  await cluster.kill(survivor);
  const args = [FLOTILLA, "group", "recover", "1", "--data-dir", cluster.replica(survivor).dataDir, "--yes"];
  const said = execFileSync(process.execPath, args, { encoding: "utf8" });
  check(said.split("given up").length === 3, `the command says who is given up: ${said}`);
  cluster.start(survivor);
  await cluster.untilWhole();
  const client = new KvClient({ endpoints: cluster.group.origins });
  const kept = await client.get("probe");
  check(kept.kind === "done" && kept.value !== null, `the survivor's data is the group's: ${JSON.stringify(kept)}`);
  check((await client.put("probe", "since")).kind === "done", "the group serves again");
  // Now it lives without the survivor, and whoever tries the same again would give up two who serve.
  await cluster.kill(survivor);
  const again = spawnSync(process.execPath, args, { encoding: "utf8" });
  const refusal = `${again.stdout}${again.stderr}`;
  check(
    again.status !== 0 && /a majority of the group lives|the group has a leader/.test(refusal),
    `a group that lives is not recovered: ${refusal}`,
  );
  cluster.start(survivor);
  await cluster.untilWhole();
  await client.close();
}

async function untilSaid(cluster: TestCluster, ordinal: number, texts: readonly string[]): Promise<void> {
  let last: unknown = null;
  await eventually(
    `/readyz of replica ${ordinal} says ${JSON.stringify(texts)}`,
    async () => {
      const readiness = (await cluster.get(ordinal, "/readyz")) as Readiness | null;
      last = readiness;
      const said = readiness?.checks.map(({ message }) => message).join("\n") ?? "";
      return readiness?.ok === false && texts.every((text) => said.includes(text)) ? true : null;
    },
    { deadlineMs: HINT_MS, describe: () => JSON.stringify(last) },
  );
}

async function checkServesNothingNew(cluster: TestCluster): Promise<void> {
  const client = new KvClient({ endpoints: cluster.group.origins, exactlyOnce: false });
  const written = await client.put("probe", "another", { deadlineMs: 1_500 });
  check(written.kind !== "done", `nothing is written without a quorum: ${JSON.stringify(written)}`);
  await client.close();
}
