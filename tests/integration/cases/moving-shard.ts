// A large shard moves from one group to the other while clients work on it and on others. No call fails; those on the shard
// wait for a moment that does not grow with it, those on others hardly notice; afterwards the two groups together hold one
// copy. Then the same, with the leader of one side killed in the middle.
import type { LocalReplica } from "../../../client/cli/local-replica.ts";
import { checkFilling, fill, nameOfShard } from "../filling.ts";
import type { Filling } from "../filling.ts";
import { percentile } from "../latency.ts";
import { metricOf } from "../process-figures.ts";
import { ShardedCluster } from "../sharded-cluster.ts";
import { checkAllDone, checkStoreHistory, describeCalls } from "../store-history.ts";
import type { Told } from "../store-load.ts";
import { StoreLoad } from "../store-load.ts";
import type { CaseContext, TestCase } from "../test-case.ts";
import { check, eventually, sleep } from "../test-case.ts";

type Plan = {
  readonly name: string;
  /** Whose leader is killed in the middle. */
  readonly kills: "source" | "receiver" | null;
  /** What a call may take, that is not of the standstill: until a killed leader has a successor. */
  readonly failoverMs: number;
};

const [SOURCE, RECEIVER] = ["1", "2"];
const BYTES = { bounded: 10_000_000, long: 100_000_000 };
const VALUE_BYTES = 10_000;
const CLIENTS = 4;
const PACE_MS = 10;
const CALM_MS = { bounded: 2_000, long: 15_000 };
const ROUND_MS = 1_000;
const STANDSTILL_MS_MAX = 500;
const P99_RATIO_MAX = 2;
const MOVED_WITHIN_MS = 180_000;
const ONE_COPY_WITHIN_MS = 60_000;
/** In the short form, the machine may hold a call up for longer than it did while nothing moved: it also does other things there. */
const NOISE = { bounded: 3, long: 0 };

export const movingShard = movingCase({
  name: "a large shard moves under load: no call fails, and the shard stands still for a moment",
  kills: null,
  failoverMs: 0,
});
export const movingWithoutSource = movingCase({
  name: "a large shard moves under load, and the leader that gives it is killed in the middle",
  kills: "source",
  failoverMs: 1_000,
});
export const movingWithoutReceiver = movingCase({
  name: "a large shard moves under load, and the leader that takes it is killed in the middle",
  kills: "receiver",
  failoverMs: 1_000,
});

function movingCase(plan: Plan): TestCase {
  return {
    name: plan.name,
    measures: true,
    prepares: true,
    run: async (context) => {
      const cluster = await ShardedCluster.create({
        directory: context.directory,
        controllers: 1,
        groups: { [SOURCE]: 3, [RECEIVER]: 3 },
      });
      try {
        await cluster.startAndServe();
        await play(cluster, plan, context);
      } finally {
        await cluster.stop();
      }
    },
  };
}

async function play(cluster: ShardedCluster, plan: Plan, context: CaseContext): Promise<void> {
  const { scale, random, say } = context;
  const endpoints = [...cluster.group(SOURCE), ...cluster.group(RECEIVER)].map(({ origin }) => origin);
  const shard = await eventually("the source serves a shard", async () => (await shardsOf(cluster, SOURCE))[0] ?? null);
  const tag = nameOfShard("moving", (each) => each === shard);
  const keys = BYTES[scale] / VALUE_BYTES;
  const filling: Filling = { endpoints, keys, valueBytes: VALUE_BYTES, keyOf: (n) => `{${tag}}/filling/${n}` };
  await fill(filling);
  await context.quiet;
  const load = (name: string, accepts: (shard: number) => boolean): StoreLoad =>
    new StoreLoad({
      ...{ endpoints, clients: CLIENTS, random: random.child(name), paceMs: PACE_MS },
      familyOf: (round, i) => nameOfShard(`${name}-${round}-${i}`, accepts),
    });
  const [ofShard, ofOthers] = [load("moving", (each) => each === shard), load("other", (each) => each !== shard)];
  const rounds = setInterval(() => [ofShard, ofOthers].forEach((each) => each.nextRound()), ROUND_MS);
  try {
    await sleep(500);
    const calmFromMs = performance.now();
    await sleep(CALM_MS[scale]);
    const fromMs = performance.now();
    check(!(await shardsOf(cluster, RECEIVER)).includes(shard), "the receiver does not serve it yet");
    const killedMs = await move(cluster, shard, plan);
    const toMs = performance.now();
    await untilOneCopy(cluster, { shard, keys });
    say(`${BYTES[scale] / 1e6} MB moved in ${inSeconds(toMs - fromMs)} s; one copy after another ${inSeconds(performance.now() - toMs)} s`);
    for (const member of cluster.group(SOURCE)) await sayFrozen(member, say);
    clearInterval(rounds);
    const histories = [await ofShard.finish(), await ofOthers.finish()];
    context.measured();
    const within = (from: number, to: number) => (told: Told) => told.endMs >= from && told.startMs <= to;
    const [calm, moving] = [within(calmFromMs, fromMs), within(fromMs, toMs)];
    checkWaits({ calls: ofShard.told, calm, moving }, plan, context);
    // A dead leader is waited for by all shards of its group, for as long as an election takes.
    const hasNoLeader = (told: Told): boolean => killedMs !== null && within(killedMs, killedMs + plan.failoverMs)(told);
    checkOthers({ calls: ofOthers.told, calm, moving: (told) => moving(told) && !hasNoLeader(told) }, context);
    for (const each of [ofShard, ofOthers]) checkAllDone(each.told);
    for (const history of histories) checkStoreHistory(history, context);
    await checkFilling(filling, random.child("samples"));
  } finally {
    clearInterval(rounds);
  }
}

/** As the leader that let the shard go has measured it. */
async function sayFrozen(member: LocalReplica, say: CaseContext["say"]): Promise<void> {
  const count = await metricOf(member, "flotilla_shard_frozen_duration_seconds_count");
  const seconds = await metricOf(member, "flotilla_shard_frozen_duration_seconds_sum");
  if (count !== null && count > 0) say(`frozen until the source had let it go: ${((1_000 * (seconds ?? 0)) / count).toFixed(0)} ms`);
}

/** Resolves when the receiver's leader serves the shard, with the moment at which a leader was killed, if one was. */
async function move(cluster: ShardedCluster, shard: number, { kills }: Plan): Promise<number | null> {
  const [controller] = cluster.controllers;
  const response = await fetch(`${controller?.origin ?? ""}/v1/shards/move`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ shard, group: RECEIVER }),
  });
  check(response.status === 200, `the controllers take the move: ${response.status} ${await response.text()}`);
  const victim = kills === null ? null : await killInTheMiddle(cluster, kills === "source" ? SOURCE : RECEIVER);
  await eventually(`group ${RECEIVER} serves the shard`, async () => (await shardsOf(cluster, RECEIVER)).includes(shard) || null, {
    deadlineMs: MOVED_WITHIN_MS,
  });
  if (victim === null) return null;
  cluster.start([victim.member]);
  return victim.killedMs;
}

type Victim = { readonly member: LocalReplica; readonly killedMs: number };

async function killInTheMiddle(cluster: ShardedCluster, group: string): Promise<Victim> {
  await eventually("the copy is under way", async () => ((await listsOf(cluster, RECEIVER))?.pulling.length ?? 0) > 0 || null);
  await sleep(300);
  const leader = await cluster.untilLeader(group);
  const { pulling } = await eventually("the receiver's leader answers", () => listsOf(cluster, RECEIVER));
  check(pulling.length > 0, "the leader is killed while the shard is copied");
  const killedMs = performance.now();
  await cluster.kill([leader]);
  return { member: leader, killedMs };
}

type Lists = { readonly serving: readonly number[]; readonly pulling: readonly number[]; readonly frozen: readonly number[] };

/** As its leader says; null while there is none. */
async function listsOf(cluster: ShardedCluster, group: string): Promise<Lists | null> {
  const known = await cluster.statuses(cluster.group(group));
  return (known.find(({ status }) => status.role === "leader")?.status["shards"] as Lists | undefined) ?? null;
}

async function shardsOf(cluster: ShardedCluster, group: string): Promise<readonly number[]> {
  return (await listsOf(cluster, group))?.serving ?? [];
}

/** Every member of the receiver has it, and none of the source has anything of it. */
async function untilOneCopy(cluster: ShardedCluster, { shard, keys }: { readonly shard: number; readonly keys: number }): Promise<void> {
  const holds = async (group: string): Promise<readonly boolean[]> => {
    const known = await cluster.statuses(cluster.group(group));
    // Whoever has just been started is nobody yet.
    const alive = known.filter(({ status }) => status["shards"] !== undefined);
    return alive.map(({ status }) => {
      const { serving, frozen, pulling } = status["shards"] as Lists;
      return Number(status["keys"]) >= keys || [...serving, ...frozen, ...pulling].includes(shard);
    });
  };
  await eventually(
    "all answer, and both groups together hold one copy",
    async () => {
      const [source, receiver] = [await holds(SOURCE), await holds(RECEIVER)];
      const allAnswer = source.length === cluster.group(SOURCE).length && receiver.length === cluster.group(RECEIVER).length;
      return allAnswer && !source.includes(true) && !receiver.includes(false);
    },
    { deadlineMs: ONE_COPY_WITHIN_MS },
  );
}

type Spans = {
  readonly calls: readonly Told[];
  readonly calm: (told: Told) => boolean;
  readonly moving: (told: Told) => boolean;
};

const tookMs = ({ startMs, endMs }: Told): number => endMs - startMs;
const sorted = (calls: readonly Told[]): readonly number[] => calls.map(tookMs).sort((a, b) => a - b);

function checkWaits({ calls, calm, moving }: Spans, { failoverMs }: Plan, { scale, say }: CaseContext): void {
  const during = calls.filter(moving);
  check(during.length > 0, "the shard is asked for while it moves");
  const slowest = during.toSorted((a, b) => tookMs(b) - tookMs(a)).slice(0, 3);
  const [worstMs = 0, calmMs = 0] = [sorted(during).at(-1), sorted(calls.filter(calm)).at(-1)];
  say(`calls on the shard while it moves: ${inMs(sorted(during))}; without a move: ${inMs(sorted(calls.filter(calm)))}`);
  say(`the slowest: ${describeCalls(slowest)}`);
  const limitMs = STANDSTILL_MS_MAX + failoverMs + NOISE[scale] * calmMs;
  check(worstMs <= limitMs, `calls on the shard wait at most ${Math.round(limitMs)} ms, not ${Math.round(worstMs)}`);
}

function checkOthers({ calls, calm, moving }: Spans, { scale, say }: CaseContext): void {
  const [before, during] = [sorted(calls.filter(calm)), sorted(calls.filter(moving))];
  say(`calls on other shards while it moves: ${inMs(during)}; without a move: ${inMs(before)}`);
  const limitMs = P99_RATIO_MAX * percentile(before, 0.99) + NOISE[scale] * (before.at(-1) ?? 0);
  check(percentile(during, 0.99) <= limitMs, `the 99th percentile of other shards stays within ${Math.round(limitMs)} ms`);
}

const inSeconds = (ms: number): string => (ms / 1_000).toFixed(1);

function inMs(times: readonly number[]): string {
  const [median, p99, worst] = [percentile(times, 0.5), percentile(times, 0.99), times.at(-1) ?? NaN].map((ms) => ms.toFixed(1));
  return `${times.length}, median ${median}, p99 ${p99}, longest ${worst} ms`;
}
