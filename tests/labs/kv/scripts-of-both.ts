// Scripts of the replicated key/value service that both of its interfaces have; what a put is differs.
import type { Threshold } from "../figures.ts";
import { ELECTION_MS } from "../lab.ts";
import type { Bench } from "../lab.ts";
import { demand, resultOf, sleep, Task } from "../script.ts";
import type { Script } from "../script.ts";
import type { Clerk } from "./clerk.ts";
import { KvBed } from "./kv-bed.ts";

export type PutValue = (clerk: Clerk, key: string, value: string) => Script<void>;

export const STATE_BYTES_MAX = 1_000;

const MINORITY_MS = 1_000;
export const HEALED: Threshold = { name: "answer after the heal", unit: "ms", limit: ELECTION_MS + 3_000, bound: "atMost" };

export function* onePartition(bench: Bench, put: PutValue): Script<void> {
  const bed = new KvBed(bench, { size: 5, isReliable: true, stateBytesMax: null });
  const { cluster } = bed;
  const everywhere = bed.clerk();
  yield* put(everywhere, "1", "13");
  const { majority, minority } = cluster.partitionWithLeaderInMinority();
  const inMajority = bed.clerk(majority);
  yield* put(inMajority, "1", "14");
  demand((yield* inMajority.get("1")) === "14", () => "the majority lost its write");

  const reach = [...minority];
  const putting = new Task(put(bed.clerk(reach), "1", "15"), bench.time);
  const getting = new Task(bed.clerk(reach).get("1"), bench.time);
  yield* sleep(MINORITY_MS);
  demand(!putting.isOver, () => "a put was done in the minority");
  demand(!getting.isOver, () => "a get was answered in the minority");
  demand((yield* inMajority.get("1")) === "14", () => "the majority sees what the minority was told");
  yield* put(inMajority, "1", "16");
  demand((yield* inMajority.get("1")) === "16", () => "the majority lost its write");

  cluster.heal();
  reach.push(...majority);
  const healedMs = bench.time.nowMs;
  yield* sleep(ELECTION_MS);
  yield* resultOf(putting);
  const seen = yield* resultOf(getting);
  bench.figures.measure(HEALED, bench.time.nowMs - healedMs);
  demand(seen === "15" || seen === "16", () => `the get of the minority was answered ${seen}`);
  demand((yield* everywhere.get("1")) === "15", () => "the put of the minority did not last");
  bed.demandLinearizable();
}

export function* snapshotRpc(bench: Bench, put: PutValue): Script<void> {
  const bed = new KvBed(bench, { size: 3, isReliable: true, stateBytesMax: STATE_BYTES_MAX });
  const { cluster } = bed;
  const everywhere = bed.clerk();
  yield* put(everywhere, "a", "A");
  demand((yield* everywhere.get("a")) === "A", () => "a was lost");
  cluster.network.partition([0, 1], [2]);
  const inMajority = bed.clerk([0, 1]);
  for (let i = 0; i < 50; i++) yield* put(inMajority, String(i), String(i));
  yield* sleep(ELECTION_MS);
  yield* put(inMajority, "b", "B");
  // Although one of them is away, and needs all of it.
  bed.measureSizes();
  const installed = cluster.snapshotsInstalled;
  cluster.network.partition([0, 2], [1]);
  const withTheLate = bed.clerk([0, 2]);
  yield* put(withTheLate, "c", "C");
  yield* put(withTheLate, "d", "D");
  for (const [key, value] of [
    ["a", "A"],
    ["b", "B"],
    ["1", "1"],
    ["49", "49"],
  ] as const) {
    demand((yield* withTheLate.get(key)) === value, () => `${key} was lost`);
  }
  demand(cluster.snapshotsInstalled > installed, () => "the late one came without a snapshot");
  cluster.heal();
  yield* put(everywhere, "e", "E");
  for (const [key, value] of [
    ["c", "C"],
    ["e", "E"],
    ["1", "1"],
  ] as const) {
    demand((yield* everywhere.get(key)) === value, () => `${key} was lost`);
  }
  bed.measureSizes();
  bed.demandLinearizable();
}

const ROUNDS = 200;
export const SNAPSHOT_SIZE: Threshold = { name: "snapshot", unit: "bytes", limit: 500, bound: "atMost" };
export const TOOK: Threshold = { name: "took", unit: "s", limit: 20, bound: "below" };

export function* snapshotSize(bench: Bench, put: PutValue): Script<void> {
  const bed = new KvBed(bench, { size: 3, isReliable: true, stateBytesMax: STATE_BYTES_MAX });
  const clerk = bed.clerk();
  const beganMs = bench.time.nowMs;
  for (let i = 0; i < ROUNDS; i++) {
    for (const value of ["0", "1"]) {
      yield* put(clerk, "x", value);
      demand((yield* clerk.get("x")) === value, () => `${value} was lost`);
    }
    bed.measureSizes();
  }
  bench.figures.measure(SNAPSHOT_SIZE, bed.snapshotBytes);
  bench.figures.measure(TOOK, (bench.time.nowMs - beganMs) / 1_000);
  bed.demandLinearizable();
}
