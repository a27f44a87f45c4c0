import { asMember } from "../../../../core/base/ids.ts";
import { TestCluster } from "../cluster.ts";

test("it stands when it has heard nothing for its timeout, and not before", () => {
  const cluster = new TestCluster({ size: 3 });
  for (let i = 0; i < 11; i++) cluster.tick("n1");
  expect(cluster.raft("n1").status().role).toBe("follower");
  for (let i = 0; i < 12; i++) cluster.tick("n1");
  expect(cluster.raft("n1").status().role).not.toBe("follower");
});

test("heartbeats keep it from standing", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.tickAll(200);
  expect([...cluster.members.values()].map(({ raft }) => raft.status().term)).toEqual([1, 1, 1]);
});

test("a learner never stands", () => {
  const cluster = new TestCluster({ size: 3, spare: 1 });
  for (let i = 0; i < 200; i++) cluster.tick("n4");
  expect(cluster.raft("n4").status()).toMatchObject({ role: "follower", term: 0 });
});

test("F38: a learner that hears from its leader no more says so, once: nobody else would see it", () => {
  const cluster = new TestCluster({ size: 3, spare: 1 });
  cluster.elect("n1");
  cluster.raft("n1").changeMembership({ kind: "addLearner", member: asMember("n4"), place: { ordinal: 3, address: "n4:1" } });
  cluster.work("n1");
  cluster.deliverAll();
  expect(cluster.raft("n4").status().leader).toBe("n1");
  const seen: unknown[] = [];
  cluster.watch = (_member, { observations }): void => void seen.push(...observations);
  for (let i = 0; i < 200; i++) cluster.tick("n4");
  expect(seen).toEqual([{ kind: "roleChanged", role: "follower", term: 1, leader: null }]);
});

test("granting a vote restarts its clock, refusing one does not", () => {
  const cluster = new TestCluster({ size: 3 });
  const ask = (last: number): void => {
    const id = { index: last as never, term: last as never };
    cluster.raft("n1").receive({ kind: "vote", from: asMember("n2"), to: asMember("n1"), term: 1 as never, last: id, transfer: false });
    cluster.work("n1");
  };
  for (let i = 0; i < 11; i++) cluster.tick("n1");
  ask(0);
  expect(cluster.network.at(-1)).toMatchObject({ granted: true });
  for (let i = 0; i < 11; i++) cluster.tick("n1");
  expect(cluster.raft("n1").status().role).toBe("follower");
});
