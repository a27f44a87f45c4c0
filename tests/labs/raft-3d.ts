// Raft, part D: snapshots. The service takes one whenever its next index is a multiple of ten, on every member.
import { agreeOnFresh, oneLeader } from "./agreement.ts";
import type { Threshold } from "./figures.ts";
import type { Bench, Lab } from "./lab.ts";
import { SNAPSHOT_INTERVAL } from "./list-service.ts";
import { RaftCluster } from "./raft-cluster.ts";
import { demand } from "./script.ts";
import type { Script } from "./script.ts";

type Absence = "none" | "disconnected" | "crashed";

export const RAFT_3D: readonly Lab[] = [
  { name: "TestSnapshotBasic3D", script: (bench) => snapshots(bench, { absence: "none", isReliable: true }) },
  { name: "TestSnapshotInstall3D", script: (bench) => snapshots(bench, { absence: "disconnected", isReliable: true }) },
  { name: "TestSnapshotInstallUnreliable3D", script: (bench) => snapshots(bench, { absence: "disconnected", isReliable: false }) },
  { name: "TestSnapshotInstallCrash3D", script: (bench) => snapshots(bench, { absence: "crashed", isReliable: true }) },
  { name: "TestSnapshotInstallUnCrash3D", script: (bench) => snapshots(bench, { absence: "crashed", isReliable: false }) },
  { name: "TestSnapshotAllCrash3D", script: allCrash },
  { name: "TestSnapshotInit3D", script: initialise },
];

const SIZE = 3;
export const ROUNDS = 30;
export const LOG_SIZE: Threshold = { name: "persisted state", unit: "bytes", limit: 2_000, bound: "below" };

const newCluster = (bench: Bench, isReliable: boolean): RaftCluster =>
  new RaftCluster(bench, { size: SIZE, isReliable, takesSnapshots: true });

function* snapshots(bench: Bench, { absence, isReliable }: { readonly absence: Absence; readonly isReliable: boolean }): Script<void> {
  const cluster = newCluster(bench, isReliable);
  yield* agreeOnFresh(cluster, SIZE);
  let leader = yield* oneLeader(cluster);
  for (let round = 0; round < ROUNDS; round++) {
    const next = cluster.after(leader, 1);
    const [victim, sender] = round % 3 === 1 ? [leader, next] : [next, leader];
    const present = absence === "none" ? SIZE : SIZE - 1;
    if (absence === "disconnected") cluster.disconnect(victim);
    if (absence === "crashed") cluster.crash(victim);
    if (absence !== "none") yield* agreeOnFresh(cluster, present);
    for (let i = submissions(cluster); i > 0; i--) cluster.start(sender, cluster.freshCommand());
    yield* agreeOnFresh(cluster, present);
    bench.figures.measure(LOG_SIZE, cluster.stateBytes);
    if (absence === "none") continue;
    if (absence === "disconnected") cluster.connect(victim);
    else cluster.restart(victim);
    yield* agreeOnFresh(cluster, SIZE);
    leader = yield* oneLeader(cluster);
  }
  // Else the lab would not have tried what it is named for.
  if (absence !== "none") demand(cluster.snapshotsInstalled > 0, () => "nobody ever needed a snapshot");
  else demand(cluster.snapshotsInstalled === 0, () => "a member that was never away needed a snapshot");
}

function submissions({ random }: RaftCluster): number {
  return SNAPSHOT_INTERVAL / 2 + random.between(0, SNAPSHOT_INTERVAL - 1);
}

function* allCrash(bench: Bench): Script<void> {
  const cluster = newCluster(bench, false);
  yield* agreeOnFresh(cluster, SIZE);
  for (let round = 0; round < 5; round++) {
    for (let i = submissions(cluster); i > 0; i--) yield* agreeOnFresh(cluster, SIZE);
    const before = yield* agreeOnFresh(cluster, SIZE);
    cluster.crash(...cluster.places);
    cluster.restart(...cluster.places);
    const after = yield* agreeOnFresh(cluster, SIZE);
    demand(after >= before + 1, () => `the index went from ${String(before)} to ${String(after)}`);
  }
}

function* initialise(bench: Bench): Script<void> {
  const cluster = newCluster(bench, false);
  for (let i = 0; i < SNAPSHOT_INTERVAL + 2; i++) yield* agreeOnFresh(cluster, SIZE);
  for (let crash = 0; crash < 2; crash++) {
    cluster.crash(...cluster.places);
    cluster.restart(...cluster.places);
    // Something new is written, which must not cost what was there.
    yield* agreeOnFresh(cluster, SIZE);
  }
}
