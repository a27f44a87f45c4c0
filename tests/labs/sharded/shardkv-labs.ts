// The sharded store of 2020 to 2024: groups that come and go under clients, fail, and come back.
import { asGroup } from "../../../core/base/ids.ts";
import type { Threshold } from "../figures.ts";
import type { Bench, Lab } from "../lab.ts";
import { demand, resultOf, sleep, Task } from "../script.ts";
import type { Script } from "../script.ts";
import { tokenOf } from "../kv/generic.ts";
import { CHALLENGE_LABS } from "./challenge-labs.ts";
import { Contents, countAnswered } from "./contents.ts";
import { mapOf, ShardedBed } from "./sharded-bed.ts";

export const GROUPS = ["100", "101", "102"] as const;
/** Between two calls of a client that never rests. */
const BUSY_MS = 5;
const KEYS = 10;

export const SHARDKV_LABS: readonly Lab[] = [
  { name: "TestStaticShards", script: staticShards },
  { name: "TestRejection5A", script: rejection },
  { name: "TestJoinLeave", script: joinLeave },
  { name: "TestSnapshot", script: snapshot },
  { name: "TestMissChange", script: missChange },
  { name: "TestConcurrent1_5B", script: concurrent1 },
  { name: "TestConcurrent2_5B", script: concurrent2 },
  { name: "TestConcurrent3_5B", script: concurrent3 },
  { name: "TestUnreliable1_5B", script: unreliable1 },
  { name: "TestUnreliable2_5B", script: unreliable2 },
  { name: "TestUnreliable3_5B", script: unreliable3 },
  ...CHALLENGE_LABS,
];

export const newBed = (
  bench: Bench,
  { isReliable = true, stateBytesMax = null }: { isReliable?: boolean; stateBytesMax?: number | null },
): ShardedBed => new ShardedBed(bench, { groups: GROUPS, isReliable, stateBytesMax });

/** Everything at the end is as it should be, and was so all the time. */
function* finish(contents: Contents): Script<void> {
  yield* contents.check();
  contents.bed.demandLinearizable();
}

function* staticShards(bench: Bench): Script<void> {
  const bed = newBed(bench, {});
  yield* bed.join("100");
  yield* bed.join("101");
  const contents = yield* Contents.put(bed, KEYS, 20);
  yield* contents.check();
  yield* bed.settled();
  bed.shutDown("101");
  bed.measureSizes();
  const answered = yield* countAnswered(
    bench.time,
    contents.keys.map((key) => contents.checkOne(key, bed.clerk())),
  );
  demand(answered === KEYS / 2, () => `${String(answered)} of ${String(KEYS)} reads were answered with one of two groups`);
  bed.start("101");
  yield* finish(contents);
}

/** Clients that believe that one group has everything, asked by keys that it has and by keys that it has not. */
function* rejection(bench: Bench): Script<void> {
  const bed = newBed(bench, {});
  yield* bed.join("100");
  yield* bed.join("101");
  const contents = yield* Contents.put(bed, KEYS, 20);
  yield* contents.check();
  yield* bed.settled();
  const lie = function* () {
    const configuration = yield* bed.administrator.query();
    const { number, groups } = mapOf(configuration);
    return { number, groups, shards: configuration.shards.map(() => asGroup("100")) };
  };
  const answered = yield* countAnswered(
    bench.time,
    contents.keys.map((key) => contents.checkOne(key, bed.clerk({ map: lie, group: "100" }))),
  );
  demand(answered === KEYS / 2, () => `${String(answered)} of ${String(KEYS)} reads were answered by one of two groups`);
  yield* finish(contents);
}

export const MOVED: Threshold = { name: "everything has moved after", unit: "ms", limit: 1_000, bound: "atMost" };

function* joinLeave(bench: Bench): Script<void> {
  const bed = newBed(bench, {});
  yield* bed.join("100");
  const contents = yield* Contents.put(bed, KEYS, 5);
  yield* contents.check();
  yield* bed.join("101");
  yield* contents.checkAndAppend(5);
  yield* bed.settled();
  yield* bed.leave("100");
  bench.figures.measure(MOVED, yield* bed.served());
  yield* contents.checkAndAppend(5);
  bed.measureSizes();
  bed.shutDown("100");
  yield* finish(contents);
}

function* snapshot(bench: Bench): Script<void> {
  const bed = newBed(bench, { stateBytesMax: 1_000 });
  yield* bed.join("100");
  const contents = yield* Contents.put(bed, 3 * KEYS, 20);
  yield* contents.check();
  yield* bed.join("101");
  yield* bed.join("102");
  yield* bed.leave("100");
  yield* contents.checkAndAppend(20);
  yield* bed.leave("101");
  yield* bed.join("100");
  yield* contents.checkAndAppend(20);
  yield* sleep(1_000);
  yield* contents.check();
  yield* sleep(1_000);
  bed.measureSizes();
  bed.shutDown(...GROUPS);
  bed.start(...GROUPS);
  yield* finish(contents);
}

/** Each group lacks a server while the others go through several configurations. */
function* missChange(bench: Bench): Script<void> {
  const bed = newBed(bench, { stateBytesMax: 1_000 });
  yield* bed.join("100");
  const contents = yield* Contents.put(bed, KEYS, 20);
  yield* contents.check();
  yield* bed.join("101");
  for (const { id } of bed.groups) bed.group(id).crash(0);
  yield* bed.join("102");
  yield* bed.leave("101");
  yield* bed.leave("100");
  yield* contents.checkAndAppend(20);
  yield* bed.join("101");
  yield* contents.checkAndAppend(20);
  for (const { id } of bed.groups) bed.group(id).restart(0);
  yield* contents.checkAndAppend(20);
  yield* sleep(2_000);
  for (const { id } of bed.groups) bed.group(id).crash(1);
  yield* bed.join("100");
  yield* bed.leave("102");
  yield* contents.checkAndAppend(20);
  for (const { id } of bed.groups) bed.group(id).restart(1);
  yield* finish(contents);
}

function* concurrent1(bench: Bench): Script<void> {
  const bed = newBed(bench, { stateBytesMax: 100 });
  yield* bed.join("100");
  const contents = yield* Contents.put(bed, KEYS, 5);
  const appenders = contents.appenders({ letters: 5, pauseMs: 10 });
  yield* sleep(150);
  yield* bed.join("101");
  yield* sleep(500);
  yield* bed.join("102");
  yield* sleep(500);
  yield* bed.leave("100");
  for (const id of GROUPS) {
    bed.shutDown(id);
    yield* sleep(100);
  }
  yield* bed.leave("102");
  yield* sleep(100);
  bed.start(...GROUPS);
  yield* sleep(100);
  yield* bed.join("100");
  yield* bed.leave("101");
  yield* sleep(500);
  yield* bed.join("101");
  yield* sleep(1_000);
  yield* appenders.stop();
  yield* finish(contents);
}

/** With time enough in between for each change, and groups that get back what they once had. */
function* concurrent2(bench: Bench): Script<void> {
  const bed = newBed(bench, {});
  for (const id of ["101", "100", "102"]) yield* bed.join(id);
  const contents = yield* Contents.put(bed, KEYS, 1);
  const appenders = contents.appenders({ letters: 1, pauseMs: 50 });
  yield* bed.leave("100");
  yield* bed.leave("102");
  yield* sleep(3_000);
  yield* bed.join("100");
  yield* bed.join("102");
  yield* bed.leave("101");
  yield* sleep(3_000);
  yield* bed.join("101");
  yield* bed.leave("100");
  yield* bed.leave("102");
  yield* sleep(3_000);
  bed.shutDown("101", "102");
  yield* sleep(1_000);
  bed.start("101", "102");
  yield* sleep(2_000);
  yield* appenders.stop();
  yield* finish(contents);
}

const CHURN_MS = 12_000;
const CHURN_PAUSE_MS_MAX = 899;

/** All groups restart again and again in the middle of what is moving. */
function* concurrent3(bench: Bench): Script<void> {
  const bed = newBed(bench, { stateBytesMax: 300 });
  const random = bench.random.child("churn");
  yield* bed.join("100");
  const contents = yield* Contents.put(bed, KEYS, 1);
  const appenders = contents.appenders({ letters: 1, pauseMs: BUSY_MS });
  const untilMs = bench.time.nowMs + CHURN_MS;
  while (bench.time.nowMs < untilMs) {
    yield* bed.join("102");
    yield* bed.join("101");
    yield* sleep(random.between(0, CHURN_PAUSE_MS_MAX));
    bed.shutDown(...GROUPS);
    bed.start(...GROUPS);
    yield* sleep(random.between(0, CHURN_PAUSE_MS_MAX));
    yield* bed.leave("101");
    yield* bed.leave("102");
    yield* sleep(random.between(0, CHURN_PAUSE_MS_MAX));
  }
  yield* sleep(2_000);
  yield* appenders.stop();
  yield* finish(contents);
}

function* unreliable1(bench: Bench): Script<void> {
  const bed = newBed(bench, { isReliable: false, stateBytesMax: 100 });
  yield* bed.join("100");
  const contents = yield* Contents.put(bed, KEYS, 5);
  yield* bed.join("101");
  yield* bed.join("102");
  yield* bed.leave("100");
  for (let round = 0; round < 2; round++) yield* contents.checkAndAppend(5);
  yield* bed.join("100");
  yield* bed.leave("101");
  for (let round = 0; round < 2; round++) yield* contents.check();
  yield* finish(contents);
}

function* unreliable2(bench: Bench): Script<void> {
  const bed = newBed(bench, { isReliable: false, stateBytesMax: 100 });
  yield* bed.join("100");
  const contents = yield* Contents.put(bed, KEYS, 5);
  const appenders = contents.appenders({ letters: 5, pauseMs: BUSY_MS });
  yield* changesUnderLoad(bed);
  yield* appenders.stop();
  bed.setReliable(true);
  yield* finish(contents);
}

function* changesUnderLoad(bed: ShardedBed): Script<void> {
  yield* sleep(150);
  yield* bed.join("101");
  yield* sleep(500);
  yield* bed.join("102");
  yield* sleep(500);
  yield* bed.leave("100");
  yield* sleep(500);
  yield* bed.leave("101");
  yield* sleep(500);
  yield* bed.join("101");
  yield* bed.join("100");
  yield* sleep(2_000);
}

/** Whatever clients do with a few keys, what they see could have come from one copy. */
function* unreliable3(bench: Bench): Script<void> {
  const bed = newBed(bench, { isReliable: false, stateBytesMax: 100 });
  yield* bed.join("100");
  const contents = yield* Contents.put(bed, KEYS, 5);
  const stopped = { isSet: false };
  const clients = contents.keys.map((_, me) => new Task(atRandom(contents, me, stopped), bench.time));
  yield* changesUnderLoad(bed);
  stopped.isSet = true;
  for (const client of clients) demand((yield* resultOf(client)) > 0, () => "some client was never answered");
  bed.setReliable(true);
  for (const key of contents.keys) yield* contents.clerk.get(key);
  bed.demandLinearizable();
}

function* atRandom({ bed, keys }: Contents, me: number, stopped: { readonly isSet: boolean }): Script<number> {
  const clerk = bed.clerk();
  const random = bed.bench.random.child(`random client ${String(me)}`);
  let count = 0;
  for (; !stopped.isSet; count++) {
    const key = random.pick(keys);
    if (random.chance(0.5)) yield* clerk.append(key, tokenOf(me, count));
    else if (random.chance(0.1)) yield* clerk.put(key, tokenOf(me, count));
    else yield* clerk.get(key);
  }
  return count;
}
