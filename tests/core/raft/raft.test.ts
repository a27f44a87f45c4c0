import { asMember } from "../../../core/base/ids.ts";
import { TestCluster } from "./cluster.ts";

test("a member that stands is elected, and its first entry stays hidden from services", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  const status = cluster.raft("n1").status();
  expect(status).toMatchObject({ role: "leader", term: 1, commitIndex: 1, termStarted: true });
  const result = cluster.propose("n1", "a");
  expect(result).toMatchObject({ kind: "proposed", id: { index: 2, term: 1 }, serviceIndex: 1 });
});

test("a proposal reaches every member, in order", () => {
  const cluster = new TestCluster({ size: 5 });
  cluster.elect("n3");
  for (const text of ["a", "b", "c"]) cluster.propose("n3", text);
  cluster.deliverAll();
  for (const name of cluster.members.keys()) expect(cluster.texts(name)).toEqual(["a", "b", "c"]);
});

test("alone in its group, a member commits what its disk holds, and not before", () => {
  const cluster = new TestCluster({ size: 1 });
  cluster.elect("n1");
  cluster.at("n1").diskPaused = true;
  cluster.propose("n1", "a");
  expect(cluster.texts("n1")).toEqual([]);
  cluster.resumeDisk("n1");
  expect(cluster.texts("n1")).toEqual(["a"]);
});

test("a leader that hears from nobody gives up, and a new one takes its uncommitted entries back", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.propose("n1", "lost");
  cluster.network.length = 0;
  for (let i = 0; i < 24; i++) cluster.tick("n1");
  cluster.network.length = 0;
  expect(cluster.raft("n1").status().role).toBe("follower");
  for (let i = 0; i < 12; i++) cluster.tick("n3"); // it has heard from n1 until now, and would not help to depose it
  cluster.network.length = 0;
  cluster.elect("n2");
  cluster.propose("n2", "kept");
  cluster.deliverAll();
  for (const name of ["n1", "n2", "n3"]) expect(cluster.texts(name)).toEqual(["kept"]);
});

test("reads of one turn share one round, and wait until the term has started", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.raft("n1").read(1);
  cluster.raft("n1").read(2);
  cluster.work("n1");
  expect(cluster.network).toHaveLength(1); // one more is a majority
  expect(cluster.at("n1").reads).toEqual([]);
  cluster.deliverAll();
  expect(cluster.at("n1").reads).toEqual([1, 2].map((context) => ({ kind: "confirmed", context, index: 1 })));
});

test("a follower reads through its leader", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.raft("n2").read(7);
  cluster.work("n2");
  cluster.deliverAll();
  expect(cluster.at("n2").reads).toEqual([{ kind: "confirmed", context: 7, index: 1 }]);
});

test("leadership goes to the member that was asked for", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  expect(cluster.raft("n1").transferLeadership({ to: asMember("n3"), reason: "asked" })).toEqual({ kind: "started", to: "n3" });
  cluster.work("n1");
  cluster.deliverAll();
  expect(cluster.raft("n3").status()).toMatchObject({ role: "leader", term: 2 });
});

test("a learner catches up, is promoted through a joint phase, and its place's old member is out", () => {
  const cluster = new TestCluster({ size: 3, spare: 1 });
  cluster.elect("n1");
  const member = asMember("n4");
  cluster.raft("n1").changeMembership({ kind: "addLearner", member, place: { ordinal: 2, address: "n4" } });
  cluster.work("n1");
  cluster.deliverAll();
  expect(cluster.raft("n1").changeMembership({ kind: "promote", member })).toMatchObject({ kind: "proposed" });
  cluster.work("n1");
  cluster.deliverAll();
  expect(cluster.raft("n1").status().membership).toMatchObject({ voters: ["n1", "n2", "n4"], outgoing: [], learners: [], removed: ["n3"] });
  expect(cluster.raft("n4").status().membership.voters).toEqual(["n1", "n2", "n4"]);
});
