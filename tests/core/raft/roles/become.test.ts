import { TestCluster } from "../cluster.ts";

test("a pre-candidate has changed nothing; a candidate has begun a term and voted for itself", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.campaign("n1");
  expect(cluster.raft("n1").status()).toMatchObject({ role: "preCandidate", term: 0, leader: null });
  cluster.deliver();
  cluster.deliver();
  expect(cluster.raft("n1").status()).toMatchObject({ role: "candidate", term: 1 });
  expect(cluster.at("n1").disk.hardState).toEqual({ term: 1, vote: "n1" });
});

test("a leader begins with an entry of its term that services don't see", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  expect(cluster.at("n1").applied.map(({ kind, serviceIndex }) => [kind, serviceIndex])).toEqual([["termStart", 0]]);
});

test("who stops leading lets go of what it had for others: reads, a hand-over, a snapshot under way", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.raft("n1").read(1);
  cluster.raft("n1").transferLeadership({ to: null, reason: "asked" });
  cluster.work("n1");
  cluster.drop(({ kind }) => kind !== "campaignNow");
  cluster.deliverAll();
  expect(cluster.at("n1").reads).toEqual([{ kind: "dropped", context: 1 }]);
  expect(cluster.raft("n1").status()).toMatchObject({ role: "follower", transferringTo: null, followers: [] });
});
