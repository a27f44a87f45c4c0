// The sharded store of 2025 and 2026, part A: groups join and leave one after the other.
import { utf8 } from "../../../core/base/bytes.ts";
import { ownerOf } from "../../../core/shards/configuration.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import type { Threshold } from "../figures.ts";
import type { Bench, Lab } from "../lab.ts";
import { demand, resultOf, sleep, Task } from "../script.ts";
import type { Script } from "../script.ts";
import { FIRST, further, joinAll, leaveAll } from "./changing.ts";
import { ShardedBed } from "./sharded-bed.ts";
import { VersionedClients } from "./versioned-clients.ts";
import { KEYS, VersionedContents } from "./versioned-contents.ts";

const GROUPS = 8;

export const SHARDKV1_5A: readonly Lab[] = [
  { name: "TestInitQuery5A", script: initQuery },
  { name: "TestStaticOneShardGroup5A", script: staticOneGroup },
  { name: "TestJoinBasic5A", script: joinBasic },
  { name: "TestDeleteBasic5A", script: deleteBasic },
  { name: "TestJoinLeaveBasic5A", script: joinLeaveBasic },
  { name: "TestManyJoinLeaveReliable5A", script: (bench) => manyJoinLeave(bench, true) },
  { name: "TestManyJoinLeaveUnreliable5A", script: (bench) => manyJoinLeave(bench, false) },
  { name: "TestShutdown5A", script: shutDown },
  { name: "TestProgressShutdown5A", script: progressShutDown },
  { name: "TestProgressJoin5A", script: progressJoin },
  { name: "TestOneConcurrentClerkReliable5A", script: (bench) => concurrent(bench, 1, true) },
  { name: "TestManyConcurrentClerkReliable5A", script: (bench) => concurrent(bench, 10, true) },
  { name: "TestOneConcurrentClerkUnreliable5A", script: (bench) => concurrent(bench, 1, false) },
  { name: "TestManyConcurrentClerkUnreliable5A", script: (bench) => concurrent(bench, 10, false) },
];

/** One group has everything. */
export function* firstGroup(bench: Bench, isReliable = true, stateBytesMax: number | null = null): Script<ShardedBed> {
  const bed = new ShardedBed(bench, { groups: [FIRST], isReliable, stateBytesMax });
  yield* bed.join(FIRST);
  yield* bed.settled();
  return bed;
}

function* initQuery(bench: Bench): Script<void> {
  const bed = new ShardedBed(bench, { groups: [FIRST], isReliable: true, stateBytesMax: null });
  yield* bed.join(FIRST);
  const configuration = yield* bed.newAdministrator("another").query();
  demand(configuration.number === 1, () => `the first configuration is number ${String(configuration.number)}`);
  demand(ownerOf(configuration, 0) === FIRST, () => "shard 0 does not belong to the first group");
}

function* staticOneGroup(bench: Bench): Script<void> {
  const bed = yield* firstGroup(bench);
  const contents = yield* VersionedContents.put(bed);
  const { leader } = bed.group(FIRST);
  demand(leader !== null, () => "nobody leads the group");
  bed.group(FIRST).crash(leader);
  yield* contents.check();
  bed.demandLinearizable();
}

function* joinBasic(bench: Bench): Script<void> {
  const bed = yield* firstGroup(bench);
  const contents = yield* VersionedContents.put(bed);
  const before = yield* bed.administrator.query();
  yield* joinAll(bed, ["2"]);
  const after = yield* bed.administrator.query();
  demand(after.number === before.number + 1, () => `a join made ${String(after.number)} of ${String(before.number)}`);
  demand(Object.hasOwn(after.groups, "2"), () => "who joined is no member");
  yield* contents.check();
  yield* contents.demandSharded(FIRST, "2");
  bed.demandLinearizable();
}

const STATE_BYTES_MAX = 10_000;
const OPERATIONS = 300;

/** Reads went through the labs' log, and so brought about snapshots; here writes do, of a key of each group. */
function* deleteBasic(bench: Bench): Script<void> {
  const bed = yield* firstGroup(bench, true, STATE_BYTES_MAX);
  const contents = yield* VersionedContents.put(bed, 1_000);
  const before = bed.group(FIRST).snapshotBytes;
  demand(before > 0, () => "nobody took a snapshot");
  yield* joinAll(bed, ["2"]);
  const configuration = yield* bed.administrator.query();
  const keys = [FIRST, "2"].map((group) =>
    Array.from({ length: KEYS }, (_, i) => `of ${String(i)}`).find((key) => ownerOf(configuration, shardOf(utf8(key))) === group),
  );
  for (let i = 0; i < OPERATIONS; i++) for (const key of keys) yield* contents.clerk.put(key ?? "", String(i));
  const together: Threshold = { name: "snapshots of both groups", unit: "bytes", limit: before + STATE_BYTES_MAX, bound: "atMost" };
  bench.figures.measure(together, bed.group(FIRST).snapshotBytes + bed.group("2").snapshotBytes);
  yield* contents.check();
}

function* joinLeaveBasic(bench: Bench): Script<void> {
  const bed = yield* firstGroup(bench);
  const contents = yield* VersionedContents.put(bed);
  yield* joinAll(bed, ["2"]);
  yield* contents.check();
  yield* leaveAll(bed, [FIRST]);
  // From the second alone.
  yield* contents.check();
  bed.start(FIRST);
  yield* bed.join(FIRST);
  yield* bed.settled();
  yield* contents.check();
  yield* contents.demandSharded(FIRST, "2");
  bed.demandLinearizable();
}

function* manyJoinLeave(bench: Bench, isReliable: boolean): Script<void> {
  const bed = yield* firstGroup(bench, isReliable);
  const contents = yield* VersionedContents.put(bed);
  yield* joinAll(bed, further(GROUPS));
  yield* contents.check();
  yield* leaveAll(bed, further(GROUPS));
  yield* contents.check();
  bed.demandLinearizable();
}

function* shutDown(bench: Bench): Script<void> {
  const bed = yield* firstGroup(bench);
  const contents = yield* VersionedContents.put(bed);
  yield* joinAll(bed, further(2));
  const all = [FIRST, ...further(2)];
  bed.shutDown(...all);
  bed.start(...all);
  yield* contents.check();
  bed.demandLinearizable();
}

const ALL_READ: Threshold = { name: "reads at the live groups", unit: "ms", limit: 2_000, bound: "atMost" };

/** Of the first two groups nothing can be had; of the others everything, and soon. */
function* progressShutDown(bench: Bench): Script<void> {
  const bed = yield* firstGroup(bench);
  const contents = yield* VersionedContents.put(bed);
  yield* joinAll(bed, further(4));
  const configuration = yield* bed.administrator.query();
  const down = ["2", "3"];
  bed.shutDown(...down);
  const alive = contents.keys.filter((key) => !down.includes(ownerOf(configuration, shardOf(utf8(key))) ?? ""));
  demand(alive.length > 0, () => "no key is at a group that lives");
  const beganMs = bench.time.nowMs;
  yield* contents.check(alive);
  bench.figures.measure(ALL_READ, bench.time.nowMs - beganMs);
}

const READ_MS = 4_000;
const READS_MIN = 100;
const CHANGES_END: Threshold = { name: "ended after", unit: "ms", limit: 8_000, bound: "atMost" };

/** Shards that stay are read all the time, at groups that give and take others. */
function* progressJoin(bench: Bench): Script<void> {
  const bed = yield* firstGroup(bench);
  const contents = yield* VersionedContents.put(bed);
  yield* joinAll(bed, further(4));
  const before = yield* bed.administrator.query();
  bed.addGroup("9");
  yield* bed.join("9");
  yield* bed.settled();
  const after = yield* bed.administrator.query();
  yield* bed.leave("9");
  yield* bed.settled();
  const staying = contents.keys.filter((key) => ownerOf(before, shardOf(utf8(key))) === ownerOf(after, shardOf(utf8(key))));
  demand(staying.length > 0, () => "no key stays where it is");

  const beganMs = bench.time.nowMs;
  let reads = 0;
  const reader = new Task(
    (function* () {
      for (; bench.time.nowMs - beganMs < READ_MS; reads++) yield* contents.checkOne(bench.random.pick(staying));
    })(),
    bench.time,
  );
  let changes = 0;
  while (!reader.isOver) {
    if (changes++ % 2 === 0) yield* bed.join("9");
    else yield* bed.leave("9");
    yield* bed.settled();
  }
  yield* resultOf(reader);
  bench.figures.measure(CHANGES_END, bench.time.nowMs - beganMs);
  demand(changes >= 2, () => "nothing moved while it was read");
  demand(reads >= READS_MIN, () => `only ${String(reads)} reads in ${String(READ_MS)} ms`);
  bed.demandLinearizable();
}

const CLIENTS_MS = 20_000;

function* concurrent(bench: Bench, clients: number, isReliable: boolean): Script<void> {
  const bed = yield* firstGroup(bench, isReliable);
  const contents = yield* VersionedContents.put(bed);
  const beganMs = bench.time.nowMs;
  const working = new VersionedClients(bed, clients, contents.keys);
  yield* joinAll(bed, further(GROUPS));
  yield* leaveAll(bed, further(GROUPS));
  yield* sleep(Math.max(0, CLIENTS_MS - (bench.time.nowMs - beganMs)));
  yield* working.stop();
  bed.demandLinearizable();
}
