// The sharded store of 2025 and 2026, parts B and C: administrators that are stuck at groups that are down, are cut off, and come
// back; several of them at once. What they began is in the controllers' log, so whoever is there ends it.
import type { Configuration } from "../../../core/shards/configuration.ts";
import type { Threshold } from "../figures.ts";
import type { Bench, Lab } from "../lab.ts";
import { demand, resultOf, sleep, Task } from "../script.ts";
import type { Script } from "../script.ts";
import type { Flag } from "../kv/generic.ts";
import type { Administrator } from "./administrator.ts";
import { FIRST } from "./changing.ts";
import type { ShardedBed } from "./sharded-bed.ts";
import { firstGroup } from "./shardkv1-5a.ts";
import { VersionedClients } from "./versioned-clients.ts";
import { VersionedContents } from "./versioned-contents.ts";

export const SHARDKV1_5BC: readonly Lab[] = [
  { name: "TestJoinLeave5B", script: joinLeave },
  { name: "TestRecoverCtrler5B", script: (bench) => recovery(bench, { rounds: 5, isReliable: true, reconnects: false }) },
  { name: "TestConcurrentReliable5C", script: (bench) => concurrentAdministrators(bench, true) },
  { name: "TestAcquireLockConcurrentUnreliable5C", script: (bench) => concurrentAdministrators(bench, false) },
  { name: "TestPartitionControllerJoin5C", script: partitionJoin },
  { name: "TestPartitionRecoveryReliableNoClerk5C", script: (bench) => recovery(bench, { rounds: 5, isReliable: true, reconnects: true }) },
  {
    name: "TestPartitionRecoveryUnreliableNoClerk5C",
    script: (bench) => recovery(bench, { rounds: 3, isReliable: false, reconnects: true }),
  },
  { name: "TestPartitionRecoveryReliableClerks5C", script: (bench) => recoveryWithClerks(bench, true) },
  { name: "TestPartitionRecoveryUnreliableClerks5C", script: (bench) => recoveryWithClerks(bench, false) },
];

const STUCK_MS = 2_000;
const ENDED: Threshold = { name: "change over after the restart", unit: "ms", limit: 2_000, bound: "atMost" };

function* joinLeave(bench: Bench): Script<void> {
  const bed = yield* firstGroup(bench);
  const contents = yield* VersionedContents.put(bed);
  bed.addGroup("2");
  const before = yield* bed.administrator.query();
  yield* whileDown(bed, FIRST, change(bed, bed.administrator, { join: "2" }));
  const joined = yield* bed.administrator.query();
  demand(joined.number === before.number + 1, () => `a join made ${String(joined.number)} of ${String(before.number)}`);
  yield* contents.check();
  yield* whileDown(bed, "2", change(bed, bed.administrator, { leave: FIRST }));
  yield* contents.check();
  bed.demandLinearizable();
}

/** A change that needs the group can't be over while it is down, and is soon when it is back. */
function* whileDown(bed: ShardedBed, group: string, changing: Script<void>): Script<void> {
  const { time, figures } = bed.bench;
  bed.shutDown(group);
  const task = new Task(changing, time);
  yield* sleep(STUCK_MS);
  demand(!task.isOver, () => `a change is over although group ${group} is down`);
  bed.start(group);
  const restartedMs = time.nowMs;
  yield* resultOf(task);
  figures.measure(ENDED, time.nowMs - restartedMs);
}

type Change = { readonly join: string } | { readonly leave: string };

function* change(bed: ShardedBed, administrator: Administrator, asked: Change): Script<void> {
  if ("join" in asked) yield* administrator.join(bed.membersOf(asked.join));
  else yield* administrator.leave(asked.leave);
  yield* bed.servedAsSeenBy(administrator);
}

const AT_ONCE = 4;
const AT_ONCE_MS = 2_000;

function* concurrentAdministrators(bench: Bench, isReliable: boolean): Script<void> {
  const bed = yield* firstGroup(bench, isReliable);
  const contents = yield* VersionedContents.put(bed);
  const untilMs = bench.time.nowMs + AT_ONCE_MS;
  const tasks = Array.from({ length: AT_ONCE }, (_, me) => {
    const group = bed.addGroup(String(me + 2)).id;
    return new Task(
      (function* () {
        let count = 0;
        for (; bench.time.nowMs < untilMs; count++) {
          const administrator = bed.newAdministrator(`administrator ${String(me)}.${String(count)}`);
          yield* change(bed, administrator, { join: group });
          yield* change(bed, administrator, { leave: group });
        }
        return count;
      })(),
      bench.time,
    );
  });
  for (const task of tasks) demand((yield* resultOf(task)) > 0, () => "some administrator changed nothing");
  yield* bed.settled();
  yield* contents.check();
  bed.demandLinearizable();
}

/** An administrator that can be cut off from everybody. */
type Remote = { readonly administrator: Administrator; isCutOff: boolean };

function newRemote(bed: ShardedBed, name: string): Remote {
  const state = { isCutOff: false };
  const administrator = bed.newAdministrator(name, () => state.isCutOff);
  return Object.assign(state, { administrator });
}

function* partitionJoin(bench: Bench): Script<void> {
  const bed = yield* firstGroup(bench);
  const contents = yield* VersionedContents.put(bed);
  bed.addGroup("2");
  const old = newRemote(bed, "the one that is cut off");
  bed.shutDown(FIRST);
  const joining = new Task(change(bed, old.administrator, { join: "2" }), bench.time);
  yield* sleep(1_000);
  demand(!joining.isOver, () => "a join is over although the group that has everything is down");
  old.isCutOff = true;
  bed.start(FIRST);
  const recovered = yield* recover(bed);
  demand(Object.hasOwn(recovered.groups, "2"), () => "what the old administrator began was not ended");
  old.isCutOff = false;
  yield* resultOf(joining);
  yield* demandUnchanged(bed, recovered);
  yield* contents.check();
  bed.demandLinearizable();
}

/** Another administrator finds everything in order, without doing anything: the groups have ended what was begun. */
function* recover(bed: ShardedBed): Script<Configuration> {
  const administrator = bed.newAdministrator(`recovering at ${String(bed.bench.time.nowMs)}`);
  yield* bed.servedAsSeenBy(administrator);
  return yield* administrator.query();
}

function* demandUnchanged(bed: ShardedBed, before: Configuration): Script<void> {
  const { number } = yield* bed.administrator.query();
  demand(number === before.number, () => `an old administrator made configuration ${String(number)} of ${String(before.number)}`);
}

type Recovery = { readonly rounds: number; readonly isReliable: boolean; readonly reconnects: boolean };

function* recovery(bench: Bench, { rounds, isReliable, reconnects }: Recovery): Script<void> {
  const bed = yield* firstGroup(bench, isReliable);
  const contents = yield* VersionedContents.put(bed);
  for (let round = 0; round < rounds; round++) {
    yield* partitionAdministrator(bed, round, reconnects);
    yield* contents.check();
  }
  bed.demandLinearizable();
}

const RECOVERY_CLIENTS = 5;
const RECOVERY_MS = 60_000;

function* recoveryWithClerks(bench: Bench, isReliable: boolean): Script<void> {
  const bed = yield* firstGroup(bench, isReliable);
  const contents = yield* VersionedContents.put(bed);
  const working = new VersionedClients(bed, RECOVERY_CLIENTS, ["contended"]);
  const beganMs = bench.time.nowMs;
  for (let round = 0; bench.time.nowMs - beganMs < RECOVERY_MS; round++) yield* partitionAdministrator(bed, round, true);
  yield* working.stop();
  yield* contents.check();
  bed.demandLinearizable();
}

const LOOP_MS = { min: 1_000, max: 1_400 };
const RECONNECTED_MS = 100;

type Loop = { doing: Change | null };

/** One that lets groups come and go is stuck, is cut off, and comes back when another has taken over. */
function* partitionAdministrator(bed: ShardedBed, round: number, reconnects: boolean): Script<void> {
  const before = yield* bed.administrator.query();
  const old = newRemote(bed, `old administrator ${String(round)}`);
  const stopped: Flag = { isSet: false };
  const loop: Loop = { doing: null };
  const changing = new Task(changeForever(bed, { old, round, stopped, loop }), bed.bench.time);
  yield* sleep(bed.bench.random.between(LOOP_MS.min, LOOP_MS.max));
  bed.shutDown(FIRST);
  yield* sleep(1_000);
  // It goes on until it is told to stop, unless something was wrong.
  if (changing.isOver) yield* resultOf(changing);
  old.isCutOff = true;
  stopped.isSet = true;
  if (reconnects) yield* sleep(1_000);
  bed.start(FIRST);
  const recovered = yield* recover(bed);
  demand(recovered.number > before.number, () => "nothing was changed at all");
  const { doing } = loop;
  demand(doing !== null, () => "the old administrator did nothing");
  if ("join" in doing) demand(Object.hasOwn(recovered.groups, doing.join), () => `group ${doing.join} was joining, and is no member`);
  else demand(!Object.hasOwn(recovered.groups, doing.leave), () => `group ${doing.leave} was leaving, and is a member`);
  if (reconnects) {
    old.isCutOff = false;
    yield* sleep(RECONNECTED_MS);
    yield* resultOf(changing);
    yield* demandUnchanged(bed, recovered);
  }
  if ("join" in doing) yield* change(bed, bed.administrator, { leave: doing.join });
  yield* bed.settled();
  for (const { id } of bed.groups) if (id !== FIRST && bed.group(id).places.some((place) => bed.group(id).isUp(place))) bed.shutDown(id);
}

type Looping = { readonly old: Remote; readonly round: number; readonly stopped: Flag; readonly loop: Loop };

function* changeForever(bed: ShardedBed, { old, round, stopped, loop }: Looping): Script<void> {
  for (let count = 0; !stopped.isSet; count++) {
    const group = `${String(round)}.${String(count)}`;
    bed.addGroup(group);
    for (const doing of [{ join: group }, { leave: group }]) {
      if (stopped.isSet) return;
      loop.doing = doing;
      yield* change(bed, old.administrator, doing);
    }
  }
}
