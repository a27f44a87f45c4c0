import { asMember } from "../../../core/base/ids.ts";
import type { Message, MessageOf } from "../../../core/raft/messages.ts";
import { TestCluster } from "./cluster.ts";

const appendsTo = (cluster: TestCluster, name: string): MessageOf<"append">[] =>
  cluster.network.filter((message: Message): message is MessageOf<"append"> => message.kind === "append" && message.to === name);

test("what is proposed in one turn leaves in one message a follower", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  for (const text of ["a", "b", "c"]) cluster.raft("n1").propose({ kind: "command", version: 1, body: new TextEncoder().encode(text) });
  cluster.work("n1");
  expect(cluster.network).toHaveLength(2);
  expect(appendsTo(cluster, "n2")[0]?.entries).toHaveLength(3);
});

test("messages follow each other without waiting, within the window, and are split by size", () => {
  const cluster = new TestCluster({ size: 3, limits: { windowMessagesMax: 2, appendEntriesMax: 2 } });
  cluster.elect("n1");
  for (let i = 0; i < 7; i++) cluster.raft("n1").propose({ kind: "command", version: 1, body: new Uint8Array(1) });
  cluster.work("n1");
  expect(appendsTo(cluster, "n2").map(({ entries }) => entries.length)).toEqual([2, 2]);
  cluster.deliver(({ to }) => to === "n2");
  cluster.deliver(({ from }) => from === "n2");
  expect(appendsTo(cluster, "n2").flatMap(({ entries }) => entries.map(({ index }) => index))).toEqual([6, 7, 8]);
});

test("while an answer is to come, the commit index gets no message of its own: what follows the answer tells it", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.propose("n1", "a");
  cluster.deliver(({ to }) => to === "n2");
  cluster.deliver(({ from }) => from === "n2");
  expect(cluster.raft("n1").status().commitIndex).toBe(2);
  expect(appendsTo(cluster, "n2").map(({ commitIndex }) => commitIndex)).toEqual([2]);
  expect(appendsTo(cluster, "n3").map(({ commitIndex }) => commitIndex)).toEqual([1]);
  cluster.deliver(({ to }) => to === "n3");
  cluster.deliver(({ from }) => from === "n3");
  expect(appendsTo(cluster, "n3").map(({ commitIndex }) => commitIndex)).toEqual([2]);
});

/** Three members that agree on everything, the first of which has just committed so many commands at once. */
function committedAtOnce(count: number): TestCluster {
  const cluster = new TestCluster({ size: 3, limits: { manyCommitted: 8, veryManyCommitted: 64 } });
  cluster.elect("n1");
  for (let i = 0; i < count; i++) cluster.raft("n1").propose({ kind: "command", version: 1, body: new Uint8Array(1) });
  cluster.work("n1");
  cluster.deliver(({ kind }) => kind === "append");
  cluster.deliver(({ kind }) => kind === "appendReply");
  expect(cluster.raft("n1").status().commitIndex).toBe(1 + count);
  return cluster;
}

test("that a few commands are committed, or very many, is told at once; that many are, with what is sent next", () => {
  const few = committedAtOnce(7);
  expect(appendsTo(few, "n2").map(({ commitIndex, entries }) => [commitIndex, entries.length])).toEqual([[8, 0]]);
  const veryMany = committedAtOnce(64);
  expect(appendsTo(veryMany, "n3").map(({ commitIndex, entries }) => [commitIndex, entries.length])).toEqual([[65, 0]]);
  const many = committedAtOnce(8);
  expect(many.network).toEqual([]);
  many.propose("n1", "next");
  expect(appendsTo(many, "n2").map(({ commitIndex, entries }) => [commitIndex, entries.length])).toEqual([[9, 1]]);
});

test("that many commands are committed is told with the next tick at the latest, for which a leader does not rest", () => {
  const cluster = committedAtOnce(63);
  expect(cluster.raft("n1").quietTicks()).toBe(1);
  cluster.tick("n1");
  expect(appendsTo(cluster, "n2").map(({ commitIndex }) => commitIndex)).toEqual([64]);
  expect(appendsTo(cluster, "n3").map(({ commitIndex }) => commitIndex)).toEqual([64]);
  cluster.deliverAll();
  expect(cluster.texts("n2")).toHaveLength(63);
  expect(cluster.raft("n1").quietTicks()).toBeGreaterThan(1);
});

test("a member that reads for its clients is told at once of what was committed", () => {
  const cluster = committedAtOnce(63);
  cluster.raft("n3").read(1);
  cluster.work("n3");
  cluster.deliverAll();
  expect(cluster.at("n3").reads).toEqual([{ kind: "confirmed", context: 1, index: 64 }]);
  expect(cluster.texts("n3")).toHaveLength(63);
});

test("a change of the membership is told at once, however many commands are committed with it", () => {
  const cluster = new TestCluster({ size: 3, spare: 1, limits: { manyCommitted: 8 } });
  cluster.elect("n1");
  for (let i = 0; i < 20; i++) cluster.raft("n1").propose({ kind: "command", version: 1, body: new Uint8Array(1) });
  const place = { ordinal: 3, address: "n4" };
  expect(cluster.raft("n1").changeMembership({ kind: "addLearner", member: asMember("n4"), place })).toMatchObject({ kind: "proposed" });
  cluster.work("n1");
  const between = ({ from, to }: Message): boolean => from !== "n4" && to !== "n4";
  cluster.deliver((message) => message.kind === "append" && between(message));
  cluster.deliver((message) => message.kind === "appendReply" && between(message));
  expect(appendsTo(cluster, "n2").map(({ commitIndex }) => commitIndex)).toEqual([22]);
});

test("a follower that answers nothing holds up nobody", () => {
  const cluster = new TestCluster({ size: 3, limits: { windowMessagesMax: 1 } });
  cluster.elect("n1");
  for (let i = 0; i < 20; i++) {
    cluster.propose("n1", `v${String(i)}`);
    cluster.drop(({ to }) => to === "n3");
    cluster.deliverAll();
  }
  expect(cluster.raft("n1").status().commitIndex).toBe(21);
});

test("a lost message is noticed by the next heartbeat, and sent again", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  cluster.propose("n1", "a");
  cluster.drop();
  for (let i = 0; i < 4; i++) cluster.tick("n1");
  cluster.deliverAll();
  expect(cluster.texts("n2")).toEqual(["a"]);
});

test("a new leader finds where long different logs agree in a few messages, not one for each entry", () => {
  const cluster = new TestCluster({ size: 3 });
  cluster.elect("n1");
  for (let i = 0; i < 50; i++) cluster.propose("n1", `u${String(i)}`);
  cluster.drop();
  for (let i = 0; i < 12; i++) for (const name of ["n2", "n3"]) cluster.tick(name);
  cluster.drop();
  cluster.campaign("n2");
  cluster.deliverAll(({ to, from }) => to !== "n1" && from !== "n1");
  for (let i = 0; i < 50; i++) cluster.propose("n2", `v${String(i)}`);
  cluster.deliverAll(({ to, from }) => to !== "n1" && from !== "n1");
  cluster.drop();
  cluster.crash("n2");
  cluster.elect("n3"); // it knows nothing of what n1 has
  cluster.drop();
  cluster.crash("n1");
  for (let i = 0; i < 4; i++) cluster.tick("n3");
  let messages = 0;
  for (let round = 0; round < 20; round++) messages += cluster.deliver(({ to, from }) => to === "n1" || from === "n1").length;
  expect(cluster.raft("n1").status().lastIndex).toBe(cluster.raft("n3").status().lastIndex);
  expect(messages).toBeLessThan(10);
});

test("a follower whose window is full of lost messages gets a snapshot once they are compacted away", () => {
  const cluster = new TestCluster({ size: 3, limits: { windowMessagesMax: 1, trailingEntries: 0 } });
  cluster.elect("n1");
  for (const text of ["a", "b"]) {
    cluster.propose("n1", text);
    cluster.deliverAll(({ to }) => to !== "n3");
    cluster.drop(({ to }) => to === "n3");
  }
  cluster.snapshot("n1"); // what would show the loss is gone as well
  cluster.tickAll(16);
  expect(cluster.texts("n3")).toEqual(["a", "b"]);
});
