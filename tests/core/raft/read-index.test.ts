import { asIndex, asMember } from "../../../core/base/ids.ts";
import { TestCluster } from "./cluster.ts";

function read(cluster: TestCluster, name: string, context: number): void {
  cluster.raft(name).read(context);
  cluster.work(name);
}

test("a read is confirmed by a majority that was asked after it came", () => {
  const cluster = new TestCluster({ size: 5 });
  cluster.elect("n1");
  read(cluster, "n1", 1);
  cluster.deliver(({ to }) => to === "n2");
  cluster.deliver(({ from }) => from === "n2");
  expect(cluster.at("n1").reads).toEqual([]);
  read(cluster, "n1", 2);
  cluster.deliver(({ to, kind }) => to === "n3" && kind === "append"); // both rounds, in order
  cluster.deliver(({ from }) => from === "n3");
  expect(cluster.at("n1").reads).toEqual([{ kind: "confirmed", context: 1, index: 1 }]);
  cluster.deliverAll();
  expect(cluster.at("n1").reads).toHaveLength(2);
});

test("one that has lost what it acknowledged confirms nothing: it may have forgotten another leader as well", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.propose("n1", "a");
  cluster.deliverAll();
  cluster.wipe("n2");
  cluster.raft("n1").peerRestarted(asMember("n2"));
  read(cluster, "n1", 1);
  cluster.deliver(({ to }) => to === "n2");
  cluster.deliver(({ from }) => from === "n2");
  expect(cluster.at("n1").observations).toContainEqual(expect.objectContaining({ kind: "memberWiped" }));
  expect(cluster.at("n1").reads).toEqual([]);
});

test("the index is that of the read's arrival or later, never earlier", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.propose("n1", "a");
  cluster.deliverAll();
  read(cluster, "n2", 1);
  cluster.deliverAll();
  expect(cluster.at("n2").reads).toEqual([{ kind: "confirmed", context: 1, index: 2 }]);
});

test("whoever leads no longer drops its reads; whoever knows no leader drops at once", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  read(cluster, "n1", 1);
  cluster.drop();
  for (let i = 0; i < 24; i++) cluster.tick("n1");
  expect(cluster.at("n1").reads).toEqual([{ kind: "dropped", context: 1 }]);
  read(cluster, "n1", 2);
  expect(cluster.at("n1").reads.at(-1)).toEqual({ kind: "dropped", context: 2 });
});

test("the number of waiting reads is bounded, also for those that a follower forwards", () => {
  const cluster = new TestCluster({ size: 3, limits: { pendingReadsMax: 1 } });
  cluster.elect("n1");
  cluster.raft("n1").read(1);
  cluster.raft("n1").read(2);
  cluster.work("n1");
  expect(cluster.at("n1").reads).toEqual([{ kind: "dropped", context: 2 }]);
  read(cluster, "n2", 3);
  cluster.deliver(({ kind }) => kind === "readIndex");
  cluster.deliver(({ kind }) => kind === "readIndexReply");
  expect(cluster.at("n2").reads).toEqual([{ kind: "dropped", context: 3 }]);
});

test("a member that doesn't lead says so to whoever asks it", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  const [n2, n3] = [cluster.at("n2").self, cluster.at("n3").self];
  cluster.raft("n3").receive({ kind: "readIndex", from: n2, to: n3, term: 1 as never, context: 9 });
  cluster.work("n3");
  expect(cluster.network).toMatchObject([{ kind: "readIndexReply", to: "n2", context: 9, index: null }]);
});

test.each(["append", "snapshot"] as const)("an answer to a round that has not begun confirms no read of the future (%s)", (kind) => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  const { term, self: to } = cluster.raft("n1").status();
  const from = cluster.at("n2").self;
  const nonsense = { from, to, term, round: 1_000_000 };
  cluster
    .raft("n1")
    .receive(
      kind === "append"
        ? { ...nonsense, kind: "appendReply", result: { kind: "accepted", matchIndex: asIndex(1) } }
        : { ...nonsense, kind: "snapshotReply", snapshotId: "s", result: { kind: "wanted", offset: 0 } },
    );
  cluster.work("n1");
  read(cluster, "n1", 1);
  expect(cluster.at("n1").reads).toEqual([]);
  cluster.deliverAll();
  expect(cluster.at("n1").reads).toEqual([{ kind: "confirmed", context: 1, index: 1 }]);
});
