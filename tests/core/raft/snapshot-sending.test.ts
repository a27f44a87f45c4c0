import { asIndex, asMember, asTerm } from "../../../core/base/ids.ts";
import { TestCluster } from "./cluster.ts";

const LIMITS = { trailingEntries: 0, snapshotPieceBytes: 4, snapshotWindowPieces: 2 };

/** n3 has missed an entry that n1 has compacted away, and n1 is about to find out. */
function behind(): TestCluster {
  const cluster = new TestCluster({ size: 3, limits: LIMITS });
  cluster.elect("n1");
  cluster.propose("n1", "abcdefghijklmnop");
  cluster.drop(({ to }) => to === "n3");
  cluster.deliverAll(({ to }) => to !== "n3");
  cluster.drop();
  cluster.snapshot("n1");
  for (let i = 0; i < 4; i++) cluster.tick("n1");
  cluster.deliver();
  cluster.deliver();
  return cluster;
}

/** And has read a piece for it, which has not left. */
function withPieceRead(): TestCluster {
  const cluster = behind();
  const [piece] = cluster.network.filter(({ kind }) => kind === "snapshotChunk");
  cluster.drop();
  if (piece?.kind !== "snapshotChunk") throw new Error("no piece");
  cluster.raft("n1").pieceRead({ to: asMember("n3"), snapshotId: piece.snapshot.id, offset: 0, bytes: piece.bytes });
  return cluster;
}

const pieces = (cluster: TestCluster): number[] =>
  cluster.network.flatMap((message) => (message.kind === "snapshotChunk" ? [message.offset] : []));

test("pieces go out a window at a time, and the next with each answer", () => {
  const cluster = behind();
  expect(pieces(cluster)).toEqual([0, 4]);
  cluster.deliver(({ kind, to }) => kind === "snapshotChunk" && to === "n3");
  expect(pieces(cluster)).toEqual([]);
  cluster.deliver(({ kind }) => kind === "snapshotReply");
  expect(pieces(cluster)).toEqual([8, 12]);
});

test("the follower ends with the leader's state", () => {
  const cluster = behind();
  cluster.deliverAll();
  cluster.tickAll(8);
  expect(cluster.texts("n3")).toEqual(["abcdefghijklmnop"]);
  expect(cluster.raft("n1").status().followers).toContainEqual(
    expect.objectContaining({ member: "n3", state: "replicate", matchIndex: 2 }),
  );
});

test("lost pieces are sent again from where the follower is", () => {
  const cluster = behind();
  cluster.deliver(({ kind }) => kind === "snapshotChunk");
  cluster.drop();
  for (let i = 0; i < 8; i++) cluster.tick("n1");
  expect(pieces(cluster)).toContain(0); // the leader has heard of nothing that arrived
  cluster.deliverAll();
  cluster.tickAll(8);
  expect(cluster.texts("n3")).toEqual(["abcdefghijklmnop"]);
});

test("pieces that overtake each other are sent again once all are answered, without waiting for ticks, and once only", () => {
  const cluster = behind();
  for (const offset of [4, 0]) cluster.deliver((message) => message.kind === "snapshotChunk" && message.offset === offset);
  const answers = cluster.network.filter(({ kind }) => kind === "snapshotReply");
  cluster.deliver(({ kind }) => kind === "snapshotReply");
  expect(pieces(cluster)).toEqual([4, 8]);
  cluster.network.push(...answers);
  cluster.deliver(({ kind }) => kind === "snapshotReply");
  cluster.drop(({ kind }) => kind === "snapshotChunk");
  cluster.network.push(...answers.slice(-1), ...answers.slice(-1), ...answers.slice(-1));
  cluster.deliver(({ kind }) => kind === "snapshotReply");
  expect(pieces(cluster)).toEqual([]);
  for (let i = 0; i < 24; i++) {
    cluster.tick("n1");
    cluster.deliverAll();
  }
  expect(cluster.texts("n3")).toEqual(["abcdefghijklmnop"]);
});

test("a lost last answer is asked for again", () => {
  const cluster = behind();
  cluster.deliverAll(({ kind, from }) => !(kind === "snapshotReply" && from === "n3") || cluster.at("n3").texts.length === 0);
  cluster.drop();
  cluster.tickAll(16);
  expect(cluster.raft("n1").status().followers).toContainEqual(expect.objectContaining({ member: "n3", state: "replicate" }));
});

test("a file that can't be read is not read again, and is given up for a newer snapshot", () => {
  const cluster = behind();
  cluster.drop();
  const [stored] = cluster.at("n1").disk.snapshots.splice(0);
  let reads = 0;
  cluster.watch = (_member, { snapshotRequests }) => void (reads += snapshotRequests.filter(({ kind }) => kind === "read").length);
  for (let i = 0; i < 40; i++) {
    cluster.tick("n1");
    cluster.deliverAll(({ from, to }) => from !== "n3" && to !== "n3");
  }
  expect(pieces(cluster)).toEqual([]);
  expect(reads).toBeLessThanOrEqual(LIMITS.snapshotWindowPieces);
  expect(cluster.at("n1").observations.filter(({ kind }) => kind === "snapshotUnreadable")).toEqual([
    { kind: "snapshotUnreadable", index: 2 },
  ]);
  cluster.propose("n1", "q");
  cluster.deliverAll(({ to }) => to !== "n3");
  cluster.drop();
  cluster.snapshot("n1");
  expect(stored?.meta.id).not.toBe(cluster.at("n1").disk.snapshots[0]?.meta.id);
  cluster.tickAll(24);
  expect(cluster.texts("n3")).toEqual(["abcdefghijklmnop", "q"]);
});

test("F31: whoever restarts shows its log before it is sent a snapshot, or nobody would see that it lost what it acknowledged", () => {
  const cluster = behind();
  cluster.drop();
  cluster.wipe("n3");
  cluster.raft("n1").peerRestarted(asMember("n3"));
  for (let i = 0; i < 8; i++) {
    cluster.tick("n1");
    cluster.deliverAll();
  }
  expect(cluster.texts("n3")).toEqual([]);
  expect(cluster.at("n1").observations).toContainEqual(expect.objectContaining({ kind: "memberWiped", member: "n3", claimed: 0 }));
});

test("F32: a piece that was read for an earlier life does not leave any more", () => {
  const cluster = withPieceRead();
  cluster.raft("n1").peerRestarted(asMember("n3"));
  cluster.work("n1");
  expect(pieces(cluster)).toEqual([]);
});

test("F32: nor does one that a leader had read when it heard of another", () => {
  const cluster = withPieceRead();
  cluster.raft("n1").receive({
    kind: "vote",
    from: asMember("n2"),
    to: asMember("n1"),
    term: asTerm(9),
    last: { index: asIndex(9), term: asTerm(8) },
    transfer: true,
  });
  cluster.work("n1");
  expect(cluster.network.map(({ kind }) => kind)).toEqual(["voteReply"]);
});

test("whoever restarts where the log is compacted is asked at once how far its own goes", () => {
  const cluster = behind();
  cluster.drop();
  cluster.raft("n1").peerRestarted(asMember("n3"));
  cluster.work("n1");
  expect(cluster.network.filter(({ to }) => to === "n3").map(({ kind }) => kind)).toEqual(["append"]);
});

test("one that restarts with all that it acknowledged gets its snapshot, also in the middle of one", () => {
  const cluster = behind();
  for (let restarts = 0; restarts < 2; restarts++) {
    cluster.crash("n3");
    cluster.drop();
    cluster.raft("n1").peerRestarted(asMember("n3"));
    for (let i = 0; i < 4; i++) cluster.tick("n1");
    cluster.deliver();
    cluster.deliver();
    cluster.deliver(({ kind }) => kind === "snapshotChunk");
  }
  for (let i = 0; i < 16; i++) {
    cluster.tick("n1");
    cluster.deliverAll();
  }
  expect(cluster.texts("n3")).toEqual(["abcdefghijklmnop"]);
  expect(cluster.at("n1").observations.map(({ kind }) => kind)).not.toContain("memberWiped");
});
