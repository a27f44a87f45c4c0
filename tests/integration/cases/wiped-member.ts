// A member whose disk was emptied, and one that got an old copy of its disk back: both come back as newcomers of their place,
// copy everything, and take over the vote. Under its old id neither is ever heard of again.
import { cpSync, rmSync } from "node:fs";
import { KvClient } from "../../../client/kv-client.ts";
import type { TestCase } from "../test-case.ts";
import { check, eventually } from "../test-case.ts";
import { TestCluster } from "../test-cluster.ts";

const BACK_MS = 20_000;

type MemberRow = { readonly member: string; readonly ordinal: number; readonly votes: boolean };

export const wipedMember: TestCase = {
  name: "a wiped member comes back as a learner and never votes under its old id",
  run: async ({ directory, say }) => {
    const cluster = await TestCluster.create({ directory });
    const client = new KvClient({ endpoints: cluster.group.origins, deadlineMs: 15_000 });
    try {
      cluster.startAll();
      await cluster.untilWhole();
      check((await client.put("before", "1")).kind === "done", "a write before the loss is acknowledged");
      const leader = await cluster.untilLeader();
      const [follower = 0] = cluster.ordinals.filter((ordinal) => ordinal !== leader.ordinal);
      await loseDisk(cluster, client, { ordinal: follower, how: "wiped" });
      await loseDisk(cluster, client, { ordinal: (await cluster.untilLeader()).ordinal, how: "wiped" });
      check(cluster.setAside === 0, "an empty disk needs nothing set aside");
      await loseDisk(cluster, client, { ordinal: follower, how: "restored from an old copy" });
      check(cluster.setAside >= 1, "the old copy is set aside, not used");
      cluster.checkNobodyEnded();
      say("a follower wiped, a leader wiped, an old copy of a disk put back");
    } finally {
      await client.close();
      await cluster.stop();
    }
  },
};

type Loss = { readonly ordinal: number; readonly how: "wiped" | "restored from an old copy" };

async function loseDisk(cluster: TestCluster, client: KvClient, { ordinal, how }: Loss): Promise<void> {
  const { dataDir } = cluster.replica(ordinal);
  const { member: oldMember } = await cluster.told(ordinal);
  check(typeof oldMember === "string", `replica ${ordinal} has an id`);
  await cluster.kill(ordinal);
  if (how === "wiped") cluster.wipe(ordinal);
  else {
    cpSync(dataDir, `${dataDir}-copy`, { recursive: true });
    // One life since: the copy's next start is as high a number as the one that the others remember.
    cluster.start(ordinal);
    await cluster.untilWhole();
    check((await client.put("since the copy", "1")).kind === "done", "a write after the copy is acknowledged");
    await cluster.untilWhole();
    await cluster.kill(ordinal);
    rmSync(dataDir, { recursive: true });
    cpSync(`${dataDir}-copy`, dataDir, { recursive: true });
  }
  check((await client.put(`while ${ordinal} was away`, how)).kind === "done", "the others go on");
  cluster.start(ordinal);
  await eventually(
    `the member at place ${ordinal} votes under a new id`,
    async () => {
      const { ordinal: leading } = await cluster.untilLeader();
      const { members = [] } = ((await cluster.get(leading, "/v1/members")) ?? {}) as { members?: readonly MemberRow[] };
      const here = members.filter((row) => row.ordinal === ordinal);
      return here.length === 1 && here[0]?.member !== oldMember && here[0]?.votes === true ? here[0] : null;
    },
    { deadlineMs: BACK_MS },
  );
  await cluster.untilWhole();
  await checkOldIdIsGone(cluster, ordinal, oldMember);
  const stale = await new KvClient({ endpoints: [cluster.replica(ordinal).origin] }).get("before", { consistency: "stale" });
  check(stale.kind === "done" && stale.value !== null, `the newcomer at place ${ordinal} has copied everything`);
}

/** No elections, votes or entries under the old id: every life since the loss goes by another. */
async function checkOldIdIsGone(cluster: TestCluster, ordinal: number, oldMember: string): Promise<void> {
  const { member: newMember } = await cluster.told(ordinal);
  check(newMember !== oldMember, `replica ${ordinal} goes by a new id`);
  const { members = [] } = ((await cluster.get(ordinal, "/v1/members")) ?? {}) as { members?: readonly MemberRow[] };
  check(!members.some(({ member }) => member === oldMember), `${oldMember} belongs to the group no more`);
}
