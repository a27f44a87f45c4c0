import { asIndex, asMember } from "../../../core/base/ids.ts";
import { DEFAULT_TIMING } from "../../../core/raft/inputs.ts";
import { TestCluster } from "./cluster.ts";

const n2 = asMember("n2");
const matchOf = (cluster: TestCluster): number | undefined =>
  cluster
    .raft("n1")
    .status()
    .followers.find(({ member }) => member === n2)?.matchIndex;

function claim(cluster: TestCluster, matchIndex: number): void {
  const { term, self } = cluster.raft("n1").status();
  cluster
    .raft("n1")
    .receive({ kind: "appendReply", from: n2, to: self, term, round: 1, result: { kind: "accepted", matchIndex: asIndex(matchIndex) } });
}

test("nobody has what was never sent: such a claim changes nothing", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  claim(cluster, 1_000);
  expect(matchOf(cluster)).toBe(1);
  expect(cluster.raft("n1").status().commitIndex).toBe(1);
});

test("an answer of a stranger is nobody's", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  const { term, self, followers } = cluster.raft("n1").status();
  cluster.raft("n1").receive({
    kind: "appendReply",
    from: asMember("stranger"),
    to: self,
    term,
    round: 99,
    result: { kind: "accepted", matchIndex: asIndex(1) },
  });
  expect(cluster.raft("n1").status().followers).toEqual(followers);
});

test("who joins is followed, who leaves is not", () => {
  const cluster = new TestCluster({ size: 3, spare: 1 });
  cluster.elect("n1");
  const names = (): string[] =>
    cluster
      .raft("n1")
      .status()
      .followers.map(({ member }) => member);
  cluster.raft("n1").changeMembership({ kind: "addLearner", member: asMember("n4"), place: { ordinal: 3, address: "n4" } });
  cluster.work("n1");
  cluster.deliverAll();
  expect(names()).toEqual(["n2", "n3", "n4"]);
  cluster.raft("n1").changeMembership({ kind: "removeMember", member: n2 });
  cluster.work("n1");
  expect(names()).toEqual(["n3", "n4", "n2"].sort()); // until the joint phase ends it still counts
  cluster.deliverAll();
  expect(names()).toEqual(["n3", "n4"]);
});

test("what a member acknowledged before a restart it must still have", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.propose("n1", "a");
  cluster.deliverAll();
  cluster.raft("n1").peerRestarted(n2);
  cluster.wipe("n2");
  cluster.propose("n1", "b");
  cluster.deliverAll();
  expect(cluster.at("n1").observations).toContainEqual({ kind: "memberWiped", member: "n2", acknowledged: 2, claimed: 0 });
});

test("a restart that kept the disk is no loss", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.propose("n1", "a");
  cluster.deliverAll();
  cluster.raft("n1").peerRestarted(n2);
  cluster.crash("n2");
  cluster.propose("n1", "b");
  cluster.deliverAll();
  expect(cluster.at("n1").observations.filter(({ kind }) => kind === "memberWiped")).toEqual([]);
  expect(cluster.texts("n2")).toEqual(["a", "b"]);
});

test("whoever has restarted is sent once more what was on its way to its old life, without waiting for a heartbeat", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.propose("n1", "a");
  cluster.drop(({ to }) => to === "n2");
  cluster.crash("n2");
  cluster.deliverAll();
  expect(cluster.texts("n2")).toEqual([]);
  cluster.raft("n1").peerRestarted(n2);
  cluster.work("n1");
  cluster.deliverAll();
  expect(cluster.texts("n2")).toEqual(["a"]);
});

test("whoever was away when its leader was elected is asked where its log ends, and is sent nothing that it has", () => {
  const cluster = new TestCluster({ size: 3, limits: { trailingEntries: 0 } });
  cluster.elect("n1");
  for (const text of ["a", "b", "c"]) cluster.propose("n1", text);
  cluster.tickAll(8);
  cluster.snapshot("n1");
  cluster.end("n3");
  cluster.crash("n1");
  for (let i = 0; i < DEFAULT_TIMING.electionTicks; i++) cluster.tick("n2");
  cluster.drop();
  cluster.elect("n1");
  cluster.drop();
  cluster.start("n3");
  cluster.raft("n1").peerRestarted(asMember("n3"));
  cluster.work("n1");
  const sent = cluster.network.filter(({ to }) => to === "n3");
  expect(sent.map(({ kind }) => kind)).toEqual(["append"]);
  expect(sent.flatMap((message) => (message.kind === "append" ? message.entries : [])).length).toBeLessThan(2);
  cluster.deliverAll();
  expect(cluster.texts("n3")).toEqual(["a", "b", "c"]);
});
