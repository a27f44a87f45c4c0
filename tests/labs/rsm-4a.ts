// The replicated state machine: three members on a reliable network, a counter on top of the log.
import type { Outcome } from "../../core/base/outcome.ts";
import type { Reply } from "../../core/replica/effects.ts";
import type { Threshold } from "./figures.ts";
import type { Bench, Lab } from "./lab.ts";
import { RsmCluster, SUBMIT_MS_MAX } from "./rsm-cluster.ts";
import { demand, resultOf, sleep, Task } from "./script.ts";
import type { Script } from "./script.ts";

export const RSM_4A: readonly Lab[] = [
  { name: "TestBasic4A", script: basic },
  { name: "TestConcurrent4A", script: concurrent },
  { name: "TestLeaderFailure4A", script: leaderFailure },
  { name: "TestLeaderPartition4A", script: leaderPartition },
  { name: "TestRestartReplay4A", script: restartReplay },
  { name: "TestShutdown4A", script: shutDown },
  { name: "TestRestartSubmit4A", script: restartSubmit },
  { name: "TestSnapshot4C", script: snapshot },
];

export const SUBMISSIONS = 100;
export const HEAL: Threshold = { name: "answers after the heal", unit: "ms", limit: 1_000, bound: "atMost" };
export const SHUTDOWN: Threshold = { name: "answers after the shutdown", unit: "ms", limit: SUBMIT_MS_MAX + 1_000, bound: "atMost" };

const newCluster = (bench: Bench): RsmCluster => new RsmCluster(bench, { stateBytesMax: null });

function* basic(bench: Bench): Script<void> {
  yield* countTo(newCluster(bench), 10);
}

/** One by one, each seen by all members before the next. */
function* countTo(cluster: RsmCluster, last: number): Script<void> {
  for (let expected = 1; expected <= last; expected++) {
    const value = yield* cluster.increment();
    demand(value === expected, () => `increment ${expected} gave ${value}`);
    yield* cluster.waitForCounter(value, 3);
  }
}

function* concurrent(bench: Bench): Script<void> {
  const cluster = newCluster(bench);
  const tasks = Array.from({ length: 50 }, () => new Task(cluster.increment(), bench.time));
  for (const task of tasks) yield* resultOf(task);
  yield* cluster.waitForCounter(50, 3);
}

function* leaderFailure(bench: Bench): Script<void> {
  const cluster = newCluster(bench);
  yield* cluster.waitForCounter(yield* cluster.increment(), 3);
  const leader = leaderOf(cluster);
  cluster.disconnect(leader);
  const value = yield* cluster.increment();
  yield* cluster.waitForCounter(value, 2);
  cluster.connect(leader);
  yield* cluster.waitForCounter(value, 3);
}

function* leaderPartition(bench: Bench): Script<void> {
  const cluster = newCluster(bench);
  const { time, figures } = bench;
  yield* cluster.waitForCounter(yield* cluster.increment(), 3);
  const leader = leaderOf(cluster);
  const majority = cluster.places.filter((place) => place !== leader);
  cluster.network.partition(majority, [leader]);
  const inVain = Array.from({ length: SUBMISSIONS }, () => new Task(cluster.submit(leader, "decrement"), time));
  yield* sleep(10);
  const value = yield* cluster.increment(majority);
  yield* sleep(1_000);
  demand(
    inVain.some((task) => !task.isOver),
    () => "everything that was submitted in the minority has ended",
  );
  cluster.connect(leader);
  const healedMs = time.nowMs;
  yield* demandNotDone(inVain);
  figures.measure(HEAL, time.nowMs - healedMs);
  yield* cluster.waitForCounter(value, 3);
  demand(cluster.timesApplied("decrement") === 0, () => "a decrement of the minority was executed");
}

function* demandNotDone(tasks: readonly Task<Outcome<Reply>>[]): Script<void> {
  for (const task of tasks) {
    const outcome = yield* resultOf(task);
    demand(outcome.kind !== "done", () => "something that was submitted in the minority was done");
  }
}

function* restartReplay(bench: Bench): Script<void> {
  yield* replay(newCluster(bench));
}

/** Counts to 100, restarts everybody, and goes on counting. */
function* replay(cluster: RsmCluster): Script<void> {
  yield* countTo(cluster, SUBMISSIONS);
  cluster.crash(...cluster.places);
  yield* sleep(1_000);
  cluster.restart(...cluster.places);
  const value = yield* cluster.increment();
  demand(value === SUBMISSIONS + 1, () => `the first increment after the restart gave ${value}`);
  yield* sleep(1_000);
  yield* cluster.waitForCounter(value, 3);
}

function* shutDown(bench: Bench): Script<void> {
  const cluster = newCluster(bench);
  yield* submitAndShutDown(cluster);
  cluster.restart(...cluster.places);
  yield* cluster.increment();
  // Shut down before there was a leader, nothing was waiting in a log. Now everything does, in one that can't commit it.
  const leader = leaderOf(cluster);
  cluster.network.partition(
    cluster.places.filter((place) => place !== leader),
    [leader],
  );
  yield* submitAndShutDown(cluster);
}

/** Whoever waits when the members are told to stop hears in the end that there is nothing more to wait for. */
function* submitAndShutDown(cluster: RsmCluster): Script<void> {
  const { time, figures } = cluster.bench;
  const submission = { command: "nothing", among: cluster.places } as const;
  const tasks = Array.from({ length: SUBMISSIONS }, () => new Task(cluster.tryOne(submission), time));
  yield* sleep(20);
  const stoppedMs = time.nowMs;
  yield* cluster.shutDown();
  for (const task of tasks) yield* resultOf(task);
  figures.measure(SHUTDOWN, time.nowMs - stoppedMs);
}

function* restartSubmit(bench: Bench): Script<void> {
  const cluster = newCluster(bench);
  yield* replay(cluster);
  yield* submitAndShutDown(cluster);
  cluster.restart(...cluster.places);
  yield* cluster.waitForCounter(yield* cluster.increment(), 3);
}

export const STATE_BYTES_MAX = 1_000;
export const LOG_SIZE_OF_RSM: Threshold = { name: "persisted state", unit: "bytes", limit: 2 * STATE_BYTES_MAX, bound: "atMost" };

function* snapshot(bench: Bench): Script<void> {
  const cluster = new RsmCluster(bench, { stateBytesMax: STATE_BYTES_MAX });
  for (let i = 0; i < SUBMISSIONS; i++) {
    yield* cluster.increment();
    bench.figures.measure(LOG_SIZE_OF_RSM, cluster.stateBytes);
  }
  yield* cluster.waitForCounter(SUBMISSIONS, 3);
  demand(cluster.snapshotsTaken >= 3, () => "not everybody has taken a snapshot");
  cluster.crash(...cluster.places);
  cluster.restart(...cluster.places);
  yield* cluster.increment();
  yield* cluster.waitForCounter(SUBMISSIONS + 1, 3);
}

function leaderOf(cluster: RsmCluster): number {
  const { leader } = cluster;
  demand(leader !== null, () => "nobody leads");
  return leader;
}
