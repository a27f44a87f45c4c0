import { TestCluster } from "./cluster.ts";

test("a leader and a follower each say what they know", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.propose("n1", "a");
  cluster.deliverAll();
  expect(cluster.raft("n1").status()).toMatchObject({
    role: "leader",
    leader: "n1",
    isLearner: false,
    commitIndex: 2,
    durableIndex: 2,
    lastIndex: 2,
    transferringTo: null,
    followers: [{ member: "n2", state: "replicate", matchIndex: 2, nextIndex: 3 }, { member: "n3" }],
  });
  expect(cluster.raft("n2").status()).toMatchObject({ role: "follower", leader: "n1", termStarted: false, followers: [] });
});

test("the size of the log is that of the entries behind the base", () => {
  const cluster = new TestCluster({ size: 1, limits: { trailingEntries: 0 } });
  cluster.elect("n1");
  cluster.propose("n1", "x".repeat(100));
  expect(cluster.raft("n1").status().logBytes).toBeGreaterThan(100);
  cluster.snapshot("n1");
  expect(cluster.raft("n1").status()).toMatchObject({ logBytes: 0, baseIndex: 2, snapshotIndex: 2 });
});
