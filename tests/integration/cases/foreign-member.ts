// A member with the directory of another cluster, by a mix-up of volumes, among the members of this one. Its envelopes are
// refused on both sides, the group goes on, and its own /readyz says what is wrong.
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { TestCase } from "../test-case.ts";
import { check, eventually } from "../test-case.ts";
import { TestCluster } from "../test-cluster.ts";

export const foreignMember: TestCase = {
  name: "a member of another cluster is refused and says why",
  run: async ({ directory }) => {
    const cluster = await TestCluster.create({ directory: join(directory, "ours") });
    const other = await TestCluster.create({ directory: join(directory, "theirs") });
    try {
      cluster.startAll();
      other.startAll();
      await cluster.untilWhole();
      await other.untilWhole();
      await other.stop();
      await cluster.kill(0);
      const { dataDir } = cluster.replica(0);
      rmSync(dataDir, { recursive: true });
      cpSync(other.replica(0).dataDir, dataDir, { recursive: true });
      cluster.start(0);
      await cluster.untilServing();
      await cluster.untilAllAnswer();
      const told = await eventually("the foreigner says why it waits", async () => {
        const readiness = JSON.stringify(await cluster.get(0, "/readyz"));
        return /place 1 \([^)]*\) belongs to cluster [0-9a-f-]+, this data directory to cluster/.test(readiness) ? readiness : null;
      });
      check(told.includes('"ok":false'), "the foreigner is not ready");
      const statuses = await Promise.all([1, 2].map((ordinal) => cluster.told(ordinal)));
      const foreign = await cluster.told(0);
      check(
        statuses.every((status) => status["clusterId"] !== foreign["clusterId"]),
        "the clusters stay apart",
      );
      cluster.checkNobodyEnded();
    } finally {
      await cluster.stop();
      await other.stop();
    }
  },
};
