import { asMember } from "../../../core/base/ids.ts";
import { TestCluster } from "./cluster.ts";

const commitOf = (cluster: TestCluster, name: string): number => cluster.raft(name).status().commitIndex;

/** n1 leads, and its own disk has yet to write what n2 has acknowledged; n3 has heard nothing of it. */
function acknowledgedByN2Alone(): TestCluster {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.at("n1").diskPaused = true;
  cluster.propose("n1", "a");
  cluster.deliver((message) => message.to === "n2");
  cluster.deliver((message) => message.from === "n2");
  return cluster;
}

test("a leader commits with a majority of disks, its own among them only once it is written", () => {
  const cluster = acknowledgedByN2Alone();
  expect(commitOf(cluster, "n1")).toBe(1);
  cluster.resumeDisk("n1");
  expect(commitOf(cluster, "n1")).toBe(2);
});

test("one that has restarted counts for nothing before it has shown what it still has", () => {
  const cluster = acknowledgedByN2Alone();
  cluster.drop();
  cluster.wipe("n2");
  cluster.raft("n1").peerRestarted(asMember("n2"));
  cluster.resumeDisk("n1");
  expect(commitOf(cluster, "n1")).toBe(1);
  cluster.tickAll(8);
  expect(commitOf(cluster, "n1")).toBe(2);
  expect(cluster.texts("n3")).toEqual(["a"]);
});

test("the others' disks are enough, but the leader applies only what its own holds", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.at("n1").diskPaused = true;
  cluster.propose("n1", "a");
  cluster.deliverAll();
  expect(commitOf(cluster, "n1")).toBe(2);
  expect(cluster.texts("n1")).toEqual([]);
  cluster.resumeDisk("n1");
  expect(cluster.texts("n1")).toEqual(["a"]);
});

test("a follower commits no further than its log is known to be the leader's", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.propose("n1", "lost");
  cluster.drop();
  cluster.crash("n1");
  for (let i = 0; i < 12; i++) for (const name of ["n2", "n3"]) cluster.tick(name);
  cluster.drop();
  cluster.campaign("n2");
  cluster.deliverAll((message) => message.to !== "n1");
  cluster.drop();
  expect(commitOf(cluster, "n2")).toBe(2);
  // n1 holds another entry at 2. A heartbeat that says "2 is committed" and checks only index 1 must not commit that.
  const { term } = cluster.raft("n2").status();
  const previous = { index: 1 as never, term: 1 as never };
  cluster
    .raft("n1")
    .receive({ kind: "append", from: asMember("n2"), to: asMember("n1"), term, previous, entries: [], commitIndex: 2 as never, round: 1 });
  cluster.work("n1");
  expect(cluster.texts("n1")).toEqual([]);
  expect(commitOf(cluster, "n1")).toBe(1);
});
