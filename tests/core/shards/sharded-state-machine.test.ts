import { utf8 } from "../../../core/base/bytes.ts";
import { asBoot, asMember } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import { encodeCommand, encodeQuery, NO_GUARDS } from "../../../core/kv/commands.ts";
import { createClientId } from "../../../core/replica/applied/client-id.ts";
import type { Session } from "../../../core/replica/events.ts";
import type { GroupCommand } from "../../../core/shards/group-commands.ts";
import { encodeGroupCommand } from "../../../core/shards/group-commands.ts";
import { decodeChunk } from "../../../core/shards/moving/chunk.ts";
import { encodeCursor } from "../../../core/shards/moving/copy-cursor.ts";
import { ShardedStateMachine } from "../../../core/shards/sharded-state-machine.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import { configurationOf } from "./bench/configurations.ts";
import { copyAll, copyChunk, freeze, inWords, LIMITS, move, release, ShardedGroup, START_MS } from "./sharded-group.ts";

const KEY = "{a}";
const HERE = configurationOf(1, 2, { [KEY]: 1 });
const THERE = configurationOf(2, 2, { [KEY]: 2 });
const COPYING = { key: KEY, number: 2 };

const sessionOf = (serial: number, acked = 0): Session => ({
  client: createClientId({ issuedMs: START_MS, member: asMember("m"), boot: asBoot(1), count: 1 }),
  serial,
  acked,
});

/** Both have adopted the configuration by which the key's shard goes from group 1 to group 2. */
function moving(): { readonly source: ShardedGroup; readonly receiver: ShardedGroup } {
  const [source, receiver] = [new ShardedGroup("1"), new ShardedGroup("2")];
  for (const group of [source, receiver]) group.adopt(HERE);
  source.put(`${KEY}.old`, "old");
  source.put(`${KEY}.gone`, "gone");
  source.put(`${KEY}.ends`, "x", { ttl: { kind: "after", ms: 60 } });
  source.append(KEY, "x", sessionOf(1));
  for (const group of [source, receiver]) group.adopt(THERE);
  return { source, receiver };
}

test("without a configuration nobody is served, and nothing was done", () => {
  const group = new ShardedGroup("1");
  expect(group.put(KEY, "x")).toBe("starting");
  expect(group.get(KEY)).toBe("starting");
});

test("each group serves its own shards, and names its configuration to whoever asks for others", () => {
  const [one, two] = [new ShardedGroup("1"), new ShardedGroup("2")];
  for (const group of [one, two]) group.adopt(HERE);
  expect(one.put(KEY, "x")).toBe("v1");
  expect(one.get(KEY)).toBe("x");
  expect(two.put(KEY, "x")).toBe("wrongShard");
  expect(two.machine.query(encodeQuery({ kind: "get", key: utf8(KEY) }))).toMatchObject({ refusal: { details: { configNumber: 1 } } });
});

test("what is made anew is told, however little of it changes", () => {
  const group = new ShardedGroup("1");
  group.adopt(HERE);
  const took = (work: () => unknown): number => {
    const before = group.machine.workBytes;
    work();
    return group.machine.workBytes - before;
  };
  const range = encodeCommand({ kind: "setRange", key: utf8(KEY), guards: NO_GUARDS, offset: 0, value: utf8("y") });
  expect(took(() => group.put(KEY, "x".repeat(1_000)))).toBe(1_000);
  expect(took(() => group.append(KEY, "x"))).toBe(1_001);
  expect(took(() => group.apply(range))).toBe(1_001);
  expect(took(() => group.get(KEY))).toBe(0);
  const ttl = { kind: "after", ms: 60 } as const;
  expect(took(() => group.apply(encodeCommand({ kind: "expire", key: utf8(KEY), guards: NO_GUARDS, ttl })))).toBe(0);
});

test("F51: ownership is decided when a write is applied, not when it was proposed", () => {
  const { source, receiver } = moving();
  // In flight while the shard moves: proposed by a leader that still served it.
  const late = encodeCommand({ kind: "put", key: utf8(KEY), guards: NO_GUARDS, value: utf8("late") });
  move(source, receiver, COPYING);
  const before = source.machine.digest();
  expect(inWords(source.apply(late))).toBe("wrongShard");
  expect(source.get(KEY)).toBe("wrongShard");
  expect(receiver.get(KEY)).toBe("x");
  expect(source.machine.digest().split("-")[0]).toBe(before.split("-")[0]);
});

test("F51: while a shard is frozen nobody serves it; before and after exactly one does", () => {
  const { source, receiver } = moving();
  expect([source.put(KEY, "y"), receiver.put(KEY, "y")]).toEqual(["v2", "shardMoving"]);
  copyAll(source, receiver, COPYING);
  expect(freeze(source, COPYING)).toBe("done");
  expect([source.put(KEY, "z"), receiver.put(KEY, "z")]).toEqual(["shardMoving", "shardMoving"]);
  expect([source.get(KEY), receiver.get(KEY)]).toEqual(["shardMoving", "shardMoving"]);
  copyChunk(source, receiver, COPYING);
  expect([source.get(KEY), receiver.get(KEY)]).toEqual(["shardMoving", "y"]);
  expect(release(source, COPYING)).toBe("done");
  expect(source.get(KEY)).toBe("wrongShard");
});

test("changes during the copy arrive: writes, deletions, expiries, each with its version and revision", () => {
  const { source, receiver } = moving();
  copyAll(source, receiver, COPYING);
  source.put(`${KEY}.old`, "new");
  source.remove(`${KEY}.gone`);
  source.put(`${KEY}.short`, "x", { ttl: { kind: "after", ms: 50 } });
  source.nowMs += 100;
  source.step({ kind: "clock" });
  freeze(source, COPYING);
  const content = source.machine.state.shard(shardOf(utf8(KEY))).content;
  const digests = [content?.kv.digest(), content?.sessions.digest()];
  copyChunk(source, receiver, COPYING);
  expect(["old", "gone", "short", "ends"].map((key) => receiver.get(`${KEY}.${key}`))).toEqual(["new", "absent", "absent", "absent"]);
  const arrived = receiver.machine.state.shard(shardOf(utf8(KEY))).content;
  expect([arrived?.kv.digest(), arrived?.sessions.digest()]).toEqual(digests);
});

test("F42: a late duplicate is answered from what moved along, by whoever owns the shard then", () => {
  const { source, receiver } = moving();
  move(source, receiver, COPYING);
  expect(receiver.append(KEY, "x", sessionOf(1))).toBe("v1");
  expect(receiver.get(KEY)).toBe("x");
  expect(source.append(KEY, "x", sessionOf(1))).toBe("wrongShard");
  expect(receiver.append(KEY, "y", sessionOf(2, 1))).toBe("v2");
  expect(receiver.append(KEY, "x", sessionOf(1))).toBe("serialForgotten");
});

test("F44: revisions go on where they were, and log time is never below that of the source", () => {
  const { source, receiver } = moving();
  source.nowMs += 60_000;
  source.put(KEY, "later");
  move(source, receiver, COPYING);
  expect(receiver.machine.stampFloorMs).toBe(source.nowMs);
  expect(receiver.applied.lastStampMs).toBe(source.nowMs);
  const before = receiver.machine.state.shard(shardOf(utf8(KEY))).content?.kv.revision ?? 0;
  receiver.put(KEY, "here");
  expect(receiver.machine.state.shard(shardOf(utf8(KEY))).content?.kv.revision).toBe(before + 1);
});

test("a key that had ended at its source does not come back where the clocks are behind", () => {
  const { source, receiver } = moving();
  source.put(`${KEY}.short`, "x", { ttl: { kind: "after", ms: 1_000 } });
  source.nowMs += 2_000;
  source.put(KEY, "y");
  expect(source.get(`${KEY}.short`)).toBe("absent");
  move(source, receiver, COPYING);
  expect(receiver.get(`${KEY}.short`)).toBe("absent");
});

test("deadlines: the earliest of the served shards, and a clock entry ends what is due", () => {
  const group = new ShardedGroup("1");
  group.adopt(HERE);
  expect(group.machine.nextDeadline()).toBeNull();
  group.put(KEY, "x", { ttl: { kind: "after", ms: 500 } });
  expect(group.machine.nextDeadline()?.atMs).toBe(START_MS + 500);
  group.nowMs += 500;
  group.apply(group.machine.nextDeadline()?.command ?? new Uint8Array(0));
  expect(group.machine.nextDeadline()).toBeNull();
  expect(group.machine.keys).toBe(0);
});

test("F52: keys of several slots in one transaction are refused, and change nothing", () => {
  const group = new ShardedGroup("1");
  group.adopt(configurationOf(1, 1, { a: 1, b: 1 }));
  const put = (key: string) => ({ kind: "put", key: utf8(key), guards: NO_GUARDS, value: utf8("x") }) as const;
  expect(inWords(group.apply(encodeCommand({ kind: "txn", compare: [], then: [put("a"), put("b")], else: [] })))).toBe("crossSlot");
  expect(inWords(group.apply(encodeCommand({ kind: "batch", operations: [put("a"), put("b")] })))).toBe("badRequest");
  expect(group.machine.keys).toBe(0);
});

test("a scan names its shard, and is refused where that is not served", () => {
  const [one, two] = [new ShardedGroup("1"), new ShardedGroup("2")];
  for (const group of [one, two]) group.adopt(HERE);
  one.put(KEY, "x");
  const query = encodeQuery({ kind: "scan", prefix: utf8("{"), after: null, limit: 10, bytesMax: 1_000 });
  const inShard = { kind: "inShard", shard: shardOf(utf8(KEY)), query } as const;
  expect([inWords(one.ask(inShard)), inWords(two.ask(inShard))]).toEqual(["scanned", "wrongShard"]);
  expect(inWords(one.machine.query(query))).toBe("badRequest");
});

test("the image of a shard grows, its last changes are taken on a full disk too: by then nobody else may serve it", () => {
  const { source, receiver } = moving();
  const shard = shardOf(utf8(KEY));
  const grows: { readonly phase: string; readonly grows: boolean }[] = [];
  const copy = (): void => {
    const { staging } = receiver.machine.state.shard(shard);
    const from = staging === null ? new Uint8Array(0) : encodeCursor(staging.cursor);
    const chunk = source.ask({ kind: "copy", shard, number: 2, from, bytesMax: 1 });
    if (chunk.kind !== "done") throw new Error("a copy is answered");
    const step = { kind: "stage", shard, number: 2, from, chunk: chunk.value } as const;
    const phase = decodeChunk(chunk.value)?.next.phase ?? "none";
    grows.push({ phase, grows: receiver.machine.grows(encodeGroupCommand(step)) });
    receiver.step(step);
  };
  while (receiver.machine.state.shard(shard).staging?.cursor.phase !== "changes") copy();
  freeze(source, COPYING);
  while (receiver.statusOf(KEY).kind === "pulling") copy();
  expect(new Set(grows.map(({ phase }) => phase))).toEqual(new Set(["keys", "sessions", "changes"]));
  expect(grows.filter((each) => each.grows !== (each.phase !== "changes"))).toEqual([]);
});

test("besides what clients write, only a copy grows", () => {
  const { machine } = new ShardedGroup("1");
  const [shard, number] = [shardOf(utf8(KEY)), 2];
  const steps: readonly GroupCommand[] = [{ kind: "freeze", shard, number }, { kind: "release", shard, number }, { kind: "clock" }];
  expect(steps.map((step) => machine.grows(encodeGroupCommand(step)))).toEqual([false, false, false]);
  expect(machine.grows(encodeCommand({ kind: "put", key: utf8(KEY), guards: NO_GUARDS, value: utf8("v") }))).toBe(true);
  expect(machine.grows(encodeCommand({ kind: "delete", key: utf8(KEY), guards: NO_GUARDS }))).toBe(false);
});

test("no bytes make it throw, and the same bytes give the same state on every member", () => {
  const random = new Random(3);
  const [one, two] = [new ShardedGroup("1"), new ShardedGroup("1")];
  for (const group of [one, two]) group.adopt(HERE);
  for (let i = 0; i < 3_000; i++) {
    const bytes = Uint8Array.from({ length: random.between(0, 30) }, () => random.between(0, 255));
    bytes[0] = random.pick([1, 2, 3, 5, 7, 8, 128, 129, 130, 131, 132, 133, 255]);
    one.apply(bytes);
    two.apply(bytes);
    one.machine.query(bytes);
  }
  expect(one.applied.digest.toString()).toBe(two.applied.digest.toString());
  expect(one.machine.digest()).toBe(two.machine.digest());
});

test("a machine of another group is another machine", () => {
  const { source } = moving();
  const other = new ShardedStateMachine({ group: source.machine.configuration.shards[0] ?? ("9" as never), limits: LIMITS });
  expect(other.digest()).not.toBe(source.machine.digest());
  expect(other.sessionCount).toBe(0);
});

test("all shards of a group have one room for what they remember of their clients, and give it back when they leave", () => {
  const { source, receiver } = moving();
  const { room } = source.machine.state.limits;
  source.put(KEY, "1", { session: sessionOf(1) });
  expect(room).toMatchObject({ sessions: 1, answerBytes: source.machine.answerBytes });
  move(source, receiver, COPYING);
  expect(room).toMatchObject({ sessions: 0, answerBytes: 0 });
  expect(receiver.machine.state.limits.room).toMatchObject({ sessions: 1, answerBytes: receiver.machine.answerBytes });
});

test("sessions of a shard that nobody writes to end as well, while others are written to", () => {
  const group = new ShardedGroup("1");
  group.adopt(configurationOf(1, 1, { [KEY]: 1, "{b}": 1 }));
  group.put(KEY, "1", { session: sessionOf(1) });
  expect(group.machine.sessionCount).toBe(1);
  group.nowMs += 2 * 3_600_000;
  for (let second = 0; second < 256; second++) {
    group.nowMs += 1_000;
    group.put("{b}", "1");
  }
  expect(group.machine.sessionCount).toBe(0);
});
