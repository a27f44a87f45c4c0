// The replicated key/value service of 2020 to 2024 without snapshots: put, append and get, each exactly once.
import type { Threshold } from "../figures.ts";
import type { Bench, Lab } from "../lab.ts";
import { demand, resultOf, Task } from "../script.ts";
import type { Script } from "../script.ts";
import type { GenericOptions } from "./generic.ts";
import { demandAppends, generic, ROUND_MS, tokenOf } from "./generic.ts";
import type { Clerk } from "./clerk.ts";
import { KvBed } from "./kv-bed.ts";
import { onePartition } from "./scripts-of-both.ts";

const CALM: GenericOptions = {
  ...{ clients: 1, size: 5, isReliable: true, stateBytesMax: null },
  ...{ crashes: false, partitions: false, randomKeys: false, roundMs: ROUND_MS },
};

/** A lab that is the generic test with these options. */
export function genericLab(name: string, options: Partial<GenericOptions>): Lab {
  return { name, script: (bench) => generic(bench, { ...CALM, ...options }) };
}

const MANY = { clients: 5 };
const UNRELIABLE = { isReliable: false };
const CRASHES = { crashes: true };
const PARTITIONS = { partitions: true };
export const EVERYTHING = { ...UNRELIABLE, ...CRASHES, ...PARTITIONS };
export const AT_RANDOM = { clients: 15, size: 7, randomKeys: true };

export const KVRAFT_3A: readonly Lab[] = [
  genericLab("TestBasic3A", {}),
  { name: "TestSpeed3A", script: (bench) => speed(bench, null) },
  genericLab("TestConcurrent3A", MANY),
  genericLab("TestUnreliable3A", { ...MANY, ...UNRELIABLE }),
  { name: "TestUnreliableOneKey3A", script: (bench) => oneKey(bench, 3) },
  { name: "TestOnePartition3A", script: (bench) => onePartition(bench, putOnce) },
  genericLab("TestManyPartitionsOneClient3A", PARTITIONS),
  genericLab("TestManyPartitionsManyClients3A", { ...MANY, ...PARTITIONS }),
  genericLab("TestPersistOneClient3A", CRASHES),
  genericLab("TestPersistConcurrent3A", { ...MANY, ...CRASHES }),
  genericLab("TestPersistConcurrentUnreliable3A", { ...MANY, ...CRASHES, ...UNRELIABLE }),
  genericLab("TestPersistPartition3A", { ...MANY, ...CRASHES, ...PARTITIONS }),
  genericLab("TestPersistPartitionUnreliable3A", { ...MANY, ...EVERYTHING }),
  genericLab("TestPersistPartitionUnreliableLinearizable3A", { ...AT_RANDOM, ...EVERYTHING }),
];

export const SPEED_CALLS = 1_000;
const HEARTBEAT_MS = 100;
const CALLS_PER_HEARTBEAT = 3;
/** 1,000 calls, three within each heartbeat. */
export const SPEED: Threshold = { name: "per call", unit: "ms", limit: HEARTBEAT_MS / CALLS_PER_HEARTBEAT, bound: "atMost" };

export function* speed(bench: Bench, stateBytesMax: number | null): Script<void> {
  const bed = new KvBed(bench, { size: 3, isReliable: true, stateBytesMax });
  const clerk = bed.clerk();
  yield* clerk.get("x");
  const beganMs = bench.time.nowMs;
  for (let i = 0; i < SPEED_CALLS; i++) yield* clerk.append("x", tokenOf(0, i));
  bench.figures.measure(SPEED, (bench.time.nowMs - beganMs) / SPEED_CALLS);
  demandAppends(yield* clerk.get("x"), 0, SPEED_CALLS);
  bed.measureSizes();
  bed.demandLinearizable();
}

const APPENDS_EACH = 10;

export function* oneKey(bench: Bench, size: number): Script<void> {
  const bed = new KvBed(bench, { size, isReliable: false, stateBytesMax: null });
  const checker = bed.clerk();
  yield* checker.put("k", "");
  const clients = Array.from({ length: 5 }, (_, me) => new Task(appendTokens(bed, me), bench.time));
  for (const task of clients) yield* resultOf(task);
  const value = yield* checker.get("k");
  for (const me of clients.keys()) demandAppends(value, me, APPENDS_EACH);
  const length = [...clients.keys()].flatMap((me) => Array.from({ length: APPENDS_EACH }, (_, i) => tokenOf(me, i))).join("").length;
  demand(value.length === length, () => `${String(value.length)} bytes instead of ${String(length)}`);
  bed.measureSizes();
  bed.demandLinearizable();
}

function* appendTokens(bed: KvBed, me: number): Script<void> {
  const clerk = bed.clerk();
  for (let i = 0; i < APPENDS_EACH; i++) yield* clerk.append("k", tokenOf(me, i));
}

export function* putOnce(clerk: Clerk, key: string, value: string): Script<void> {
  yield* clerk.put(key, value);
}
