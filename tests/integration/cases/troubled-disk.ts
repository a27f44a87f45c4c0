// A disk without space: growth is refused with a clear error, what frees space still works, a leader that alone is short hands
// over, and all heals without a restart. Without a byte left nothing is lost either, and a start says what it lacks.
// A disk whose syncs fail: the process ends, because nobody knows what it holds.
import { KvClient } from "../../../client/kv-client.ts";
import { EXIT_CODES } from "../../../runtime/exit-codes.ts";
import type { TestCase } from "../test-case.ts";
import { check, eventually } from "../test-case.ts";
import { TestCluster } from "../test-cluster.ts";

/** Below every reserve. */
const SHORT = { freeBytes: 1_000_000 };
/** Whoever makes a file is told ENOSPC. */
const NOTHING_FREE = { freeBytes: 0 };
const HEALTHY = {};
const FULL_MS = 10_000;
const START_MS = 30_000;
const SNAPSHOT_ENTRIES = 100;
/** A snapshot that found no room is tried again after ten seconds. */
const SNAPSHOT_MS = 30_000;

export const troubledDisk: TestCase = {
  name: "a full disk refuses growth and heals; a failing sync ends the process",
  run: async ({ directory }) => {
    const environment = { FLOTILLA_SNAPSHOT_ENTRIES: String(SNAPSHOT_ENTRIES) };
    const cluster = await TestCluster.create({ directory, layer: "controlled", environment });
    const client = new KvClient({ endpoints: cluster.group.origins, deadlineMs: 10_000 });
    try {
      cluster.startAll();
      await cluster.untilWhole();
      check((await client.put("before", "1")).kind === "done", "a write before the trouble is acknowledged");
      await checkLeaderHandsOver(cluster);
      await checkFull(cluster, client);
      await checkNothingFree(cluster, client);
      await checkFailingSync(cluster, client);
    } finally {
      await client.close();
      await cluster.stop();
    }
  },
};

async function checkLeaderHandsOver(cluster: TestCluster): Promise<void> {
  const { ordinal } = await cluster.untilLeader();
  cluster.trouble(ordinal, SHORT);
  await eventually(
    "a leader short of space hands over",
    async () => {
      const leader = await cluster.group.leader();
      return leader !== null && leader.ordinal !== ordinal ? true : null;
    },
    { deadlineMs: FULL_MS },
  );
  cluster.trouble(ordinal, HEALTHY);
  await cluster.untilServing();
}

async function checkFull(cluster: TestCluster, client: KvClient): Promise<void> {
  for (const ordinal of cluster.ordinals) cluster.trouble(ordinal, SHORT);
  await checkGrowthRefused(cluster);
  const deleted = await client.delete("before");
  check(deleted.kind === "done" && deleted.value.deleted, `what frees space still works: ${JSON.stringify(deleted)}`);
  const read = await client.get("before");
  check(read.kind === "done" && read.value === null, `reads still work: ${JSON.stringify(read)}`);
  for (const ordinal of cluster.ordinals) cluster.trouble(ordinal, HEALTHY);
  const after = await client.put("more", "1");
  check(after.kind === "done", `space is back, and nobody restarted: ${JSON.stringify(after)}`);
  cluster.checkNobodyEnded();
}

async function checkGrowthRefused(cluster: TestCluster): Promise<void> {
  const plain = new KvClient({ endpoints: cluster.group.origins, exactlyOnce: false });
  const refused = await eventually(
    "growth is refused",
    async () => {
      const outcome = await plain.put("more", "1", { deadlineMs: 400 });
      return outcome.kind === "refused" && outcome.refusal.code === "diskFull" ? outcome.refusal : null;
    },
    { deadlineMs: FULL_MS },
  );
  check(refused.message.includes("short of space"), `the refusal says why: ${refused.message}`);
  await plain.close();
}

/** The log has its room already: deletes go on, and only what needs a new file has to wait, or ends. */
async function checkNothingFree(cluster: TestCluster, client: KvClient): Promise<void> {
  await cluster.untilWhole();
  const before = await snapshotIndices(cluster);
  for (const ordinal of cluster.ordinals) cluster.trouble(ordinal, NOTHING_FREE);
  await checkGrowthRefused(cluster);
  for (let i = 0; i < SNAPSHOT_ENTRIES; i++) {
    const deleted = await client.delete(`no-such-key-${i}`);
    check(deleted.kind === "done", `deletes still work: ${JSON.stringify(deleted)}`);
  }
  await cluster.untilWhole();
  const without = await snapshotIndices(cluster);
  check(without.join() === before.join(), `no snapshot finds room: they end at ${without.join()}, as before at ${before.join()}`);
  cluster.checkNobodyEnded();
  const starting = await checkStartEnds(cluster);
  for (const ordinal of cluster.ordinals) cluster.trouble(ordinal, HEALTHY);
  cluster.start(starting);
  await cluster.untilWhole();
  const kept = await client.get("more");
  check(kept.kind === "done" && kept.value !== null, "nothing acknowledged is lost");
  await eventually(
    "everybody takes the snapshot that found no room",
    async () => ((await snapshotIndices(cluster)).every((index, i) => index > (before[i] ?? 0)) ? true : null),
    { deadlineMs: SNAPSHOT_MS },
  );
}

/** Every start writes the directory's record anew. */
async function checkStartEnds(cluster: TestCluster): Promise<number> {
  const { ordinal: leader } = await cluster.untilLeader();
  const [starting = 0] = cluster.ordinals.filter((ordinal) => ordinal !== leader);
  await cluster.kill(starting);
  cluster.start(starting);
  const ended = cluster.expectEnd(starting);
  await eventually(`replica ${starting} ends for want of room`, () => !cluster.isRunning(starting), { deadlineMs: START_MS });
  const exit = await ended;
  check(exit.code === EXIT_CODES.diskFailed, `a start without room ends with ${EXIT_CODES.diskFailed}, not ${JSON.stringify(exit)}`);
  for (const text of ["ENOSPC", cluster.replica(starting).dataDir, "Free some space; nothing is lost"])
    check(exit.lastWords.includes(text), `it says ${text}: ${exit.lastWords}`);
  return starting;
}

async function snapshotIndices(cluster: TestCluster): Promise<readonly number[]> {
  const statuses = await Promise.all(cluster.ordinals.map((ordinal) => cluster.told(ordinal)));
  return statuses.map(({ snapshotIndex }) => Number(snapshotIndex));
}

async function checkFailingSync(cluster: TestCluster, client: KvClient): Promise<void> {
  await cluster.untilWhole();
  const leader = await cluster.untilLeader();
  const [follower = 0] = cluster.ordinals.filter((ordinal) => ordinal !== leader.ordinal);
  for (const ordinal of [follower, leader.ordinal]) {
    const ended = cluster.expectEnd(ordinal);
    cluster.trouble(ordinal, { syncsFail: true });
    await eventually(`replica ${ordinal} ends over a failing sync`, async () => {
      const outcome = await client.put("during", `${ordinal}`);
      check(outcome.kind === "done", `the others go on: ${JSON.stringify(outcome)}`);
      return cluster.isRunning(ordinal) ? null : true;
    });
    const exit = await ended;
    check(exit.code === EXIT_CODES.diskFailed, `it ends with ${EXIT_CODES.diskFailed}, not ${JSON.stringify(exit)}`);
    check(
      exit.lastWords.includes("EIO") && exit.lastWords.includes(cluster.replica(ordinal).dataDir),
      `it says what failed: ${exit.lastWords}`,
    );
    cluster.trouble(ordinal, HEALTHY);
    cluster.start(ordinal);
    await cluster.untilWhole();
  }
  const value = await client.get("during");
  check(value.kind === "done" && value.value !== null, "nothing acknowledged is lost");
}
