import { asIndex, asMember, asTerm } from "../../../core/base/ids.ts";
import { TestCluster } from "./cluster.ts";

const n1 = asMember("n1");
const n2 = asMember("n2");

/** What n1 answers when n2 asks for its vote. */
function answer(
  cluster: TestCluster,
  ask: { readonly kind: "preVote" | "vote"; readonly term: number; readonly last?: readonly [number, number]; readonly transfer?: boolean },
) {
  const [index, term] = ask.last ?? [0, 0];
  const common = { from: n2, to: n1, term: asTerm(ask.term), last: { index: asIndex(index), term: asTerm(term) } };
  cluster
    .raft("n1")
    .receive(ask.kind === "vote" ? { kind: "vote", ...common, transfer: ask.transfer ?? false } : { kind: "preVote", ...common });
  cluster.work("n1");
  return cluster.network.filter(({ to, kind }) => to === n2 && kind === `${ask.kind}Reply`).at(-1);
}

test("a pre-vote is granted without changing anything", () => {
  const cluster = new TestCluster({ size: 3 });
  expect(answer(cluster, { kind: "preVote", term: 1 })).toMatchObject({ granted: true, term: 1 });
  expect(cluster.raft("n1").status().term).toBe(0);
  expect(cluster.at("n1").disk.hardState).toEqual({ term: 0, vote: null });
});

test("a vote is durable before it is heard", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.at("n1").diskPaused = true;
  expect(answer(cluster, { kind: "vote", term: 1 })).toBeUndefined();
  cluster.resumeDisk("n1");
  expect(cluster.network).toMatchObject([{ kind: "voteReply", to: n2, granted: true }]);
  expect(cluster.at("n1").disk.hardState).toEqual({ term: 1, vote: n2 });
});

test("an older log gets neither, however long it is", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.crash("n1");
  for (const kind of ["preVote", "vote"] as const)
    expect(answer(cluster, { kind, term: 9, last: [99, 0] })).toMatchObject({ granted: false });
});

test("who hears from a leader helps nobody, and doesn't even take the term; at the leader's own wish it does", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n3");
  expect(answer(cluster, { kind: "preVote", term: 5, last: [9, 9] })).toMatchObject({ granted: false, term: 1 });
  expect(answer(cluster, { kind: "vote", term: 5, last: [9, 9] })).toBeUndefined();
  expect(cluster.raft("n1").status().term).toBe(1);
  expect(answer(cluster, { kind: "vote", term: 5, last: [9, 9], transfer: true })).toMatchObject({ granted: true, term: 5 });
});

test("after an election timeout of silence it may help again", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n3");
  for (let i = 0; i < 12; i++) cluster.tick("n1");
  expect(answer(cluster, { kind: "preVote", term: 5, last: [9, 9] })).toMatchObject({ granted: true });
});
