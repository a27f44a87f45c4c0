// Disks with syncs of 200 ms. On a follower nobody notices: the other two are a majority. A leader with such a disk hands
// over to a healthy member, be it under load or with a write now and then.
import { measureWrites, percentile } from "../latency.ts";
import type { CaseContext, TestCase } from "../test-case.ts";
import { check, eventually, sleep } from "../test-case.ts";
import { TestCluster } from "../test-cluster.ts";

const SLOW = { syncDelayMs: 200 };
const HEALTHY = {};
const HANDED_OVER_MS = 5_000;
const IN_FLIGHT = 8;
const SPARSE_EVERY_MS = 700;
const FACTOR_MAX = 1.2;
/**
 * Short windows, healthy and slow in the order h s s h, so that what else this machine does falls on both alike. Every
 * write counts, and none is ever left out: where a hiccup of the machine fell on one side, more windows on both sides
 * outweigh it, and what a slow disk really adds would only stand out more.
 */
const WINDOW_MS = 500;
const SETTLE_MS = 300;
const WINDOWS = { bounded: { least: 8, most: 40 }, long: { least: 24, most: 80 } };

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
  const leader = await cluster.untilLeader();
  const { origin } = cluster.replica(leader.ordinal);
  const [follower = 0] = cluster.ordinals.filter((ordinal) => ordinal !== leader.ordinal);
  const found = { healthy: [] as number[], slow: [] as number[] };
  await measureWrites({ origin, inFlight: IN_FLIGHT, forMs: 2 * WINDOW_MS });
  const measure = async (kind: "healthy" | "slow"): Promise<void> => {
    cluster.trouble(follower, kind === "slow" ? SLOW : HEALTHY);
    await sleep(SETTLE_MS);
    found[kind].push(...(await measureWrites({ origin, inFlight: IN_FLIGHT, forMs: WINDOW_MS })));
  };
  const { least, most } = WINDOWS[scale];
  for (let windows = 0; windows < least || (windows < most && factorOf(found) > FACTOR_MAX); windows += 4)
    for (const kind of ["healthy", "slow", "slow", "healthy"] as const) await measure(kind);
  cluster.trouble(follower, HEALTHY);
  const [healthy, slow] = [p99(found.healthy), p99(found.slow)];
  say(`p99 ${healthy.toFixed(1)} ms with healthy disks (${found.healthy.length} writes)`);
  say(`p99 ${slow.toFixed(1)} ms with a follower's syncs at ${SLOW.syncDelayMs} ms (${found.slow.length} writes)`);
  const factor = factorOf(found);
  check(factor <= FACTOR_MAX, `a slow follower leaves p99 within ${FACTOR_MAX} times, not ${factor.toFixed(2)}`);
  check((await cluster.untilLeader()).ordinal === leader.ordinal, "a follower's disk is no reason to change the leader");
}

const p99 = (latencies: readonly number[]): number =>
  percentile(
    latencies.toSorted((a, b) => a - b),
    0.99,
  );
const factorOf = ({ healthy, slow }: { readonly healthy: readonly number[]; readonly slow: readonly number[] }): number =>
  p99(slow) / p99(healthy);

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
  const startMs = performance.now();
  cluster.trouble(ordinal, SLOW);
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
  say(`${name}, the leader with a slow disk had handed over after ${Math.round(tookMs)} ms`);
  check(tookMs <= HANDED_OVER_MS, `${name}, it has handed over within ${HANDED_OVER_MS} ms, not after ${Math.round(tookMs)} ms`);
  await load;
  cluster.trouble(ordinal, HEALTHY);
  await cluster.untilServing();
}
