// The replicated key/value service of 2025 and 2026: puts that name a version, and clerks that say what they don't know. With
// the networks that the names promise, and the times of the older suites: clients live through partitions and crashes.
import type { Bench, Lab } from "../lab.ts";
import { demand, resultOf, sleep, Task } from "../script.ts";
import type { Script } from "../script.ts";
import type { Clerk } from "./clerk.ts";
import type { Flag, GenericOptions } from "./generic.ts";
import { disturb, ROUND_MS, ROUNDS, THINK_MS_MAX } from "./generic.ts";
import { KvBed } from "./kv-bed.ts";
import { AT_RANDOM, EVERYTHING, SPEED, SPEED_CALLS } from "./kvraft-3a.ts";
import { onePartition, snapshotRpc, snapshotSize, STATE_BYTES_MAX } from "./scripts-of-both.ts";

const CALM: GenericOptions = {
  ...{ clients: 1, size: 5, isReliable: true, stateBytesMax: null },
  ...{ crashes: false, partitions: false, randomKeys: false, roundMs: ROUND_MS },
};
const KEYS = 100;

function lab(name: string, options: Partial<GenericOptions>): Lab {
  return { name, script: (bench) => versioned(bench, { ...CALM, ...options }) };
}

const MANY = { clients: 5 };
const UNRELIABLE = { isReliable: false };
const CRASHES = { crashes: true };
const PARTITIONS = { partitions: true };
const SMALL = { stateBytesMax: STATE_BYTES_MAX };

export const KVRAFT1_4B: readonly Lab[] = [
  lab("TestBasic4B", {}),
  { name: "TestSpeed4B", script: (bench) => speed(bench, null) },
  lab("TestConcurrent4B", MANY),
  lab("TestUnreliable4B", { ...MANY, ...UNRELIABLE }),
  { name: "TestOnePartition4B", script: (bench) => onePartition(bench, putAnyVersion) },
  lab("TestManyPartitionsOneClient4B", PARTITIONS),
  lab("TestManyPartitionsManyClients4B", { ...MANY, ...PARTITIONS }),
  lab("TestPersistOneClient4B", CRASHES),
  lab("TestPersistConcurrent4B", { ...MANY, ...CRASHES }),
  lab("TestPersistConcurrentUnreliable4B", { ...MANY, ...CRASHES, ...UNRELIABLE }),
  lab("TestPersistPartition4B", { ...MANY, ...CRASHES, ...PARTITIONS }),
  lab("TestPersistPartitionUnreliable4B", { ...MANY, ...EVERYTHING }),
  lab("TestPersistPartitionUnreliableLinearizable4B", { ...AT_RANDOM, ...EVERYTHING }),
  { name: "TestSnapshotRPC4C", script: (bench) => snapshotRpc(bench, putAnyVersion) },
  { name: "TestSnapshotSize4C", script: (bench) => snapshotSize(bench, putAnyVersion) },
  { name: "TestSpeed4C", script: (bench) => speed(bench, STATE_BYTES_MAX) },
  lab("TestSnapshotRecover4C", { ...SMALL, ...CRASHES }),
  lab("TestSnapshotRecoverManyClients4C", { ...SMALL, ...CRASHES, clients: 20 }),
  lab("TestSnapshotUnreliable4C", { ...SMALL, ...MANY, ...UNRELIABLE }),
  lab("TestSnapshotUnreliableRecover4C", { ...SMALL, ...MANY, ...UNRELIABLE, ...CRASHES }),
  lab("TestSnapshotUnreliableRecoverConcurrentPartition4C", { ...SMALL, ...MANY, ...EVERYTHING }),
  lab("TestSnapshotUnreliableRecoverConcurrentPartitionLinearizable4C", { ...SMALL, ...AT_RANDOM, ...EVERYTHING }),
];

export type Puts = { readonly done: number; readonly maybe: number };

function* versioned(bench: Bench, options: GenericOptions): Script<void> {
  const bed = new KvBed(bench, options);
  const checker = bed.clerk();
  const clerks = Array.from({ length: options.clients }, () => bed.clerk());
  const isCalm = options.isReliable && !options.crashes && !options.partitions;
  let before: Puts = { done: 0, maybe: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const stopped: Flag = { isSet: false };
    const clients = clerks.map((clerk) => new Task(putAndGet(bed, { clerk, stopped, options }), bench.time));
    yield* disturb(bed, options, stopped);
    for (const task of clients) before = sumOf(before, yield* resultOf(task));
    demand(before.done > 0, () => "no put was ever done");
    if (!options.randomKeys) demandPutCount((yield* checker.find("k"))?.version ?? 0, before, isCalm);
    bed.measureSizes();
  }
  bed.demandLinearizable();
}

const sumOf = (a: Puts, b: Puts): Puts => ({ done: a.done + b.done, maybe: a.maybe + b.maybe });

/** Every put that was done raised the version by one; of those that may have been, some did. */
export function demandPutCount(version: number, { done, maybe }: Puts, isCalm: boolean): void {
  const wanted = `${String(done)} puts were done and ${String(maybe)} perhaps`;
  demand(version >= done && version <= done + maybe, () => `the version is ${String(version)}, after ${wanted}`);
  if (isCalm) demand(version === done, () => `the version is ${String(version)}, after ${wanted}, where nothing went wrong`);
}

type Client = { readonly clerk: Clerk; readonly stopped: Flag; readonly options: GenericOptions };

function* putAndGet(bed: KvBed, { clerk, stopped, options }: Client): Script<Puts> {
  const random = bed.bench.random.child(`client ${clerk.name} ${String(bed.bench.time.nowMs)}`);
  const known = new Map<string, number>();
  let puts: Puts = { done: 0, maybe: 0 };
  for (let count = 0; !stopped.isSet; count++) {
    yield* sleep(random.fraction() * THINK_MS_MAX);
    const key = options.randomKeys ? `k${String(random.between(0, KEYS - 1))}` : "k";
    puts = sumOf(puts, yield* putOnce(clerk, { key, value: `${clerk.name}.${String(count)}`, version: known.get(key) ?? 0 }));
    known.set(key, (yield* clerk.find(key))?.version ?? 0);
  }
  return puts;
}

export function* putOnce(clerk: Clerk, put: { readonly key: string; readonly value: string; readonly version: number }): Script<Puts> {
  const answer = yield* clerk.putIf(put.key, put.value, put.version);
  demand(answer !== "ErrNoKey", () => `a put of ${put.key} with version ${String(put.version)} was told that there is no such key`);
  return { done: answer === "OK" ? 1 : 0, maybe: answer === "ErrMaybe" ? 1 : 0 };
}

function* speed(bench: Bench, stateBytesMax: number | null): Script<void> {
  const bed = new KvBed(bench, { size: 3, isReliable: true, stateBytesMax });
  const clerk = bed.clerk();
  yield* clerk.find("x");
  const beganMs = bench.time.nowMs;
  for (let version = 0; version < SPEED_CALLS; version++) {
    const answer = yield* clerk.putIf("x", String(version), version);
    demand(answer === "OK", () => `put ${String(version)} was told ${answer}`);
  }
  bench.figures.measure(SPEED, (bench.time.nowMs - beganMs) / SPEED_CALLS);
  demand((yield* clerk.find("x"))?.version === SPEED_CALLS, () => "not every put raised the version by one");
  bed.measureSizes();
  bed.demandLinearizable();
}

/** What the older scripts' put is by this interface: over whatever is there, until it is known to be done. */
function* putAnyVersion(clerk: Clerk, key: string, value: string): Script<void> {
  for (;;) {
    const found = yield* clerk.find(key);
    const answer = yield* clerk.putIf(key, value, found?.version ?? 0);
    if (answer === "OK" || (answer === "ErrMaybe" && (yield* clerk.get(key)) === value)) return;
  }
}
