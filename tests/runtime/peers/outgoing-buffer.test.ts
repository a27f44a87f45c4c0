import { BackOff } from "../../../runtime/peers/back-off.ts";
import { OutgoingBuffer } from "../../../runtime/peers/outgoing-buffer.ts";
import { PeerCounters } from "../../../runtime/peers/peer-counters.ts";
import type { PeerMessage } from "../../../core/replica/peer-message.ts";
import { append, command, HEARTBEAT } from "./sample-messages.ts";

const ROOMY = { messagesMax: 1_000_000, bytesMax: 1_000_000_000 };
const sized = (bytes: number, round: number): PeerMessage => append([command(11, new Uint8Array(bytes))], round);
const roundOf = (message: PeerMessage | null): number | null =>
  message?.body.kind === "raft" && message.body.message.kind === "append" ? message.body.message.round : null;

function drain(buffer: OutgoingBuffer): (number | null)[] {
  const rounds: (number | null)[] = [];
  while (buffer.length > 0) rounds.push(roundOf(buffer.shift()));
  return rounds;
}

test("first in, first out, over many messages", () => {
  const buffer = new OutgoingBuffer(() => undefined);
  const expected: number[] = [];
  for (let i = 0; i < 5_000; i++) {
    buffer.push(append([], i), ROOMY);
    if (i % 3 === 0) expect(roundOf(buffer.shift())).toBe(Math.floor(i / 3));
  }
  for (let i = Math.floor(4_999 / 3) + 1; i < 5_000; i++) expected.push(i);
  expect(drain(buffer)).toEqual(expected);
  expect(buffer.shift()).toBeNull();
  expect(buffer.bytes).toBe(0);
});

test("the oldest go when there are too many", () => {
  const dropped: string[] = [];
  const buffer = new OutgoingBuffer((kind) => dropped.push(kind));
  for (let i = 0; i < 5; i++) buffer.push(append([], i), { messagesMax: 3, bytesMax: 1_000_000 });
  expect(drain(buffer)).toEqual([2, 3, 4]);
  expect(dropped).toEqual(["append", "append"]);
});

test("the oldest go when they are too large together, and so does one that is too large alone", () => {
  const buffer = new OutgoingBuffer(() => undefined);
  const limits = { messagesMax: 100, bytesMax: 10_000 };
  for (let i = 0; i < 4; i++) buffer.push(sized(4_000, i), limits);
  expect(buffer.bytes).toBeLessThanOrEqual(10_000);
  expect(drain(buffer)).toEqual([2, 3]);
  buffer.push(HEARTBEAT, limits);
  buffer.push(sized(20_000, 9), limits);
  expect(buffer.length).toBe(0);
  expect(buffer.bytes).toBe(0);
});

test("waits grow to their limit, differ by chance, and begin anew after a success", () => {
  const shortest = new BackOff(() => 0);
  const longest = new BackOff(() => 1);
  const waits = (backOff: BackOff): number[] => Array.from({ length: 8 }, () => backOff.nextMs());
  expect(waits(longest)).toEqual([25, 50, 100, 200, 400, 400, 400, 400]);
  expect(waits(shortest)).toEqual([12.5, 25, 50, 100, 200, 200, 200, 200]);
  longest.succeeded();
  expect(longest.nextMs()).toBe(25);
});

test("counts are kept by peer, kind and result, and their number is bounded", () => {
  const counters = new PeerCounters();
  counters.add("1", "append", "sent");
  counters.add("1", "append", "sent");
  counters.add("2", "append", "dropped");
  expect([...counters.all()]).toEqual([
    { peer: "1", kind: "append", result: "sent", count: 2 },
    { peer: "2", kind: "append", result: "dropped", count: 1 },
  ]);
  counters.expect("3");
  expect([...counters.all()].slice(2).map(({ peer, result, count }) => [peer, result, count])).toEqual(
    new Array(15).fill(["3", "dropped", 0]),
  );
  for (let i = 0; i < 10_000; i++) counters.add(String(i), "append", "sent");
  expect([...counters.all()].length).toBeLessThanOrEqual(2_000);
  expect(counters.total("dropped")).toBe(1);
});
