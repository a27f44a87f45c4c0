import { utf8 } from "../../../core/base/bytes.ts";
import { TestCluster } from "./cluster.ts";

const LIMITS = { uncommittedEntriesMax: 2, entryBytesMax: 10 };

test("a follower refuses, and a leader refuses what is too large", () => {
  const cluster = new TestCluster({ size: 3, limits: LIMITS });
  cluster.elect("n1");
  expect(cluster.propose("n2", "a")).toEqual({ kind: "refused", reason: "notLeader" });
  expect(cluster.propose("n1", "elevenbytes")).toEqual({ kind: "refused", reason: "tooLarge" });
});

test("without a majority a leader refuses before its log grows without bound, and takes more once it is committed", () => {
  const cluster = new TestCluster({ size: 3, limits: LIMITS });
  cluster.elect("n1");
  expect(["a", "b", "c"].map((text) => cluster.propose("n1", text).kind)).toEqual(["proposed", "proposed", "refused"]);
  const { lastIndex } = cluster.raft("n1").status();
  expect(cluster.propose("n1", "d")).toEqual({ kind: "refused", reason: "overloaded" });
  expect(cluster.raft("n1").status().lastIndex).toBe(lastIndex); // a refusal changes nothing
  cluster.deliverAll();
  expect(cluster.propose("n1", "d").kind).toBe("proposed");
});

test("bytes are bounded as well as entries", () => {
  const cluster = new TestCluster({ size: 3, limits: { uncommittedBytesMax: 60 } });
  cluster.elect("n1");
  expect(cluster.propose("n1", "x".repeat(50)).kind).toBe("proposed");
  expect(cluster.propose("n1", "y")).toEqual({ kind: "refused", reason: "overloaded" });
});

test("hidden entries don't count for services", () => {
  const cluster = new TestCluster({ size: 1 });
  cluster.elect("n1");
  cluster.propose("n1", "a");
  cluster.raft("n1").propose({ kind: "version", version: 0, body: utf8("") });
  cluster.work("n1");
  expect(cluster.propose("n1", "b")).toMatchObject({ id: { index: 4 }, serviceIndex: 2 });
});
