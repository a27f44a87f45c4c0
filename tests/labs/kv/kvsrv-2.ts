// The single server of 2024: each call once, and little kept of any. What is measured is the state that a server keeps (all of
// it: keys, and what it remembers of its clients), as the bytes of which a restart would make it again. The product's values
// are a tenth as large as the labs' largest, and so are the limits here.
import type { Threshold } from "../figures.ts";
import type { Bench, Lab } from "../lab.ts";
import { demand, resultOf, Task } from "../script.ts";
import type { Script } from "../script.ts";
import { emptySnapshotBytes, snapshotBytesOf } from "./group-cluster.ts";
import { KvBed } from "./kv-bed.ts";
import { genericLab, oneKey } from "./kvraft-3a.ts";

const ONE = { size: 1, roundMs: 1_000 };
const MIB = 1_048_576;

export const KVSRV_2: readonly Lab[] = [
  genericLab("TestBasic2", ONE),
  genericLab("TestConcurrent2", { ...ONE, clients: 5 }),
  genericLab("TestUnreliable2", { ...ONE, clients: 5, isReliable: false }),
  { name: "TestUnreliableOneKey2", script: (bench) => oneKey(bench, 1) },
  { name: "TestMemGet2", script: memGet },
  { name: "TestMemPut2", script: memPut },
  { name: "TestMemAppend2", script: memAppend },
  { name: "TestMemPutManyClients", script: putManyClients },
  { name: "TestMemGetManyClients", script: getManyClients },
  { name: "TestMemManyAppends", script: manyAppends },
];

/** Of a hundred thousand: what each costs does not depend on how many there are. */
export const CLIENTS = 5_000;
const AT_ONCE = 50;
const VALUE_BYTES = 1_000;

const kept = (limit: number, bound: Threshold["bound"]): Threshold => ({ name: "state", unit: "bytes", limit, bound });
export const PER_CLIENT_WITH_PUT: Threshold = { name: "state per client", unit: "bytes", limit: 200, bound: "atMost" };
const PER_CLIENT_WITH_GET: Threshold = { name: "state per client", unit: "bytes", limit: 10, bound: "below" };

const newBed = (bench: Bench, isReliable = true): KvBed => new KvBed(bench, { size: 1, isReliable, stateBytesMax: null });

/** What the server keeps, without what it would have without any key. */
export function keptBytes({ cluster: { id, machine } }: KvBed): number {
  demand(machine !== null, () => "nobody runs");
  return snapshotBytesOf(machine) - emptySnapshotBytes({ id, configuration: machine.configuration });
}

function* memGet(bench: Bench): Script<void> {
  const bed = newBed(bench, false);
  const [one, other] = [bed.clerk(), bed.clerk()];
  const value = "v".repeat(MIB);
  yield* one.put("k", value);
  for (const clerk of [one, other]) demand((yield* clerk.get("k")) === value, () => "a large value was lost");
  yield* one.put("k", "0");
  bench.figures.measure(kept(MIB, "below"), keptBytes(bed));
}

function* memPut(bench: Bench): Script<void> {
  const bed = newBed(bench);
  const [one, other] = [bed.clerk(), bed.clerk()];
  yield* one.put("k", "v".repeat(MIB));
  yield* other.put("k", "");
  bench.figures.measure(kept(MIB, "below"), keptBytes(bed));
}

function* memAppend(bench: Bench): Script<void> {
  const bed = newBed(bench);
  const [one, other] = [bed.clerk(), bed.clerk()];
  yield* one.append("k", "a".repeat(MIB / 2));
  demand((yield* other.append("k", "b".repeat(MIB / 2))) === MIB, () => "an append got lost");
  bench.figures.measure(kept(1.5 * MIB, "atMost"), keptBytes(bed));
}

function* putManyClients(bench: Bench): Script<void> {
  const bed = newBed(bench);
  const value = "v".repeat(VALUE_BYTES);
  yield* bed.clerk().put("k", value);
  const before = keptBytes(bed);
  yield* byManyClerks(bed, (clerk) => clerk.put("k", value));
  bench.figures.measure(PER_CLIENT_WITH_PUT, (keptBytes(bed) - before) / CLIENTS);
}

function* getManyClients(bench: Bench): Script<void> {
  const bed = newBed(bench);
  yield* bed.clerk().put("k", "v");
  const before = keptBytes(bed);
  yield* byManyClerks(bed, function* (clerk) {
    demand((yield* clerk.get("k")) === "v", () => "a value was lost");
  });
  bench.figures.measure(PER_CLIENT_WITH_GET, (keptBytes(bed) - before) / CLIENTS);
}

type Clerk = ReturnType<KvBed["clerk"]>;

/** Each clerk once, some at the same time. */
export function* byManyClerks(bed: KvBed, use: (clerk: Clerk, number: number) => Script<void>): Script<void> {
  const tasks = Array.from({ length: AT_ONCE }, (_, first) => new Task(inTurn(bed, first, use), bed.bench.time));
  for (const task of tasks) yield* resultOf(task);
}

function* inTurn(bed: KvBed, first: number, use: (clerk: Clerk, number: number) => Script<void>): Script<void> {
  for (let number = first; number < CLIENTS; number += AT_ONCE) yield* use(bed.clerk(), number);
}

function* manyAppends(bench: Bench): Script<void> {
  const bed = newBed(bench);
  const clerk = bed.clerk();
  const count = 1_000;
  for (let i = 0; i < count; i++) yield* clerk.append("k", "m".repeat(VALUE_BYTES));
  demand((yield* clerk.get("k")).length === count * VALUE_BYTES, () => "an append got lost");
  bench.figures.measure(kept(3_000_000, "below"), keptBytes(bed));
}
