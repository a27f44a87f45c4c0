// How many calls it takes to elect a leader, to agree on a few commands, and to do nothing for a second.
import { appliedBy, oneLeader } from "./agreement.ts";
import type { Threshold } from "./figures.ts";
import { ELECTION_MS } from "./lab.ts";
import type { Bench } from "./lab.ts";
import { RaftCluster } from "./raft-cluster.ts";
import { demand, LabFailure, sleep } from "./script.ts";
import type { Script } from "./script.ts";

const ATTEMPTS = 5;
const SETTLE_MS = 3_000;
export const COMMANDS = 10;

export const ELECTION_CALLS: Threshold = { name: "calls for an election", unit: "calls", limit: 30, bound: "atMost" };
export const AGREEMENT_CALLS: Threshold = { name: "calls for 12 commands", unit: "calls", limit: (COMMANDS + 1 + 3) * 3, bound: "atMost" };
export const IDLE_CALLS: Threshold = { name: "calls in an idle second", unit: "calls", limit: 60, bound: "atMost" };

export function* rpcCount(bench: Bench): Script<void> {
  const cluster = new RaftCluster(bench, { size: 3, isReliable: true, takesSnapshots: false });
  const { network } = cluster;
  yield* oneLeader(cluster);
  demand(network.requestsReceived >= 1, () => "a leader was elected without a call");
  bench.figures.measure(ELECTION_CALLS, network.requestsReceived);
  bench.figures.measure(AGREEMENT_CALLS, yield* callsForAgreement(cluster));
  const before = network.requestsReceived;
  yield* sleep(ELECTION_MS);
  bench.figures.measure(IDLE_CALLS, network.requestsReceived - before);
}

function* callsForAgreement(cluster: RaftCluster): Script<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) yield* sleep(SETTLE_MS);
    const leader = yield* oneLeader(cluster);
    const before = cluster.network.requestsReceived;
    if (yield* agreeInOneTerm(cluster, leader)) return cluster.network.requestsReceived - before;
  }
  throw new LabFailure("the term changed too often");
}

/** False: the term changed meanwhile, and then no low number can be expected. */
function* agreeInOneTerm(cluster: RaftCluster, leader: number): Script<boolean> {
  const first = cluster.start(leader, "1");
  if (first === null) return false;
  const commands: string[] = [];
  for (let i = 1; i <= COMMANDS + 1; i++) {
    const command = cluster.freshCommand();
    const started = cluster.start(leader, command);
    if (started?.term !== first.term) return false;
    demand(started.index === first.index + i, () => `got index ${String(started.index)}, expected ${String(first.index + i)}`);
    commands.push(command);
  }
  for (let i = 1; i <= COMMANDS; i++) {
    const command = yield* appliedBy(cluster, { index: first.index + i, members: cluster.size, term: first.term });
    if (command === null) return false;
    demand(command === commands[i - 1], () => `${command} is committed at index ${String(first.index + i)}`);
  }
  return cluster.places.every((place) => cluster.status(place)?.term === first.term);
}
