import { utf8 } from "../../../core/base/bytes.ts";
import { Random } from "../../../core/base/random.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import type { Session } from "../../../core/replica/events.ts";
import { configurationOf } from "./bench/configurations.ts";
import { copyAll, copyChunk, freeze, release, ShardedGroup, START_MS } from "./sharded-group.ts";

const KEY = "{a}";
const SHARD = shardOf(utf8(KEY));
const at = (number: number, owner: number): ReturnType<typeof configurationOf> => configurationOf(number, 2, { [KEY]: owner });

test("the digest tells every difference, and the same state has the same one", () => {
  const digests: string[] = [];
  const [one, two] = [new ShardedGroup("1"), new ShardedGroup("2")];
  const note = (): void => void digests.push(two.machine.digest());
  note();
  for (const group of [one, two]) group.adopt(at(1, 1));
  note();
  one.put(KEY, "x");
  for (const group of [one, two]) group.adopt(at(2, 2));
  note();
  copyChunk(one, two, { key: KEY, number: 2 });
  note();
  copyAll(one, two, { key: KEY, number: 2 });
  note();
  freeze(one, { key: KEY, number: 2 });
  copyChunk(one, two, { key: KEY, number: 2 });
  note();
  two.put(KEY, "y");
  note();
  expect(new Set(digests).size).toBe(digests.length);
  expect(two.machine.digest()).toBe(digests.at(-1));
});

test("a move has arrived when the shard is served by its configuration, or when a later one is adopted", () => {
  const [one, two] = [new ShardedGroup("1"), new ShardedGroup("2")];
  for (const group of [one, two]) group.adopt(at(1, 1));
  for (const group of [one, two]) group.adopt(at(2, 2));
  const { state } = two.machine;
  expect([state.arrivalOf(SHARD, 1), state.arrivalOf(SHARD, 2), state.arrivalOf(SHARD, 3)]).toEqual(["yes", "no", "no"]);
  copyAll(one, two, { key: KEY, number: 2 });
  freeze(one, { key: KEY, number: 2 });
  copyChunk(one, two, { key: KEY, number: 2 });
  expect([state.arrivalOf(SHARD, 2), state.arrivalOf(SHARD, 3)]).toEqual(["yes", "no"]);
});

test("settled or not, empty or not", () => {
  const one = new ShardedGroup("1");
  const { state } = one.machine;
  expect([state.isSettled, state.isEmpty]).toEqual([true, true]);
  one.adopt(at(1, 1));
  expect([state.isSettled, state.isEmpty]).toEqual([true, false]);
  one.adopt(at(2, 2));
  expect(state.isSettled).toBe(false);
});

test("sessions and what they remember are counted as shards come, change and go", () => {
  const [one, two] = [new ShardedGroup("1"), new ShardedGroup("2")];
  const session = (serial: number, acked: number): Session => ({ client: `${START_MS.toString(36)}-a-1-1`, serial, acked });
  const counts = (): readonly number[] => [one, two].flatMap(({ machine }) => [machine.sessionCount, machine.answerBytes]);
  const held = (): readonly number[] =>
    [one, two].flatMap(({ machine }) => {
      const contents = machine.state.shards.flatMap(({ content }) => (content === null ? [] : [content]));
      return [
        contents.reduce((sum, { sessions }) => sum + sessions.size, 0),
        contents.reduce((sum, { sessions }) => sum + sessions.answerBytes, 0),
      ];
    });
  for (const group of [one, two]) group.adopt(at(1, 1));
  expect(counts()).toEqual([0, 0, 0, 0]);
  one.put(KEY, "x", { session: session(1, 0) });
  const [sessions, answerBytes] = counts();
  expect(sessions).toBe(1);
  expect(answerBytes).toBeGreaterThan(0);
  one.put(KEY, "y", { session: session(2, 0) });
  expect(counts()).toEqual(held());
  one.put(KEY, "z", { session: session(3, 2) });
  expect(counts()[1]).toBe(answerBytes);
  for (const group of [one, two]) group.adopt(at(2, 2));
  copyAll(one, two, { key: KEY, number: 2 });
  freeze(one, { key: KEY, number: 2 });
  copyChunk(one, two, { key: KEY, number: 2 });
  expect(counts()).toEqual([1, answerBytes, 1, answerBytes]);
  release(one, { key: KEY, number: 2 });
  expect(counts()).toEqual([0, 0, 1, answerBytes]);
});

test.each([1, 2, 3])("the earliest deadline is that of all keys there are, through every change (seed %i)", (seed) => {
  const random = new Random(seed);
  const group = new ShardedGroup("1");
  const keys = Array.from({ length: 20 }, (_, i) => `k${String(i)}`);
  group.adopt(configurationOf(1, 1, Object.fromEntries(keys.map((key) => [key, 1]))));
  const deadlines = new Map<string, number>();
  for (let step = 0; step < 400; step++) {
    const key = random.pick(keys);
    const ms = START_MS + random.between(1, 5) * 1_000;
    const ends = random.chance(0.5);
    if (random.chance(0.3)) group.remove(key);
    else group.put(key, "x", ends ? { ttl: { kind: "at", ms } } : {});
    deadlines.delete(key);
    if (ends && group.get(key) !== "absent") deadlines.set(key, ms);
    if (random.chance(0.5)) expect(group.machine.nextDeadline()?.atMs ?? Infinity).toBe(Math.min(...deadlines.values()));
  }
});
