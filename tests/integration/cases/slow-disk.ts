// Disks with syncs of 200 ms. On a follower nobody notices: the other two are a majority. A leader with such a disk hands
// over to a healthy member, be it under load or with a write now and then.
import type { LocalReplica } from "../../../client/cli/local-replica.ts";
import { measureWrites, percentile } from "../latency.ts";
import { countsByReason, metricOf } from "../process-figures.ts";
import type { CaseContext, TestCase } from "../test-case.ts";
import { check, eventually, sleep } from "../test-case.ts";
import { TestCluster } from "../test-cluster.ts";

const DISKS = { healthy: {}, slow: { syncDelayMs: 200 } } as const;
type Disk = keyof typeof DISKS;
const HANDED_OVER_MS = 5_000;
const IN_FLIGHT = 8;
const SPARSE_EVERY_MS = 700;
const FACTOR_MAX = 1.2;
/**
 * Of the follower's disk, in turn: what else this machine does meanwhile falls on both alike. How many there are is settled
 * before anything is known, every write of each counts, and the medians of their 99th percentiles are compared once. At full
 * length, where there are enough, so are the 99th percentiles of all writes together.
 */
const ROUND: readonly Disk[] = ["healthy", "slow", "slow", "healthy"];
const ROUNDS = { bounded: 6, long: 20 };
const WINDOW_MS = 500;
/** Of each window, on a slow machine by taking longer: its 99th percentile is then that of its fifth slowest write, or of a later one. */
const WRITES_MIN = 500;
/** Longer than a sync that began before the disk changed, and what has gathered behind it. */
const SETTLE_MS = 400;
/**
 * Windows in which a write waited for most of a slow sync. A group that lets its follower stop it now and then has them with the
 * slow disk, and its medians need not show it: a few more than with healthy disks are chance, a fourth of all are not.
 */
const STALLED_MS = 150;
const STALLED_MORE_MAX = 0.25;
/** A timer may fire a little early. */
const SLOW_SYNC_MS_MIN = 0.9 * DISKS.slow.syncDelayMs;

export const slowDisk: TestCase = {
  name: "a follower's slow disk slows nobody, and a leader with one hands over",
  measures: true,
  prepares: true,
  run: async (context) => {
    const cluster = await TestCluster.create({ directory: context.directory, layer: "controlled" });
    try {
      cluster.startAll();
      await cluster.untilWhole();
      await context.quiet;
      await checkFollower(cluster, context);
      for (const load of [STEADY, SPARSE]) await checkLeader(cluster, load, context);
      context.measured();
      cluster.checkNobodyEnded();
    } finally {
      await cluster.stop();
    }
  },
};

async function checkFollower(cluster: TestCluster, { scale, say }: CaseContext): Promise<void> {
  const before = await cluster.untilLeader();
  const [ordinal = 0] = cluster.ordinals.filter((each) => each !== before.ordinal);
  const members = { leader: cluster.replica(before.ordinal), follower: cluster.replica(ordinal) };
  await measureWrites({ origin: members.leader.origin, inFlight: IN_FLIGHT, forMs: 2 * WINDOW_MS });
  const found: Record<Disk, Window[]> = { healthy: [], slow: [] };
  let disk: Disk = "healthy";
  for (const next of Array.from({ length: ROUNDS[scale] }, () => ROUND).flat()) {
    cluster.trouble(ordinal, DISKS[next]);
    if (next !== disk) await sleep(SETTLE_MS);
    disk = next;
    found[disk].push(await measureWindow(members));
  }
  judge(found, { scale, say });
  const after = await cluster.untilLeader();
  check(
    after.ordinal === before.ordinal && after.term === before.term,
    `a follower's disk is no reason to change the leader: ${before.ordinal} in term ${before.term}, ${after.ordinal} in term ${after.term}`,
  );
}

type Window = {
  /** How long each took, the longest last. */
  readonly writesMs: readonly number[];
  readonly p99Ms: number;
  /** Of the follower, the mean. */
  readonly syncMs: number;
};

async function measureWindow({ leader, follower }: { readonly leader: LocalReplica; readonly follower: LocalReplica }): Promise<Window> {
  const before = await syncsOf(follower);
  const load = { origin: leader.origin, inFlight: IN_FLIGHT, forMs: WINDOW_MS, writesMin: WRITES_MIN };
  const { sorted, notDone } = await measureWrites(load);
  const after = await syncsOf(follower);
  check(notDone === 0 && sorted.length >= WRITES_MIN, `all writes of a window are done: ${sorted.length} were, ${notDone} were not`);
  return { writesMs: sorted, p99Ms: percentile(sorted, 0.99), syncMs: (after.ms - before.ms) / (after.count - before.count) };
}

/** All that its log has done so far. */
async function syncsOf(member: LocalReplica): Promise<{ readonly ms: number; readonly count: number }> {
  const [seconds, count] = [await metricOf(member, `${SYNCS}_sum`), await metricOf(member, `${SYNCS}_count`)];
  check(seconds !== null && count !== null, `replica ${member.ordinal} tells how long its syncs take`);
  return { ms: 1_000 * seconds, count };
}

const SYNCS = "flotilla_wal_fsync_duration_seconds";

function judge({ healthy, slow }: Readonly<Record<Disk, readonly Window[]>>, { scale, say }: Pick<CaseContext, "scale" | "say">): void {
  const [healthyMs, slowMs] = [median(healthy.map(({ p99Ms }) => p99Ms)), median(slow.map(({ p99Ms }) => p99Ms))];
  const syncMs = Math.min(...slow.map((window) => window.syncMs));
  say(`p99 ${healthyMs.toFixed(1)} ms with healthy disks: the median of ${describe(healthy)}`);
  say(`p99 ${slowMs.toFixed(1)} ms with a follower's syncs at ${Math.round(syncMs)} ms or more: the median of ${describe(slow)}`);
  check(syncMs >= SLOW_SYNC_MS_MIN, `the follower's disk is slow in every window that is called so, and not at ${syncMs} ms a sync`);
  const factor = slowMs / healthyMs;
  check(factor <= FACTOR_MAX, `a slow follower leaves p99 within ${FACTOR_MAX} times, not ${factor.toFixed(2)}`);
  const [healthyAllMs, slowAllMs] = [p99OfAll(healthy), p99OfAll(slow)];
  say(`p99 of all writes together: ${healthyAllMs.toFixed(1)} ms, and ${slowAllMs.toFixed(1)} ms with the slow disk`);
  if (scale === "long")
    check(slowAllMs <= FACTOR_MAX * healthyAllMs, `the same of all writes, not ${slowAllMs} ms after ${healthyAllMs} ms`);
  const [stalledHealthy, stalledSlow] = [stalled(healthy), stalled(slow)];
  check(
    stalledSlow <= stalledHealthy + STALLED_MORE_MAX * slow.length,
    `no writes stand still over a slow follower: some did for ${STALLED_MS} ms in ${stalledSlow} of ${slow.length} windows, in ${stalledHealthy} without`,
  );
}

const p99OfAll = (windows: readonly Window[]): number =>
  percentile(
    windows.flatMap(({ writesMs }) => writesMs).toSorted((a, b) => a - b),
    0.99,
  );

const stalled = (windows: readonly Window[]): number => windows.filter(({ writesMs }) => (writesMs.at(-1) ?? 0) >= STALLED_MS).length;

function describe(windows: readonly Window[]): string {
  const writes = windows.map(({ writesMs }) => writesMs.length);
  return `${windows.length} windows, each of ${Math.min(...writes)} to ${Math.max(...writes)} writes`;
}

const median = (values: readonly number[]): number =>
  percentile(
    values.toSorted((a, b) => a - b),
    0.5,
  );

type Load = { readonly name: string; readonly begin: (origin: string) => Promise<unknown> };

const STEADY: Load = {
  name: "under load",
  begin: (origin) => measureWrites({ origin, inFlight: IN_FLIGHT, forMs: HANDED_OVER_MS }),
};
const SPARSE: Load = {
  name: `with a write every ${SPARSE_EVERY_MS} ms`,
  begin: (origin) => measureWrites({ origin, inFlight: 1, forMs: HANDED_OVER_MS, everyMs: SPARSE_EVERY_MS }),
};

async function checkLeader(cluster: TestCluster, { name, begin }: Load, { say }: CaseContext): Promise<void> {
  await cluster.untilWhole();
  const { ordinal } = await cluster.untilLeader();
  const before = await changesOf(cluster);
  const startMs = performance.now();
  cluster.trouble(ordinal, DISKS.slow);
  const load = begin(cluster.replica(ordinal).origin);
  await eventually(
    "another member leads",
    async () => {
      const leader = await cluster.group.leader();
      return leader !== null && leader.ordinal !== ordinal ? leader : null;
    },
    { deadlineMs: 2 * HANDED_OVER_MS },
  );
  const tookMs = performance.now() - startMs;
  const changes = since(before, await changesOf(cluster));
  say(`${name}, the leader with a slow disk had handed over after ${Math.round(tookMs)} ms`);
  check(tookMs <= HANDED_OVER_MS, `${name}, it has handed over within ${HANDED_OVER_MS} ms, not after ${Math.round(tookMs)} ms`);
  checkOverDisk(changes, ordinal);
  await load;
  cluster.trouble(ordinal, DISKS.healthy);
  await cluster.untilServing();
}

type Changes = ReadonlyMap<string, number>;

const change = (kind: "transfers" | "elections", ordinal: number, reason: string): string => `${kind} of replica ${ordinal}: ${reason}`;

/** Why offices were given away and elections began so far, on any member. */
async function changesOf(cluster: TestCluster): Promise<Changes> {
  const counts = cluster.group.replicas.flatMap((member) =>
    (["transfers", "elections"] as const).map(async (kind) => {
      const byReason = await countsByReason(member, `flotilla_raft_${kind}_total`);
      return [...byReason].map(([reason, count]) => [change(kind, member.ordinal, reason), count] as const);
    }),
  );
  return new Map((await Promise.all(counts)).flat());
}

const since = (before: Changes, after: Changes): readonly string[] =>
  [...after].filter(([name, count]) => count !== before.get(name)).map(([name]) => name);

/** This member gave its office away over its disk, whom it asked stood for election, and nobody did of its own accord. */
function checkOverDisk(changes: readonly string[], ordinal: number): void {
  const transfer = change("transfers", ordinal, "slowDisk");
  const elections = changes.filter((each) => each.endsWith(": transfer"));
  check(
    changes.includes(transfer) && elections.length > 0 && elections.length + 1 === changes.length,
    `its disk is why another leads, and nothing else: ${changes.join(", ")}`,
  );
}
