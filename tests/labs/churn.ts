// Clients that never stop submitting while members are disconnected, crash, and come back. Whatever a client saw
// committed must be in everybody's log at the end.
import { agreeOnFresh, appliedBy, committedAt } from "./agreement.ts";
import { ELECTION_MS } from "./lab.ts";
import type { Bench } from "./lab.ts";
import { RaftCluster } from "./raft-cluster.ts";
import { demand, resultOf, sleep, Task } from "./script.ts";
import type { Script } from "./script.ts";

const CLIENTS = 3;
const ROUNDS = 20;
/** How long a client waits for its command, before it looks again and before it gives up on it. */
const PATIENCE_MS = [10, 20, 50, 100, 200];
/** At an index that is long taken, a stale leader's, one sees at once that the command is lost; but not in no time. */
const LOST_MS = 1;

type Clients = { areStopped: boolean };

export function* churn(bench: Bench, isReliable: boolean): Script<void> {
  const cluster = new RaftCluster(bench, { size: 5, isReliable, takesSnapshots: false });
  const clients: Clients = { areStopped: false };
  const tasks = Array.from({ length: CLIENTS }, (_, me) => new Task(submitForever(cluster, clients, me), bench.time));
  for (let round = 0; round < ROUNDS; round++) {
    disturb(cluster);
    yield* sleep(ELECTION_MS * 0.7);
  }
  yield* sleep(ELECTION_MS);
  cluster.network.isReliable = true;
  for (const place of cluster.places) bringBack(cluster, place);
  clients.areStopped = true;
  const seen: string[] = [];
  for (const task of tasks) seen.push(...(yield* resultOf(task)));
  demand(seen.length > 0, () => "no client ever saw a command committed");
  yield* sleep(ELECTION_MS);
  const kept = yield* wholeLog(cluster, yield* agreeOnFresh(cluster, cluster.size));
  for (const command of seen) demand(kept.has(command), () => `${command} was seen committed and is gone`);
}

function disturb(cluster: RaftCluster): void {
  const { random, places } = cluster;
  if (random.chance(0.2)) cluster.disconnect(random.pick(places));
  if (random.chance(0.5)) bringBack(cluster, random.pick(places));
  if (!random.chance(0.2)) return;
  const victim = random.pick(places);
  if (cluster.isUp(victim)) cluster.crash(victim);
}

function bringBack(cluster: RaftCluster, place: number): void {
  if (!cluster.isUp(place)) cluster.restart(place);
  cluster.connect(place);
}

/** The commands that this client saw committed. */
function* submitForever(cluster: RaftCluster, clients: Clients, me: number): Script<string[]> {
  const seen: string[] = [];
  while (!clients.areStopped) {
    const command = cluster.freshCommand();
    // Everybody is tried: one of them may lead, and more than one may believe so.
    const index = cluster.places.map((place) => cluster.start(place, command)?.index).findLast((started) => started !== undefined);
    if (index === undefined) yield* sleep(79 + me * 17);
    else if (yield* isSeenCommitted(cluster, index, command)) seen.push(command);
    else yield* sleep(LOST_MS);
  }
  return seen;
}

function* isSeenCommitted(cluster: RaftCluster, index: number, command: string): Script<boolean> {
  for (const pauseMs of PATIENCE_MS) {
    const committed = committedAt(cluster, index);
    if (committed.count > 0) return committed.command === command;
    yield* sleep(pauseMs);
  }
  return false;
}

function* wholeLog(cluster: RaftCluster, lastIndex: number): Script<ReadonlySet<string>> {
  const kept = new Set<string>();
  for (let index = 1; index <= lastIndex; index++) {
    const command = yield* appliedBy(cluster, { index, members: cluster.size, term: null });
    if (command !== null) kept.add(command);
  }
  return kept;
}
