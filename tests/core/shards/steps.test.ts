import { utf8 } from "../../../core/base/bytes.ts";
import { asBoot, asMember } from "../../../core/base/ids.ts";
import { createClientId } from "../../../core/replica/applied/client-id.ts";
import { done } from "../../../core/base/outcome.ts";
import { encodeChunk } from "../../../core/shards/moving/chunk.ts";
import { BEGIN, encodeCursor } from "../../../core/shards/moving/copy-cursor.ts";
import { EXPIRED_PER_CLOCK_MAX } from "../../../core/shards/steps.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import { configurationOf } from "./bench/configurations.ts";
import { copyAll, copyChunk, freeze, move, release, ShardedGroup, START_MS } from "./sharded-group.ts";

const KEY = "{a}";
const SHARD = shardOf(utf8(KEY));
const at = (number: number, owner: number | null): ReturnType<typeof configurationOf> => configurationOf(number, 3, { [KEY]: owner });

function groups(): readonly [ShardedGroup, ShardedGroup] {
  const [one, two] = [new ShardedGroup("1"), new ShardedGroup("2")];
  for (const group of [one, two]) group.adopt(at(1, 1));
  return [one, two];
}

test("F51: configurations are adopted one after the other, each once", () => {
  const [one] = groups();
  one.put(KEY, "x");
  expect(one.adopt(at(1, 2))).toBe("late");
  expect(one.adopt(at(3, 2))).toBe("late");
  expect(one.statusOf(KEY).kind).toBe("serving");
  expect(one.adopt(at(2, 1))).toBe("done");
  expect(one.adopt(at(3, 2))).toBe("done");
  expect(one.adopt(at(4, 2))).toBe("late"); // a move is under way
  expect(one.step({ kind: "adopt", configuration: utf8("{}") })).toBe("wrong");
});

test("a group that has nothing and is given nothing may skip configurations; one that is given something may not", () => {
  const three = new ShardedGroup("3");
  expect(three.adopt(at(7, 3))).toBe("late");
  expect(three.adopt(at(7, 1))).toBe("done");
  expect(three.adopt(at(9, 3))).toBe("late");
  expect(three.adopt(at(8, 3))).toBe("done");
  expect(three.statusOf(KEY)).toEqual({ kind: "pulling", number: 8, from: "1" });
});

test("F51: who has skipped a configuration never says that a shard of it has arrived", () => {
  const three = new ShardedGroup("3");
  three.adopt(at(4, 1));
  // Number 5 gave it the shard, and number 6 took it away again; it never heard of 5.
  expect(three.adopt(at(6, 1))).toBe("done");
  const hasArrived = (number: number): unknown => three.ask({ kind: "hasArrived", shard: SHARD, number });
  expect([hasArrived(5), hasArrived(3)]).toEqual([done(Uint8Array.of(0)), done(Uint8Array.of(0))]);
});

test("F51: steps of another configuration do nothing", () => {
  const [one, two] = groups();
  for (const group of [one, two]) group.adopt(at(2, 2));
  move(one, two, { key: KEY, number: 2 });
  for (const group of [one, two]) group.adopt(at(3, 1));
  const before = [one, two].map(({ machine }) => machine.digest());
  expect([freeze(two, { key: KEY, number: 2 }), release(two, { key: KEY, number: 2 })]).toEqual(["late", "late"]);
  const chunk = encodeChunk({ next: { phase: "sessions", start: 0, after: new Uint8Array(0) }, left: 0, pieces: [], totals: null });
  expect(one.step({ kind: "stage", shard: SHARD, number: 2, from: encodeCursor(BEGIN), chunk })).toBe("late");
  expect(one.ask({ kind: "copy", shard: SHARD, number: 2, from: encodeCursor(BEGIN), bytesMax: 100 })).toEqual({
    kind: "done",
    value: new Uint8Array(0),
  });
  expect([one, two].map(({ machine }) => machine.digest())).toEqual(before);
});

test("a chunk that comes twice, or out of its order, changes nothing", () => {
  const [one, two] = groups();
  for (let i = 0; i < 50; i++) one.put(`${KEY}.${String(i)}`, "value");
  for (const group of [one, two]) group.adopt(at(2, 2));
  const copying = { key: KEY, number: 2, bytesMax: 100 };
  const from = encodeCursor(BEGIN);
  const outcome = one.ask({ kind: "copy", shard: SHARD, number: 2, from, bytesMax: 100 });
  const chunk = outcome.kind === "done" ? outcome.value : new Uint8Array(0);
  expect(copyChunk(one, two, copying)).toBe("done");
  const digest = two.machine.digest();
  expect(two.step({ kind: "stage", shard: SHARD, number: 2, from, chunk })).toBe("late");
  expect(two.machine.digest()).toBe(digest);
  copyAll(one, two, copying);
  expect(two.step({ kind: "stage", shard: SHARD, number: 2, from, chunk })).toBe("late");
});

test("freezing again is done again; nothing is released that is not frozen", () => {
  const [one, two] = groups();
  for (const group of [one, two]) group.adopt(at(2, 2));
  const copying = { key: KEY, number: 2 };
  expect(release(one, copying)).toBe("late");
  copyAll(one, two, copying);
  expect([freeze(one, copying), freeze(one, copying)]).toEqual(["done", "done"]);
  copyChunk(one, two, copying);
  expect([release(one, copying), release(one, copying)]).toEqual(["done", "late"]);
  expect(one.machine.state.counts).toEqual({ handedOver: 1, taken: 0 });
  expect(two.machine.state.counts).toEqual({ handedOver: 0, taken: 1 });
});

test("what does not add up is thrown away, and copied anew", () => {
  const [one, two] = groups();
  one.put(KEY, "x");
  for (const group of [one, two]) group.adopt(at(2, 2));
  const copying = { key: KEY, number: 2 };
  copyAll(one, two, copying);
  const { staging } = two.machine.state.shard(SHARD);
  const totals = { keysDigest: "0-0-0", sessionsDigest: "0-0", revision: 9, stampMs: 1 };
  const from = encodeCursor(staging?.cursor ?? BEGIN);
  const chunk = encodeChunk({ next: staging?.cursor ?? BEGIN, left: 0, pieces: [], totals });
  expect(two.step({ kind: "stage", shard: SHARD, number: 2, from, chunk })).toBe("wrong");
  expect(two.statusOf(KEY).kind).toBe("pulling");
  expect(two.machine.state.shard(SHARD).failedCopies).toBe(1);
  expect(two.machine.stampFloorMs).toBe(0);
  move(one, two, copying);
  expect(two.get(KEY)).toBe("x");
});

test("a shard that is taken away and given to nobody is kept, and served again when it is given back", () => {
  const [one] = groups();
  one.put(KEY, "x");
  one.adopt(at(2, null));
  expect(one.get(KEY)).toBe("wrongShard");
  one.adopt(at(3, 1));
  expect(one.get(KEY)).toBe("x");
});

test("many keys that end at once end in several entries", () => {
  const [one] = groups();
  for (let i = 0; i < EXPIRED_PER_CLOCK_MAX + 10; i++) one.put(`${KEY}.${String(i)}`, "x", { ttl: { kind: "after", ms: 1_000 } });
  one.nowMs += 1_000;
  one.step({ kind: "clock" });
  expect(one.machine.keys).toBe(10);
  expect(one.machine.nextDeadline()).not.toBeNull();
  one.step({ kind: "clock" });
  expect(one.machine.keys).toBe(0);
});

test("sessions of a shard that nobody writes to end with the clock", () => {
  const [one] = groups();
  const client = createClientId({ issuedMs: START_MS, member: asMember("m"), boot: asBoot(1), count: 1 });
  one.put(KEY, "x", { session: { client, serial: 1, acked: 0 } });
  expect(one.machine.sessionCount).toBe(1);
  one.nowMs += 3 * 3_600_000;
  one.step({ kind: "clock" });
  expect(one.machine.sessionCount).toBe(0);
});

test.each([{ shard: 256 }, { shard: 1_000_000 }])("there is no shard $shard", ({ shard }) => {
  const [one] = groups();
  expect(one.step({ kind: "freeze", shard, number: 1 })).toBe("wrong");
  expect(one.ask({ kind: "hasArrived", shard, number: 1 })).toMatchObject({ kind: "refused" });
});
