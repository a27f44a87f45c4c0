import { asIndex, asMember, asTerm } from "../../../core/base/ids.ts";
import type { Entry } from "../../../core/raft/entry.ts";
import type { Message } from "../../../core/raft/messages.ts";
import { TestCluster } from "./cluster.ts";
import { entry } from "./entries.ts";

const n1 = asMember("n1");
const leader = asMember("n2");

/** n1 gets an append of n2, and answers. */
function append(
  cluster: TestCluster,
  given: {
    readonly term: number;
    readonly previous: readonly [number, number];
    readonly entries: readonly Entry[];
    readonly commit?: number;
    readonly round?: number;
  },
): Message | undefined {
  cluster.drop();
  const previous = { index: asIndex(given.previous[0]), term: asTerm(given.previous[1]) };
  cluster.raft("n1").receive({
    kind: "append",
    from: leader,
    to: n1,
    term: asTerm(given.term),
    previous,
    entries: given.entries,
    commitIndex: asIndex(given.commit ?? 0),
    round: given.round ?? 1,
  });
  cluster.work("n1");
  return cluster.network.at(-1);
}

function withLog(): TestCluster {
  const cluster = new TestCluster({ size: 3 });
  append(cluster, { term: 1, previous: [0, 0], entries: [entry(1, 1, "a"), entry(2, 1, "b"), entry(3, 1, "c")] });
  return cluster;
}

const lastIndexOf = (cluster: TestCluster): number => cluster.raft("n1").status().lastIndex;

test("a shorter append that agrees removes nothing", () => {
  const cluster = withLog();
  append(cluster, { term: 1, previous: [0, 0], entries: [entry(1, 1, "a")] });
  append(cluster, { term: 1, previous: [1, 1], entries: [] });
  expect(lastIndexOf(cluster)).toBe(3);
});

test("the log is cut where an entry differs, and not in front of that", () => {
  const cluster = withLog();
  append(cluster, { term: 2, previous: [1, 1], entries: [entry(2, 1, "b"), entry(3, 2, "d")] });
  append(cluster, { term: 2, previous: [3, 2], entries: [], commit: 3 });
  expect(cluster.texts("n1")).toEqual(["a", "b", "d"]);
});

test("a gap and another term at the same place are conflicts, with a hint", () => {
  const cluster = withLog();
  expect(append(cluster, { term: 2, previous: [9, 2], entries: [] })).toMatchObject({
    result: { kind: "conflict", previousIndex: 9, hint: { index: 3, term: 1 } },
  });
  expect(append(cluster, { term: 2, previous: [3, 2], entries: [] })).toMatchObject({
    result: { kind: "conflict", hint: { index: 2, term: 1 } },
  });
});

test("entries against what is committed here are not believed", () => {
  const cluster = withLog();
  append(cluster, { term: 1, previous: [3, 1], entries: [], commit: 3 });
  expect(append(cluster, { term: 2, previous: [1, 1], entries: [entry(2, 2, "z")], round: 2 })).toBeUndefined();
  expect(cluster.raft("n1").status()).toMatchObject({ lastIndex: 3, commitIndex: 3 });
});

test("a leader that contradicts what is committed is told of, once a term", () => {
  const cluster = withLog();
  const told = (): readonly unknown[] => cluster.at("n1").observations.filter(({ kind }) => kind === "leaderContradicts");
  append(cluster, { term: 1, previous: [3, 1], entries: [], commit: 3 });
  for (const round of [2, 3]) append(cluster, { term: 2, previous: [1, 1], entries: [entry(2, 2, "z")], round });
  expect(told()).toEqual([{ kind: "leaderContradicts", leader, index: 2 }]);
  append(cluster, { term: 3, previous: [1, 1], entries: [entry(2, 1, "b"), entry(3, 3, "z")], round: 4 });
  expect(told().slice(1)).toEqual([{ kind: "leaderContradicts", leader, index: 3 }]);
});

test("only what is on the disk is acknowledged, in one answer when it is there", () => {
  const cluster = withLog();
  cluster.at("n1").diskPaused = true;
  expect(append(cluster, { term: 1, previous: [3, 1], entries: [entry(4, 1)], round: 1 })).toBeUndefined();
  expect(append(cluster, { term: 1, previous: [4, 1], entries: [entry(5, 1)], round: 2 })).toMatchObject({
    round: 2,
    result: { matchIndex: 3 },
  });
  cluster.drop();
  cluster.resumeDisk("n1");
  expect(cluster.network.at(-1)).toMatchObject({ result: { kind: "accepted", matchIndex: 5 }, round: 2 });
});

test("what lies behind a verified place is not acknowledged, though the disk has it", () => {
  const cluster = withLog();
  expect(append(cluster, { term: 2, previous: [1, 1], entries: [], round: 5 })).toMatchObject({
    result: { kind: "accepted", matchIndex: 1 },
  });
});

test("an append that begins in front of the base is compared from the base on", () => {
  const cluster = withLog();
  append(cluster, { term: 1, previous: [3, 1], entries: [], commit: 3 });
  cluster.snapshot("n1");
  cluster.crash("n1"); // its log begins behind 3 now
  const answer = append(cluster, { term: 2, previous: [1, 1], entries: [entry(2, 1, "b"), entry(3, 1, "c"), entry(4, 2, "d")], round: 3 });
  expect(answer).toMatchObject({ result: { kind: "accepted", matchIndex: 4 } });
});

test("an append that tells of another entry at the base is not believed", () => {
  const cluster = withLog();
  append(cluster, { term: 1, previous: [3, 1], entries: [], commit: 3 });
  append(cluster, { term: 3, previous: [3, 1], entries: [entry(4, 3, "d")], commit: 4, round: 2 });
  cluster.snapshot("n1");
  cluster.crash("n1"); // its log begins behind 4 now
  // Taken for the entry at the base, the first would let the second follow with an earlier term.
  expect(append(cluster, { term: 3, previous: [3, 1], entries: [entry(4, 2, "x"), entry(5, 2, "y")], round: 3 })).toBeUndefined();
  expect(cluster.raft("n1").status()).toMatchObject({ lastIndex: 4, commitIndex: 4 });
});

test("a snapshot of what is there already is not received", () => {
  const cluster = withLog();
  append(cluster, { term: 1, previous: [3, 1], entries: [], commit: 2 });
  const { membership } = cluster.raft("n1").status();
  const snapshot = { id: "s", base: entry(3, 1), membership, version: 1, sizeBytes: 9, checksum: 0 };
  cluster.drop();
  cluster
    .raft("n1")
    .receive({ kind: "snapshotChunk", from: leader, to: n1, term: asTerm(1), snapshot, offset: 0, bytes: new Uint8Array(9), round: 1 });
  cluster.work("n1");
  expect(cluster.network).toMatchObject([{ kind: "snapshotReply", result: { kind: "covered", matchIndex: 3 } }]);
  expect(cluster.raft("n1").status().commitIndex).toBe(3);
});

test("a snapshot of what is not on the disk yet is not called covered; the disk's answer ends the transfer", () => {
  const cluster = withLog();
  cluster.at("n1").diskPaused = true;
  append(cluster, { term: 1, previous: [3, 1], entries: [entry(4, 1)], round: 2 });
  const { membership } = cluster.raft("n1").status();
  const snapshot = { id: "s", base: entry(4, 1), membership, version: 1, sizeBytes: 9, checksum: 0 };
  cluster.drop();
  cluster
    .raft("n1")
    .receive({ kind: "snapshotChunk", from: leader, to: n1, term: asTerm(1), snapshot, offset: 0, bytes: new Uint8Array(9), round: 2 });
  cluster.work("n1");
  expect(cluster.network).toEqual([]);
  cluster.resumeDisk("n1");
  expect(cluster.network).toMatchObject([{ kind: "appendReply", result: { kind: "accepted", matchIndex: 4 } }]);
});
