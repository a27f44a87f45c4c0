import { asMember } from "../../../core/base/ids.ts";
import { TestCluster } from "./cluster.ts";

function transfer(cluster: TestCluster, to: string | null = null) {
  const result = cluster.raft("n1").transferLeadership({ to: to === null ? null : asMember(to), reason: "asked" });
  cluster.work("n1");
  return result;
}

test("left the choice, the leader takes the voter that has most of its log", () => {
  const cluster = new TestCluster({ size: 5 });
  cluster.elect("n1");
  cluster.propose("n1", "a");
  cluster.deliverAll(({ to, kind }) => kind !== "append" || to === "n4");
  cluster.drop();
  expect(transfer(cluster)).toEqual({ kind: "started", to: "n4" });
});

test("to itself, to strangers, to learners and twice at once it is refused", () => {
  const cluster = new TestCluster({ size: 3, spare: 1 });
  cluster.elect("n1");
  cluster.raft("n1").changeMembership({ kind: "addLearner", member: asMember("n4"), place: { ordinal: 9, address: "n4" } });
  cluster.work("n1");
  cluster.deliverAll();
  for (const to of ["n1", "n9", "n4"]) expect(transfer(cluster, to).kind).toBe("refused");
  expect(cluster.propose("n1", "still takes proposals").kind).toBe("proposed");
  expect(transfer(cluster, "n2").kind).toBe("started");
  expect(transfer(cluster, "n3").kind).toBe("refused");
});

test("the successor is asked only when it has everything", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.propose("n1", "a");
  cluster.drop(({ to }) => to === "n3");
  transfer(cluster, "n3");
  expect(cluster.network.some(({ kind }) => kind === "campaignNow")).toBe(false);
  for (let i = 0; i < 4; i++) cluster.tick("n1");
  cluster.deliverAll();
  expect(cluster.raft("n3").status()).toMatchObject({ role: "leader", term: 2 });
  expect(cluster.texts("n3")).toEqual(["a"]);
});

test("one that has restarted is not asked before it has shown that it has all of that still", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.propose("n1", "a");
  cluster.deliverAll();
  cluster.raft("n1").peerRestarted(asMember("n2"));
  cluster.work("n1");
  expect(transfer(cluster)).toEqual({ kind: "started", to: "n3" });
  const other = new TestCluster({ size: 3 });
  other.elect("n1");
  other.propose("n1", "a");
  other.deliverAll();
  other.raft("n1").peerRestarted(asMember("n3"));
  transfer(other, "n3");
  expect(other.network.map(({ kind }) => kind)).not.toContain("campaignNow");
  other.deliverAll();
  expect(other.raft("n3").status()).toMatchObject({ role: "leader", term: 2 });
});

test("where no other is there, one that has restarted is waited for", () => {
  const cluster = new TestCluster({ size: 2 });
  cluster.elect("n1");
  cluster.propose("n1", "a");
  cluster.deliverAll();
  cluster.raft("n1").peerRestarted(asMember("n2"));
  expect(transfer(cluster)).toEqual({ kind: "started", to: "n2" });
  cluster.deliverAll();
  expect(cluster.raft("n2").status()).toMatchObject({ role: "leader", term: 2 });
});

test("after an election timeout without success everything is as before", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  transfer(cluster, "n3");
  expect(cluster.propose("n1", "a")).toEqual({ kind: "refused", reason: "transferring" });
  for (let i = 0; i < 12; i++) {
    cluster.tick("n1");
    cluster.drop(({ kind }) => kind === "campaignNow");
    cluster.deliverAll();
  }
  expect(cluster.raft("n1").status()).toMatchObject({ role: "leader", term: 1, transferringTo: null });
  expect(cluster.propose("n1", "a").kind).toBe("proposed");
});

test("a request to stand that comes from nobody's leader is ignored", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.raft("n2").receive({ kind: "campaignNow", from: asMember("n3"), to: asMember("n2"), term: 1 as never });
  expect(cluster.raft("n2").status()).toMatchObject({ role: "follower", term: 1 });
});
