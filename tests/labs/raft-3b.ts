// Raft, part B: the log. The network is reliable; members are cut off from it and come back.
import { agree, agreeOnFresh, appliedBy, committedAt, demandNotCommitted, oneLeader } from "./agreement.ts";
import type { Threshold } from "./figures.ts";
import { ELECTION_MS } from "./lab.ts";
import type { Bench, Lab } from "./lab.ts";
import { RaftCluster } from "./raft-cluster.ts";
import type { Started } from "./raft-cluster.ts";
import { demand, LabFailure, resultOf, sleep, Task } from "./script.ts";
import type { Script } from "./script.ts";
import { rpcCount } from "./rpc-count.ts";

export const RAFT_3B: readonly Lab[] = [
  { name: "TestBasicAgree3B", script: basicAgree },
  { name: "TestRPCBytes3B", script: rpcBytes },
  { name: "TestFollowerFailure3B", script: followerFailure },
  { name: "TestLeaderFailure3B", script: leaderFailure },
  { name: "TestFailAgree3B", script: failAgree },
  { name: "TestFailNoAgree3B", script: failNoAgree },
  { name: "TestConcurrentStarts3B", script: concurrentStarts },
  { name: "TestRejoin3B", script: rejoin },
  { name: "TestBackup3B", script: backup },
  { name: "TestCount3B", script: rpcCount },
];

const newCluster = (bench: Bench, size: number): RaftCluster => new RaftCluster(bench, { size, isReliable: true, takesSnapshots: false });

function* basicAgree(bench: Bench): Script<void> {
  const cluster = newCluster(bench, 3);
  for (let index = 1; index <= 3; index++) {
    demand(committedAt(cluster, index).count === 0, () => `something is committed at ${String(index)} before it was submitted`);
    const got = yield* agree(cluster, { command: String(index * 100), members: 3, retry: false });
    demand(got === index, () => `got index ${String(got)}, expected ${String(index)}`);
  }
}

export const COMMAND_BYTES = 5_000;
export const BIG_COMMANDS = 10;
const SLACK_BYTES = 50_000;
export const TRAFFIC: Threshold = {
  name: "traffic",
  unit: "bytes",
  limit: 3 * COMMAND_BYTES * BIG_COMMANDS + SLACK_BYTES,
  bound: "atMost",
};

function* rpcBytes(bench: Bench): Script<void> {
  const cluster = newCluster(bench, 3);
  yield* agree(cluster, { command: "99", members: 3, retry: false });
  const before = cluster.network.bytes;
  for (let index = 2; index < BIG_COMMANDS + 2; index++) {
    const command = String(index % 10).repeat(COMMAND_BYTES);
    const got = yield* agree(cluster, { command, members: 3, retry: false });
    demand(got === index, () => `got index ${String(got)}, expected ${String(index)}`);
  }
  bench.figures.measure(TRAFFIC, cluster.network.bytes - before);
}

function* followerFailure(bench: Bench): Script<void> {
  const cluster = newCluster(bench, 3);
  yield* agree(cluster, { command: "101", members: 3, retry: false });
  const first = yield* oneLeader(cluster);
  cluster.disconnect(cluster.after(first, 1));
  yield* agree(cluster, { command: "102", members: 2, retry: false });
  yield* sleep(ELECTION_MS);
  yield* agree(cluster, { command: "103", members: 2, retry: false });
  const leader = yield* oneLeader(cluster);
  cluster.disconnect(cluster.after(leader, 1), cluster.after(leader, 2));
  const { index } = accepted(cluster, leader, "104");
  demand(index === 4, () => `expected index 4, got ${String(index)}`);
  yield* sleep(2 * ELECTION_MS);
  demandNotCommitted(cluster, index);
}

function* leaderFailure(bench: Bench): Script<void> {
  const cluster = newCluster(bench, 3);
  yield* agree(cluster, { command: "101", members: 3, retry: false });
  const first = yield* oneLeader(cluster);
  cluster.disconnect(first);
  yield* agree(cluster, { command: "102", members: 2, retry: false });
  yield* sleep(ELECTION_MS);
  yield* agree(cluster, { command: "103", members: 2, retry: false });
  const second = yield* oneLeader(cluster);
  cluster.disconnect(second);
  const started = cluster.places.map((place) => cluster.start(place, "104"));
  demand(started[second]?.index === 4, () => "the second leader does not take a command at index 4");
  yield* sleep(2 * ELECTION_MS);
  demandNotCommitted(cluster, 4);
}

function* failAgree(bench: Bench): Script<void> {
  const cluster = newCluster(bench, 3);
  yield* agree(cluster, { command: "101", members: 3, retry: false });
  const leader = yield* oneLeader(cluster);
  const follower = cluster.after(leader, 1);
  cluster.disconnect(follower);
  yield* agree(cluster, { command: "102", members: 2, retry: false });
  yield* agree(cluster, { command: "103", members: 2, retry: false });
  yield* sleep(ELECTION_MS);
  yield* agree(cluster, { command: "104", members: 2, retry: false });
  yield* agree(cluster, { command: "105", members: 2, retry: false });
  cluster.connect(follower);
  yield* agree(cluster, { command: "106", members: 3, retry: true });
  yield* sleep(ELECTION_MS);
  yield* agree(cluster, { command: "107", members: 3, retry: true });
}

function* failNoAgree(bench: Bench): Script<void> {
  const cluster = newCluster(bench, 5);
  yield* agree(cluster, { command: "10", members: 5, retry: false });
  const leader = yield* oneLeader(cluster);
  const gone = [1, 2, 3].map((steps) => cluster.after(leader, steps));
  cluster.disconnect(...gone);
  const { index } = accepted(cluster, leader, "20");
  demand(index === 2, () => `expected index 2, got ${String(index)}`);
  yield* sleep(2 * ELECTION_MS);
  demandNotCommitted(cluster, index);
  cluster.connect(...gone);
  // The majority may have chosen a leader of its own that never heard of index 2.
  const next = yield* oneLeader(cluster);
  const { index: nextIndex } = accepted(cluster, next, "30");
  demand(nextIndex === 2 || nextIndex === 3, () => `unexpected index ${String(nextIndex)}`);
  yield* agree(cluster, { command: "1000", members: 5, retry: true });
}

const CONCURRENT_ATTEMPTS = 5;
const SETTLE_MS = 3_000;

function* concurrentStarts(bench: Bench): Script<void> {
  const cluster = newCluster(bench, 3);
  for (let attempt = 0; attempt < CONCURRENT_ATTEMPTS; attempt++) {
    if (attempt > 0) yield* sleep(SETTLE_MS);
    if (yield* startsInOneTerm(cluster)) return;
  }
  throw new LabFailure("the term changed too often");
}

/** False: the term changed meanwhile, which says nothing about this. */
function* startsInOneTerm(cluster: RaftCluster): Script<boolean> {
  const leader = yield* oneLeader(cluster);
  const first = cluster.start(leader, "1");
  if (first === null) return false;
  const commands = [0, 1, 2, 3, 4].map((i) => String(100 + i));
  const tasks = commands.map((command) => new Task(startSoon(cluster, leader, command), cluster.bench.time));
  const started: Started[] = [];
  for (const task of tasks) {
    const result = yield* resultOf(task);
    if (result !== null && result.term === first.term) started.push(result);
  }
  if (cluster.places.some((place) => cluster.status(place)?.term !== first.term)) return false;
  const committed: string[] = [];
  for (const { index } of started) {
    const command = yield* appliedBy(cluster, { index, members: cluster.size, term: first.term });
    if (command === null) return false;
    committed.push(command);
  }
  for (const command of commands) demand(committed.includes(command), () => `${command} is missing in ${committed.join(", ")}`);
  return true;
}

/** At a moment of its own, so that it may share a turn of the leader with others or not. */
function* startSoon(cluster: RaftCluster, leader: number, command: string): Script<Started | null> {
  yield* sleep(cluster.random.fraction() / 10);
  return cluster.start(leader, command);
}

function* rejoin(bench: Bench): Script<void> {
  const cluster = newCluster(bench, 3);
  yield* agree(cluster, { command: "101", members: 3, retry: true });
  const first = yield* oneLeader(cluster);
  cluster.disconnect(first);
  for (const command of ["102", "103", "104"]) accepted(cluster, first, command);
  yield* agree(cluster, { command: "103", members: 2, retry: true });
  const second = yield* oneLeader(cluster);
  cluster.disconnect(second);
  cluster.connect(first);
  yield* agree(cluster, { command: "104", members: 2, retry: true });
  cluster.connect(second);
  yield* agree(cluster, { command: "105", members: 3, retry: true });
}

const BACKUP_COMMANDS = 50;

function* backup(bench: Bench): Script<void> {
  const cluster = newCluster(bench, 5);
  yield* agreeOnFresh(cluster, 5);
  const first = yield* oneLeader(cluster);
  const [a, b, c, d, e] = [0, 1, 2, 3, 4].map((steps) => cluster.after(first, steps)) as [number, number, number, number, number];
  cluster.disconnect(c, d, e);
  submitInVain(cluster, first);
  yield* sleep(ELECTION_MS / 2);
  cluster.disconnect(a, b);
  cluster.connect(c, d, e);
  for (let i = 0; i < BACKUP_COMMANDS; i++) yield* agreeOnFresh(cluster, 3);
  const second = yield* oneLeader(cluster);
  const other = second === c ? cluster.after(second, 1) : c;
  cluster.disconnect(other);
  submitInVain(cluster, second);
  yield* sleep(ELECTION_MS / 2);
  cluster.disconnect(...cluster.places);
  cluster.connect(a, b, other);
  for (let i = 0; i < BACKUP_COMMANDS; i++) yield* agreeOnFresh(cluster, 3);
  cluster.connect(...cluster.places);
  yield* agreeOnFresh(cluster, 5);
}

function submitInVain(cluster: RaftCluster, leader: number): void {
  for (let i = 0; i < BACKUP_COMMANDS; i++) accepted(cluster, leader, cluster.freshCommand());
}

/** A leader takes what it is given, whether it can commit it or not. */
function accepted(cluster: RaftCluster, leader: number, command: string): Started {
  const started = cluster.start(leader, command);
  demand(started !== null, () => `leader n${String(leader)} does not take ${command}`);
  return started;
}
