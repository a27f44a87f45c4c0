// The single server of 2025 and 2026: versions take the place of any memory of clients.
import { textOf } from "../../../core/base/bytes.ts";
import type { Threshold } from "../figures.ts";
import type { Bench, Lab } from "../lab.ts";
import { demand, resultOf, Task } from "../script.ts";
import type { Script } from "../script.ts";
import type { Clerk, PutAnswer } from "./clerk.ts";
import { KvBed } from "./kv-bed.ts";
import type { Puts } from "./kvraft1-4b.ts";
import { demandPutCount, putOnce } from "./kvraft1-4b.ts";
import { CLIENTS, keptBytes } from "./kvsrv-2.ts";

export const KVSRV1_2: readonly Lab[] = [
  { name: "TestReliablePut", script: reliablePut },
  { name: "TestPutConcurrentReliable", script: putConcurrent },
  { name: "TestMemPutManyClientsReliable", script: manyClients },
  { name: "TestUnreliableNet", script: unreliableNet },
];

const newBed = (bench: Bench, isReliable = true): KvBed => new KvBed(bench, { size: 1, isReliable, stateBytesMax: null });

function* demandAnswer(clerk: Clerk, version: number, expected: readonly PutAnswer[]): Script<PutAnswer> {
  const answer = yield* clerk.putIf("k", `value for ${String(version)}`, version);
  demand(expected.includes(answer), () => `a put with version ${String(version)} was told ${answer}, not ${expected.join(" or ")}`);
  return answer;
}

function* reliablePut(bench: Bench): Script<void> {
  const bed = newBed(bench);
  const clerk = bed.clerk();
  yield* demandAnswer(clerk, 0, ["OK"]);
  const found = yield* clerk.find("k");
  demand(found?.version === 1 && found.value === "value for 0", () => `what was created is ${JSON.stringify(found)}`);
  yield* demandAnswer(clerk, 0, ["ErrVersion"]);
  const missing = yield* clerk.putIf("missing", "v", 1);
  demand(missing === "ErrNoKey", () => `a put with version 1 of a missing key was told ${missing}`);
  demand((yield* clerk.find("missing")) === null, () => "a key that was never put is there");
  bed.demandLinearizable();
}

const ROUND_MS = 1_000;

function* putConcurrent(bench: Bench): Script<void> {
  const bed = newBed(bench);
  const untilMs = bench.time.nowMs + ROUND_MS;
  const tasks = Array.from({ length: 10 }, () => new Task(putUntil(bed.clerk(), bench, untilMs), bench.time));
  let puts: Puts = { done: 0, maybe: 0 };
  for (const task of tasks) {
    const { done, maybe } = yield* resultOf(task);
    puts = { done: puts.done + done, maybe: puts.maybe + maybe };
  }
  demand(puts.done > 0, () => "no put was ever done");
  demandPutCount((yield* bed.clerk().find("k"))?.version ?? 0, puts, true);
  bed.demandLinearizable();
}

function* putUntil(clerk: Clerk, { time }: Bench, untilMs: number): Script<Puts> {
  let [done, maybe, version] = [0, 0, 0];
  for (let count = 0; time.nowMs < untilMs; count++) {
    const puts = yield* putOnce(clerk, { key: "k", value: `${clerk.name}.${String(count)}`, version });
    [done, maybe] = [done + puts.done, maybe + puts.maybe];
    version = (yield* clerk.find("k"))?.version ?? 0;
  }
  return { done, maybe };
}

/** The limit of 2026, which leaves no room for any table of clients. */
export const PER_CLIENT: Threshold = { name: "state per client", unit: "bytes", limit: 10, bound: "atMost" };
const VALUE = textOf(new Uint8Array(1_000).fill(0x76));

function* manyClients(bench: Bench): Script<void> {
  const bed = newBed(bench);
  demand((yield* bed.clerk().find("k")) === null, () => "a key that was never put is there");
  const early = yield* bed.clerk().putIf("k", "", 1);
  demand(early === "ErrNoKey", () => `a put with version 1 of a missing key was told ${early}`);
  demand((yield* bed.clerk().putIf("k", VALUE, 0)) === "OK", () => "the first put was refused");
  const before = keptBytes(bed);
  for (let version = 1; version <= CLIENTS; version++) {
    const answer = yield* bed.clerk().putIf("k", VALUE, version);
    demand(answer === "OK", () => `put ${String(version)} was told ${answer}`);
  }
  bench.figures.measure(PER_CLIENT, (keptBytes(bed) - before) / CLIENTS);
}

const ROUNDS = 100;

function* unreliableNet(bench: Bench): Script<void> {
  const bed = newBed(bench, false);
  const clerk = bed.clerk();
  let maybes = 0;
  for (let version = 0; version < ROUNDS; version++) {
    const first = yield* demandAnswer(clerk, version, ["OK", "ErrMaybe"]);
    if (first === "ErrMaybe") maybes++;
    // Whatever was answered, it was done: the same again finds another version.
    yield* demandAnswer(clerk, version, ["ErrVersion", "ErrMaybe"]);
    const found = yield* clerk.find("k");
    demand(found?.version === version + 1, () => `the version is ${String(found?.version)} after ${String(version + 1)} rounds`);
    demand(found.value === `value for ${String(version)}`, () => `round ${String(version)} left ${found.value}`);
  }
  demand(maybes > 0, () => "nothing was ever lost, or nobody was told");
  bed.demandLinearizable();
}
