// Disks with syncs of 200 ms. On a follower nobody notices: the other two are a majority. A leader with such a disk hands
// over to a healthy member.
import { measureWrites, percentile } from "../latency.ts";
import type { CaseContext, TestCase } from "../test-case.ts";
import { check, eventually } from "../test-case.ts";
import { TestCluster } from "../test-cluster.ts";

const SLOW = { syncDelayMs: 200 };
const HEALTHY = {};
const HANDED_OVER_MS = 5_000;
const IN_FLIGHT = 8;
/** Healthy and slow in turn, so that what else this machine does falls on both. */
const WINDOWS = { bounded: { pairs: 3, ms: 1_000 }, long: { pairs: 6, ms: 4_000 } };
const FACTOR_MAX = 1.2;
/** Short windows on a machine that also runs other tests: only what a follower's disk would add, had the group to wait for it. */
const NOISE_MS = { bounded: 60, long: 0 };

export const slowDisk: TestCase = {
  name: "a follower's slow disk slows nobody, and a leader with one hands over",
  measures: true,
  run: async (context) => {
    const cluster = await TestCluster.create({ directory: context.directory, layer: "controlled" });
    try {
      cluster.startAll();
      await cluster.untilWhole();
      await checkFollower(cluster, context);
      await checkLeader(cluster, context);
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
  const { pairs, ms } = WINDOWS[scale];
  await measureWrites({ origin, inFlight: IN_FLIGHT, forMs: ms });
  const found = { healthy: [] as number[], slow: [] as number[] };
  for (let pair = 0; pair < pairs; pair++) {
    for (const [kind, trouble] of [
      ["healthy", HEALTHY],
      ["slow", SLOW],
    ] as const) {
      cluster.trouble(follower, trouble);
      await new Promise((resolve) => setTimeout(resolve, 300));
      found[kind].push(...(await measureWrites({ origin, inFlight: IN_FLIGHT, forMs: ms })));
    }
  }
  cluster.trouble(follower, HEALTHY);
  const [healthy, slow] = [found.healthy, found.slow].map((each) =>
    percentile(
      each.sort((a, b) => a - b),
      0.99,
    ),
  ) as [number, number];
  say(`p99 ${healthy.toFixed(1)} ms with healthy disks, ${slow.toFixed(1)} ms with a follower's syncs at ${SLOW.syncDelayMs} ms`);
  const limit = healthy * FACTOR_MAX + NOISE_MS[scale];
  check(slow <= limit, `p99 with a slow follower is at most ${limit.toFixed(1)} ms, not ${slow.toFixed(1)} ms`);
  check((await cluster.untilLeader()).ordinal === leader.ordinal, "a follower's disk is no reason to change the leader");
}

async function checkLeader(cluster: TestCluster, { say }: CaseContext): Promise<void> {
  await cluster.untilWhole();
  const { ordinal } = await cluster.untilLeader();
  const origins = cluster.group.origins.filter((_, other) => other !== ordinal);
  const startMs = performance.now();
  cluster.trouble(ordinal, SLOW);
  const load = measureWrites({ origin: cluster.replica(ordinal).origin, inFlight: IN_FLIGHT, forMs: HANDED_OVER_MS });
  const next = await eventually(
    "another member leads",
    async () => {
      const leader = await cluster.group.leader();
      return leader !== null && leader.ordinal !== ordinal ? leader : null;
    },
    { deadlineMs: 2 * HANDED_OVER_MS },
  );
  const tookMs = performance.now() - startMs;
  say(`the leader with a slow disk had handed over after ${Math.round(tookMs)} ms`);
  check(tookMs <= HANDED_OVER_MS, `it has handed over within ${HANDED_OVER_MS} ms, not after ${Math.round(tookMs)} ms`);
  check(origins.includes(cluster.replica(next.ordinal).origin), "to a member with a healthy disk");
  await load;
  cluster.trouble(ordinal, HEALTHY);
  await cluster.untilServing();
}
