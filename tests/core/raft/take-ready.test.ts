import { asIndex, asMember } from "../../../core/base/ids.ts";
import type { Ready } from "../../../core/raft/ready.ts";
import { TestCluster } from "./cluster.ts";

function watched(size: number): { cluster: TestCluster; readies: Ready[] } {
  const cluster = new TestCluster({ size });
  const readies: Ready[] = [];
  cluster.watch = (member, ready): void => {
    if (member.self === asMember("n1")) readies.push(ready);
  };
  return { cluster, readies };
}

test("messages wait for the term and vote that they speak of, and for nothing else", () => {
  const { cluster, readies } = watched(3);
  cluster.campaign("n1"); // a pre-vote begins no term
  expect(readies.at(-1)).toMatchObject({ persist: null, sendAfterPersist: null });
  expect(readies.at(-1)?.sendNow).toHaveLength(2);
  cluster.at("n1").diskPaused = true;
  cluster.deliver();
  cluster.deliver();
  const begun = readies.find(({ persist }) => persist?.hardState !== null && persist !== null);
  expect(begun?.persist?.hardState).toEqual({ term: 1, vote: "n1" });
  expect(begun?.sendNow).toEqual([]);
  expect(begun?.sendAfterPersist).toMatchObject({ batch: begun?.persist?.batch, messages: [{ kind: "vote" }, { kind: "vote" }] });
});

test("later messages wait as well, while the term is still on its way to the disk", () => {
  const { cluster, readies } = watched(3);
  cluster.at("n1").diskPaused = true;
  const ask = (from: string): void => {
    cluster.raft("n1").receive({
      kind: "vote",
      from: asMember(from),
      to: asMember("n1"),
      term: 1 as never,
      last: { index: 0 as never, term: 0 as never },
      transfer: false,
    });
    cluster.work("n1");
  };
  ask("n2");
  const { batch } = readies.at(-1)?.persist ?? { batch: null };
  ask("n3"); // changes nothing, so there is nothing new to write; the refusal still speaks of the vote
  expect(readies.at(-1)).toMatchObject({ persist: null, sendNow: [], sendAfterPersist: { batch, messages: [{ granted: false }] } });
});

test("a leader's own entries don't wait for its disk", () => {
  const { cluster, readies } = watched(3);
  cluster.elect("n1");
  cluster.at("n1").diskPaused = true;
  cluster.propose("n1", "a");
  expect(readies.at(-1)?.sendNow).toHaveLength(2);
  expect(readies.at(-1)?.persist?.entries).toHaveLength(1);
});

test("batches are numbered from 1 without a gap, and nothing is asked for twice", () => {
  const { cluster, readies } = watched(1);
  cluster.elect("n1");
  for (const text of ["a", "b", "c"]) cluster.propose("n1", text);
  const persists = readies.flatMap(({ persist }) => (persist === null ? [] : [persist]));
  expect(persists.map(({ batch }) => batch)).toEqual(persists.map((_, i) => i + 1));
  expect(persists.flatMap(({ entries }) => entries.map(({ index }) => index))).toEqual([1, 2, 3, 4]);
});

test("applying can be paused, and goes on where it stopped", () => {
  const { cluster } = watched(1);
  cluster.elect("n1");
  cluster.raft("n1").pauseApplying(true);
  cluster.propose("n1", "a");
  expect(cluster.texts("n1")).toEqual([]);
  cluster.raft("n1").pauseApplying(false);
  cluster.work("n1");
  expect(cluster.texts("n1")).toEqual(["a"]);
});

test("what was handed over and not applied is handed over once more", () => {
  const { cluster } = watched(1);
  cluster.elect("n1");
  for (const text of ["a", "b", "c"]) cluster.propose("n1", text);
  const raft = cluster.raft("n1");
  expect(raft.hasReady()).toBe(false);
  raft.appliedUpTo(asIndex(2));
  raft.handOverAgain();
  expect(raft.hasReady()).toBe(true);
  expect(raft.takeReady().committed.map(({ index }) => index)).toEqual([3, 4]);
});

test("an answer that opens the window leaves something to take, though nothing else follows from it", () => {
  const cluster = new TestCluster({ size: 5, limits: { windowMessagesMax: 1, appendEntriesMax: 1 } });
  cluster.elect("n1");
  for (const text of ["a", "b"]) cluster.propose("n1", text);
  cluster.deliver(({ to }) => to === "n2");
  const [answer] = cluster.network.filter(({ from }) => from === "n2");
  if (answer === undefined) throw new Error("n2 has not answered");
  cluster.raft("n1").receive(answer);
  expect(cluster.raft("n1").hasReady()).toBe(true);
  expect(cluster.raft("n1").takeReady().sendNow).toMatchObject([{ kind: "append", to: "n2", entries: [{ index: 3 }] }]);
});
