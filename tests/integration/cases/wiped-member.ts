// A member whose disk was emptied, and one that got an old copy of its disk back: both come back as newcomers of their place,
// copy everything, and take over the vote. Under its old id neither is ever heard of again.
import { cpSync, rmSync } from "node:fs";
import { KvClient } from "../../../client/kv-client.ts";
import type { TestCase } from "../test-case.ts";
import { check, eventually } from "../test-case.ts";
import { TestCluster } from "../test-cluster.ts";

const BACK_MS = 30_000;
/** A newcomer copies slowly, so that it can be seen to be one. */
const SLOW = { syncDelayMs: 400 };
const HEALTHY = {};

type MemberRow = { readonly member: string; readonly ordinal: number; readonly votes: boolean };

export const wipedMember: TestCase = {
  name: "a wiped member comes back as a learner and never votes under its old id",
  run: async ({ directory, say }) => {
    const cluster = await TestCluster.create({ directory, layer: "controlled" });
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
  const lives = cluster.logged(ordinal, "began").length;
  cluster.trouble(ordinal, SLOW);
  cluster.start(ordinal);
  const isNew = ({ member }: MemberRow): boolean => member !== oldMember;
  await untilMembers(cluster, { ordinal, meaning: "learns under a new id" }, (here) => {
    check(!here.some((row) => isNew(row) && row.votes), `a newcomer at place ${ordinal} learns before it votes`);
    return here.some((row) => isNew(row) && !row.votes);
  });
  cluster.trouble(ordinal, HEALTHY);
  await untilMembers(
    cluster,
    { ordinal, meaning: "votes under a new id" },
    (here) => here.length === 1 && here.every((row) => isNew(row) && row.votes),
  );
  await cluster.untilWhole();
  await checkOldIdIsGone(cluster, ordinal, oldMember);
  // A copy begins as who it was, and is told. A member without its disk can't even know who that was.
  if (how === "wiped") checkBeganAnew(cluster, { ordinal, oldMember, lives });
  const stale = await new KvClient({ endpoints: [cluster.replica(ordinal).origin] }).get("before", { consistency: "stale" });
  check(stale.kind === "done" && stale.value !== null, `the newcomer at place ${ordinal} has copied everything`);
}

type Standing = { readonly ordinal: number; readonly meaning: string };

/** Those at this place, as the leader has them. */
function untilMembers(
  cluster: TestCluster,
  { ordinal, meaning }: Standing,
  isReached: (here: readonly MemberRow[]) => boolean,
): Promise<true> {
  return eventually(
    `the member at place ${ordinal} ${meaning}`,
    async () => {
      const { ordinal: leading } = await cluster.untilLeader();
      const { members = [] } = ((await cluster.get(leading, "/v1/members")) ?? {}) as { members?: readonly MemberRow[] };
      return isReached(members.filter((row) => row.ordinal === ordinal)) ? true : null;
    },
    { deadlineMs: BACK_MS },
  );
}

/** No elections, votes or entries under the old id: every life since the loss goes by another. */
function checkBeganAnew(
  cluster: TestCluster,
  { ordinal, oldMember, lives }: { readonly ordinal: number; readonly oldMember: string; readonly lives: number },
): void {
  const since = cluster.logged(ordinal, "began").slice(lives);
  check(since.length > 0 && since.every(({ member }) => member !== oldMember), `no life at place ${ordinal} goes by ${oldMember} any more`);
}

async function checkOldIdIsGone(cluster: TestCluster, ordinal: number, oldMember: string): Promise<void> {
  const { member: newMember } = await cluster.told(ordinal);
  check(newMember !== oldMember, `replica ${ordinal} goes by a new id`);
  const { members = [] } = ((await cluster.get(ordinal, "/v1/members")) ?? {}) as { members?: readonly MemberRow[] };
  check(!members.some(({ member }) => member === oldMember), `${oldMember} belongs to the group no more`);
}
