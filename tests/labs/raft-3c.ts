// Raft, part C: crashes, loss and reordering.
import { agree, agreeOnFresh, appliedBy, oneLeader } from "./agreement.ts";
import { churn } from "./churn.ts";
import { ELECTION_MS } from "./lab.ts";
import type { Bench, Lab } from "./lab.ts";
import { RaftCluster } from "./raft-cluster.ts";
import { resultOf, sleep, Task } from "./script.ts";
import type { Script } from "./script.ts";

export const RAFT_3C: readonly Lab[] = [
  { name: "TestPersist13C", script: persistBasic },
  { name: "TestPersist23C", script: persistMore },
  { name: "TestPersist33C", script: persistPartitioned },
  { name: "TestFigure83C", script: figure8 },
  { name: "TestUnreliableAgree3C", script: unreliableAgree },
  { name: "TestFigure8Unreliable3C", script: figure8Unreliable },
  { name: "TestReliableChurn3C", script: (bench) => churn(bench, true) },
  { name: "TestUnreliableChurn3C", script: (bench) => churn(bench, false) },
];

const newCluster = (bench: Bench, size: number, isReliable: boolean): RaftCluster =>
  new RaftCluster(bench, { size, isReliable, takesSnapshots: false });

function* persistBasic(bench: Bench): Script<void> {
  const cluster = newCluster(bench, 3, true);
  yield* agree(cluster, { command: "11", members: 3, retry: true });
  cluster.crash(...cluster.places);
  cluster.restart(...cluster.places);
  yield* agree(cluster, { command: "12", members: 3, retry: true });
  const first = yield* oneLeader(cluster);
  cluster.crash(first);
  cluster.restart(first);
  yield* agree(cluster, { command: "13", members: 3, retry: true });
  const second = yield* oneLeader(cluster);
  cluster.crash(second);
  yield* agree(cluster, { command: "14", members: 2, retry: true });
  cluster.restart(second);
  yield* appliedBy(cluster, { index: 4, members: 3, term: null });
  const third = cluster.after(yield* oneLeader(cluster), 1);
  cluster.crash(third);
  yield* agree(cluster, { command: "15", members: 2, retry: true });
  cluster.restart(third);
  yield* agree(cluster, { command: "16", members: 3, retry: true });
}

function* persistMore(bench: Bench): Script<void> {
  const cluster = newCluster(bench, 5, true);
  for (let round = 0; round < 5; round++) {
    yield* agreeOnFresh(cluster, 5);
    const leader = yield* oneLeader(cluster);
    const [a, b, c, d] = [1, 2, 3, 4].map((steps) => cluster.after(leader, steps)) as [number, number, number, number];
    cluster.crash(a, b);
    yield* agreeOnFresh(cluster, 3);
    cluster.crash(leader, c, d);
    cluster.restart(a, b);
    yield* sleep(ELECTION_MS);
    cluster.restart(c);
    yield* agreeOnFresh(cluster, 3);
    cluster.restart(d, leader);
  }
  yield* agreeOnFresh(cluster, 5);
}

function* persistPartitioned(bench: Bench): Script<void> {
  const cluster = newCluster(bench, 3, true);
  yield* agree(cluster, { command: "101", members: 3, retry: true });
  const leader = yield* oneLeader(cluster);
  const [other, stale] = [cluster.after(leader, 1), cluster.after(leader, 2)];
  cluster.disconnect(stale);
  yield* agree(cluster, { command: "102", members: 2, retry: true });
  cluster.crash(leader, other);
  cluster.connect(stale);
  cluster.restart(leader);
  yield* agree(cluster, { command: "103", members: 2, retry: true });
  cluster.restart(other);
  yield* agree(cluster, { command: "104", members: 3, retry: true });
}

const FIGURE_8_ROUNDS = 1_000;
const QUORUM_OF_FIVE = 3;

/** Leaders get a command and crash, mostly before it can commit; new ones find what the old ones left behind (Raft, Figure 8). */
function* figure8(bench: Bench): Script<void> {
  const cluster = newCluster(bench, 5, true);
  const { random, places } = cluster;
  yield* agreeOnFresh(cluster, 1);
  for (let round = 0; round < FIGURE_8_ROUNDS; round++) {
    const leader = places.filter((place) => cluster.start(place, cluster.freshCommand()) !== null).at(-1);
    yield* mostlyShortSleep(cluster);
    if (leader !== undefined) cluster.crash(leader);
    const another = random.pick(places);
    const up = places.filter((place) => cluster.isUp(place)).length;
    if (up < QUORUM_OF_FIVE && !cluster.isUp(another)) cluster.restart(another);
  }
  for (const place of places) if (!cluster.isUp(place)) cluster.restart(place);
  yield* agreeOnFresh(cluster, 5);
}

const REORDERING_FROM_ROUND = 200;

function* figure8Unreliable(bench: Bench): Script<void> {
  const cluster = newCluster(bench, 5, false);
  const { random, places } = cluster;
  yield* agreeOnFresh(cluster, 1);
  for (let round = 0; round < FIGURE_8_ROUNDS; round++) {
    if (round === REORDERING_FROM_ROUND) cluster.network.reordersReplies = true;
    const accepting = places.filter((place) => cluster.start(place, cluster.freshCommand()) !== null);
    const leader = accepting.filter((place) => cluster.isConnected(place)).at(-1);
    yield* mostlyShortSleep(cluster);
    if (leader !== undefined && random.chance(0.5)) cluster.disconnect(leader);
    const another = random.pick(places);
    const connected = places.filter((place) => cluster.isConnected(place)).length;
    if (connected < QUORUM_OF_FIVE && !cluster.isConnected(another)) cluster.connect(another);
  }
  cluster.connect(...places);
  yield* agreeOnFresh(cluster, 5);
}

function* mostlyShortSleep({ random }: RaftCluster): Script<void> {
  yield* sleep(random.chance(0.1) ? random.between(0, ELECTION_MS / 2 - 1) : random.between(0, 12));
}

function* unreliableAgree(bench: Bench): Script<void> {
  const cluster = newCluster(bench, 5, false);
  const parallel: Task<number>[] = [];
  for (let round = 1; round < 50; round++) {
    for (let i = 0; i < 4; i++) parallel.push(new Task(agreeOnFresh(cluster, 1), bench.time));
    yield* agreeOnFresh(cluster, 1);
  }
  cluster.network.isReliable = true;
  for (const task of parallel) yield* resultOf(task);
  yield* agreeOnFresh(cluster, 5);
}
