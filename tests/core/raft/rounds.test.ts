import { asMember } from "../../../core/base/ids.ts";
import { TestCluster } from "./cluster.ts";

const elected = (size: number, spare = 0): TestCluster => {
  const cluster = new TestCluster({ size, spare });
  cluster.elect("n1");
  cluster.tickAll(1);
  return cluster;
};

function read(cluster: TestCluster, context: number): void {
  cluster.raft("n1").read(context);
  cluster.work("n1");
}

const asked = (cluster: TestCluster): readonly string[] => cluster.network.filter(({ kind }) => kind === "append").map(({ to }) => to);
const confirmed = (cluster: TestCluster): readonly number[] => cluster.at("n1").reads.map(({ context }) => context);

test.each([
  [3, 1],
  [4, 2],
  [5, 2],
  [7, 3],
])("a read of a group of %i asks %i others, and their answers confirm it", (size, others) => {
  const cluster = elected(size);
  read(cluster, 1);
  expect(asked(cluster)).toHaveLength(others);
  cluster.deliverAll();
  expect(confirmed(cluster)).toEqual([1]);
});

test("a heartbeat asks everybody, and confirms the reads of its turn", () => {
  const cluster = elected(5);
  for (let i = 0; i < 10 && asked(cluster).length === 0; i++) cluster.tick("n1");
  expect(new Set(asked(cluster)).size).toBe(4);
  cluster.deliverAll();
  cluster.raft("n1").read(1);
  for (let i = 0; i < 10 && asked(cluster).length < 4; i++) cluster.tick("n1");
  expect(new Set(asked(cluster)).size).toBe(4);
});

test("when those who were asked are silent, everybody is asked with the next tick, and the next read asks who answered", () => {
  const cluster = elected(3);
  read(cluster, 1);
  const [silent = ""] = asked(cluster);
  const other = silent === "n2" ? "n3" : "n2";
  cluster.drop();
  cluster.tick("n1");
  expect(asked(cluster)).toContain(other);
  cluster.deliverAll(({ to, from }) => to !== silent && from !== silent);
  expect(confirmed(cluster)).toEqual([1]);
  cluster.drop();
  read(cluster, 2);
  expect(asked(cluster)).toEqual([other]);
  cluster.deliverAll();
  expect(confirmed(cluster)).toEqual([1, 2]);
});

test("who answers a heartbeat first is asked by the reads behind it", () => {
  for (const near of ["n3", "n2"]) {
    const cluster = elected(3);
    for (let i = 0; i < 10 && asked(cluster).length === 0; i++) cluster.tick("n1");
    cluster.deliver();
    cluster.deliver(({ from }) => from === near);
    cluster.deliverAll();
    read(cluster, 1);
    expect(asked(cluster)).toEqual([near]);
  }
});

test("nothing more is asked with a tick when the answers have come", () => {
  const cluster = elected(3);
  read(cluster, 1);
  cluster.deliverAll();
  cluster.tick("n1");
  expect(asked(cluster)).toEqual([]);
});

test("while two memberships count, those of both are asked", () => {
  const cluster = elected(3, 1);
  const n4 = asMember("n4");
  cluster.raft("n1").changeMembership({ kind: "addLearner", member: n4, place: { ordinal: 2, address: "n4" } });
  cluster.work("n1");
  cluster.deliverAll();
  cluster.raft("n1").changeMembership({ kind: "promote", member: n4 });
  cluster.work("n1");
  cluster.drop();
  expect(cluster.raft("n1").status().membership.outgoing).toHaveLength(3);
  read(cluster, 1);
  const { voters, outgoing } = cluster.raft("n1").status().membership;
  const heard = new Set(["n1", ...asked(cluster)]);
  for (const half of [voters, outgoing]) expect(half.filter((member) => heard.has(member)).length).toBeGreaterThan(half.length / 2);
  cluster.deliverAll();
  expect(confirmed(cluster)).toEqual([1]);
});

test("whoever takes part only since can confirm, too", () => {
  const cluster = elected(3, 1);
  cluster.raft("n1").changeMembership({ kind: "addLearner", member: asMember("n4"), place: { ordinal: 2, address: "n4" } });
  cluster.work("n1");
  cluster.tickAll(20);
  expect(cluster.raft("n1").status().membership.voters).toHaveLength(3);
  read(cluster, 1);
  cluster.deliverAll();
  expect(confirmed(cluster)).toEqual([1]);
});
