import { asMember, asTerm } from "../../../../core/base/ids.ts";
import { LOG_ORIGIN } from "../../../../core/raft/entry.ts";
import type { Persist } from "../../../../core/raft/ready.ts";
import { TestCluster } from "../cluster.ts";

function candidate(): TestCluster {
  const cluster = new TestCluster({ size: 5 });
  cluster.campaign("n1");
  cluster.deliver(({ kind }) => kind === "preVote");
  cluster.deliver(({ kind }) => kind === "preVoteReply");
  return cluster;
}

const vote = (cluster: TestCluster, from: string, granted: boolean): void => {
  cluster.raft("n1").receive({ kind: "voteReply", from: asMember(from), to: asMember("n1"), term: 1 as never, granted });
};

test("a vote counts once, however often it arrives", () => {
  const cluster = candidate();
  for (let i = 0; i < 5; i++) vote(cluster, "n2", true);
  expect(cluster.raft("n1").status().role).toBe("candidate");
  vote(cluster, "n3", true);
  expect(cluster.raft("n1").status().role).toBe("leader");
});

test("its own vote counts when it is durable", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.at("n1").diskPaused = true;
  cluster.campaign("n1");
  cluster.deliver();
  cluster.deliver();
  vote(cluster, "n2", true);
  expect(cluster.raft("n1").status().role).toBe("candidate");
  cluster.resumeDisk("n1");
  expect(cluster.raft("n1").status().role).toBe("leader");
});

test("the end of an earlier write does not make its own vote durable", () => {
  const cluster = new TestCluster({ size: 1, spare: 1 });
  const [n1, n2] = [asMember("n1"), asMember("n2")];
  cluster.at("n1").diskPaused = true;
  cluster.raft("n1").receive({ kind: "vote", from: n2, to: n1, term: asTerm(1), last: LOG_ORIGIN, transfer: false });
  cluster.work("n1");
  const [earlier] = cluster.at("n1").waitingWrites;
  cluster.campaign("n1");
  cluster.raft("n1").tick();
  expect(cluster.raft("n1").status()).toMatchObject({ role: "candidate", term: 2 });
  cluster.raft("n1").persisted((earlier as Persist).batch);
  expect(cluster.raft("n1").status().role).toBe("candidate");
  cluster.work("n1");
  cluster.resumeDisk("n1");
  expect(cluster.raft("n1").status().role).toBe("leader");
});

test("refused by a majority it stops", () => {
  const cluster = candidate();
  for (const name of ["n2", "n3", "n4"]) vote(cluster, name, false);
  expect(cluster.raft("n1").status()).toMatchObject({ role: "follower", term: 1 });
});

test("it gives way to a leader of its term", () => {
  const cluster = candidate();
  const origin = { index: 0 as never, term: 0 as never };
  cluster.raft("n1").receive({
    kind: "append",
    from: asMember("n5"),
    to: asMember("n1"),
    term: 1 as never,
    previous: origin,
    entries: [],
    commitIndex: 0 as never,
    round: 1,
  });
  expect(cluster.raft("n1").status()).toMatchObject({ role: "follower", leader: "n5" });
});

test("a pre-candidate counts only answers about the term that would begin", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.campaign("n1");
  cluster.raft("n1").receive({ kind: "preVoteReply", from: asMember("n2"), to: asMember("n1"), term: 7 as never, granted: true });
  expect(cluster.raft("n1").status()).toMatchObject({ role: "preCandidate", term: 0 });
});

test("when nothing is decided in time it asks again whether it could win", () => {
  const cluster = candidate();
  for (let i = 0; i < 24; i++) cluster.tick("n1");
  expect(cluster.raft("n1").status()).toMatchObject({ role: "preCandidate", term: 1 });
});

test("a vote that comes when it has begun to ask again still counts: nobody else can have won that term", () => {
  const cluster = candidate();
  vote(cluster, "n2", true);
  for (let i = 0; i < 48; i++) cluster.tick("n1");
  expect(cluster.raft("n1").status()).toMatchObject({ role: "preCandidate", term: 1 });
  vote(cluster, "n4", false);
  vote(cluster, "n3", true);
  expect(cluster.raft("n1").status()).toMatchObject({ role: "leader", term: 1 });
});

test("a late vote of a term that is over does not count", () => {
  const cluster = candidate();
  vote(cluster, "n2", true);
  for (let i = 0; i < 24; i++) cluster.tick("n1");
  cluster.raft("n1").receive({ kind: "voteReply", from: asMember("n5"), to: asMember("n1"), term: 2 as never, granted: false });
  vote(cluster, "n3", true);
  expect(cluster.raft("n1").status()).toMatchObject({ role: "follower", term: 2 });
});

test("two that stand at the same time don't split the votes of a term", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.campaign("n2");
  cluster.campaign("n3");
  const deliver = (): void => {
    cluster.drop(({ to }) => to === "n1");
    cluster.deliver(); // what is sent while these arrive crosses them
  };
  for (let i = 0; i < 10; i++) deliver();
  expect(cluster.raft("n2").status()).toMatchObject({ role: "leader", term: 1 });
  expect(cluster.raft("n3").status()).toMatchObject({ role: "follower", term: 1, leader: "n2" });
});
