// Raft, part A: elections. The network is reliable here.
import { agreedTerm, demandNoLeader, oneLeader } from "./agreement.ts";
import { ELECTION_MS } from "./lab.ts";
import type { Bench, Lab } from "./lab.ts";
import { RaftCluster } from "./raft-cluster.ts";
import { demand, sleep } from "./script.ts";
import type { Script } from "./script.ts";

export const RAFT_3A: readonly Lab[] = [
  { name: "TestInitialElection3A", script: initialElection },
  { name: "TestReElection3A", script: reElection },
  { name: "TestManyElections3A", script: manyElections },
];

const newCluster = (bench: Bench, size: number): RaftCluster => new RaftCluster(bench, { size, isReliable: true, takesSnapshots: false });

function* initialElection(bench: Bench): Script<void> {
  const cluster = newCluster(bench, 3);
  yield* oneLeader(cluster);
  yield* sleep(50);
  const before = agreedTerm(cluster);
  demand(before >= 1, () => `the term is ${String(before)}`);
  yield* sleep(2 * ELECTION_MS);
  const after = agreedTerm(cluster);
  // The original only prints a warning.
  demand(after === before, () => `the term changed from ${String(before)} to ${String(after)} without a failure`);
  yield* oneLeader(cluster);
}

function* reElection(bench: Bench): Script<void> {
  const cluster = newCluster(bench, 3);
  const first = yield* oneLeader(cluster);
  cluster.disconnect(first);
  yield* oneLeader(cluster);
  cluster.connect(first);
  const second = yield* oneLeader(cluster);
  const other = cluster.after(second, 1);
  cluster.disconnect(second, other);
  yield* sleep(2 * ELECTION_MS);
  demandNoLeader(cluster);
  cluster.connect(other);
  yield* oneLeader(cluster);
  cluster.connect(second);
  yield* oneLeader(cluster);
}

function* manyElections(bench: Bench): Script<void> {
  const cluster = newCluster(bench, 7);
  yield* oneLeader(cluster);
  for (let round = 0; round < 9; round++) {
    // The same one may be picked twice. Either the leader is still there, or the four that are left elect a new one.
    const gone = [1, 2, 3].map(() => cluster.random.pick(cluster.places));
    cluster.disconnect(...gone);
    yield* oneLeader(cluster);
    cluster.connect(...gone);
  }
  yield* oneLeader(cluster);
}
