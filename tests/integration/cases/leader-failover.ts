// A leader dies under load, again and again, and is told to stop, again and again. Clients are the library with its defaults.
// Writes go on within a second of a death; an end in good order is hardly noticed; no call fails, and nothing that was
// acknowledged is lost, doubled or reordered.
import type { LocalReplica } from "../../../client/cli/local-replica.ts";
import { longestGapMs } from "../gaps.ts";
import { percentile } from "../latency.ts";
import { ShardedCluster } from "../sharded-cluster.ts";
import { checkAllDone, checkStoreHistory, describeCalls } from "../store-history.ts";
import type { Told } from "../store-load.ts";
import { StoreLoad } from "../store-load.ts";
import type { CaseContext, TestCase } from "../test-case.ts";
import { check, sleep } from "../test-case.ts";

type Plan = {
  readonly name: string;
  readonly end: (leader: LocalReplica) => void;
  readonly gapMs: number;
};

const GROUP = "1";
const ROUNDS = { bounded: 4, long: 50 };
const CLIENTS = 8;
const PACE_MS = 10;
/** How often, in the short form, the machine may hold writes up once more as it did while nothing happened: it also does other things there. */
const NOISE = { bounded: 3, long: 0 };
/** Calm before each end, and the least that is watched after it. */
const CALM_MS = 500;
const WATCHED_MS = 1_500;
/** While the old leader comes back. Longer ones would be those of an election that it brings about. */
const RETURN_GAP_MS = 1_000;

export const leaderKilled = leaderFailover({
  name: "a leader that is killed under load: writes go on within a second, and no call fails",
  end: (leader) => leader.signal("SIGKILL"),
  gapMs: 1_000,
});

export const leaderStopped = leaderFailover({
  name: "a leader that is told to stop under load: writes go on within 150 ms, and no call fails",
  end: (leader) => leader.signal("SIGTERM"),
  gapMs: 150,
});

function leaderFailover(plan: Plan): TestCase {
  return {
    name: plan.name,
    measures: true,
    prepares: true,
    run: async (context) => {
      const cluster = await ShardedCluster.create({ directory: context.directory, controllers: 1, groups: { [GROUP]: 3 } });
      try {
        await cluster.startAndServe();
        await context.quiet;
        await play(cluster, plan, context);
      } finally {
        await cluster.stop();
      }
    },
  };
}

async function play(cluster: ShardedCluster, plan: Plan, context: CaseContext): Promise<void> {
  const { scale, random, say } = context;
  const endpoints = cluster.group(GROUP).map(({ origin }) => origin);
  const load = new StoreLoad({ endpoints, clients: CLIENTS, random: random.child("load"), paceMs: PACE_MS });
  const gaps: Gaps[] = [];
  for (let round = 0; round < ROUNDS[scale]; round++) {
    load.nextRound();
    gaps.push(await endOne(cluster, load, plan));
  }
  const history = await load.finish();
  context.measured();
  sayCalls(load.told, say);
  const [calm, fault, back] = [gaps.map(({ calmMs }) => calmMs), gaps.map(({ faultMs }) => faultMs), gaps.map(({ backMs }) => backMs)];
  say(`longest gaps between two writes, in ms: ${inOrder(fault).join(" ")}`);
  say(`while the old leader came back: ${inOrder(back).join(" ")}`);
  say(`without a fault, in as many calm spans of ${CALM_MS} ms: ${inOrder(calm).join(" ")}`);
  checkStoreHistory(history, context);
  checkAllDone(load.told);
  const noiseMs = NOISE[scale] * Math.max(...calm);
  checkGaps("writes go on", fault, plan.gapMs + noiseMs);
  checkGaps("writes go on while the old leader comes back", back, RETURN_GAP_MS + noiseMs);
}

function checkGaps(what: string, gaps: readonly number[], limitMs: number): void {
  const worstMs = percentile(inOrder(gaps), 0.99);
  check(worstMs <= Math.round(limitMs), `${what} within ${Math.round(limitMs)} ms, not ${worstMs}`);
}

type Gaps = { readonly calmMs: number; readonly faultMs: number; readonly backMs: number };

const inOrder = (gaps: readonly number[]): readonly number[] => gaps.map(Math.round).sort((a, b) => a - b);

/** The longest gaps between two acknowledged writes: before the end of the leader, from then until others serve, and until it is back. */
async function endOne(cluster: ShardedCluster, load: StoreLoad, { end }: Plan): Promise<Gaps> {
  const calmFromMs = performance.now();
  await sleep(CALM_MS);
  const leader = await cluster.untilLeader(GROUP);
  const fromMs = performance.now();
  end(leader);
  await leader.exit;
  await cluster.untilLeader(GROUP);
  await sleep(Math.max(0, fromMs + WATCHED_MS - performance.now()));
  const toMs = performance.now();
  cluster.start([leader]);
  await cluster.untilWhole(GROUP);
  return {
    calmMs: longestGapMs(load.told, { fromMs: calmFromMs, toMs: fromMs }),
    faultMs: longestGapMs(load.told, { fromMs, toMs }),
    backMs: longestGapMs(load.told, { fromMs: toMs, toMs: performance.now() }),
  };
}

function sayCalls(calls: readonly Told[], say: CaseContext["say"]): void {
  const attempts = calls.reduce((sum, call) => sum + call.attempts.length, 0);
  const tookMs = (call: Told): number => call.endMs - call.startMs;
  const slowest = calls.toSorted((a, b) => tookMs(b) - tookMs(a)).slice(0, 3);
  say(`${calls.length} calls in ${attempts} attempts; the slowest: ${describeCalls(slowest)}`);
}
