import { EMPTY_BYTES, utf8 } from "../../../core/base/bytes.ts";
import { Random } from "../../../core/base/random.ts";
import { encodeCommand, NO_GUARDS } from "../../../core/kv/commands.ts";
import { decodeCommandEnvelope } from "../../../core/replica/applied/command-envelope.ts";
import { decodeGroupCommand, decodeGroupQuery } from "../../../core/shards/group-commands.ts";
import type { ShardStatus } from "../../../core/shards/shard-status.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import type { Ask } from "./bench/bench.ts";
import { Bench } from "./bench/bench.ts";
import { configurationOf, randomConfigurations } from "./bench/configurations.ts";
import { judge } from "./bench/judge.ts";

const KEYS = ["{a}", "{b}", "{c}", "{d}"];

function seeds(from: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

test.each(seeds(1, 40))("F51, F42, F39: moves under every fault lose nothing and double nothing (seed %i)", (seed) => {
  const configurations = randomConfigurations(new Random(seed).child("configurations"), { keys: KEYS, groups: 3, count: 5 });
  const skewsMs = [0, 40_000, -40_000];
  const bench = new Bench({ seed, groups: 3, configurations, keys: KEYS, skewsMs, changesMax: seed % 4 === 0 ? 3 : 1_000 });
  for (let i = 0; i < configurations.length; i++) {
    bench.announce();
    // Sometimes the next one comes before anybody has heard of this one.
    if (bench.random.chance(0.3)) bench.announce();
    bench.run(bench.random.between(20, 250));
    bench.areControllersUp = bench.random.chance(0.7);
  }
  bench.heal();
  judge(bench, KEYS, { mayCopiesFail: seed % 4 === 0 });
});

const KEY = "{a}";

/** Group 1 has the shard and clients write to it; group 2 is to get it. No faults but those of the test. */
function twoGroups(options: { readonly skewsMs?: readonly number[] } = {}): Bench {
  const configurations = [configurationOf(1, 2, { [KEY]: 1 }), configurationOf(2, 2, { [KEY]: 2 }), configurationOf(3, 2, { [KEY]: 1 })];
  const bench = new Bench({ seed: 7, groups: 2, configurations, keys: [KEY], ...options });
  bench.areFaultsOn = false;
  bench.announce();
  bench.run(100);
  return bench;
}

const statusIn = (bench: Bench, group: string): ShardStatus["kind"] =>
  bench.group(group).witness.machine.state.shard(shardOf(utf8(KEY))).status.kind;

function wordFor({ question }: Ask): string {
  if (question.to === "controllers") return "controllers";
  const { kind, bytes } = question.operation;
  return (kind === "read" ? decodeGroupQuery(bytes)?.kind : decodeGroupCommand(bytes)?.kind) ?? "?";
}

function rest(bench: Bench): void {
  bench.heal();
  judge(bench, [KEY]);
}

test("clients hardly notice a move: a shard stands still for a moment only", () => {
  const bench = twoGroups();
  bench.announce();
  let frozen = 0;
  bench.runUntil(
    () => {
      if (statusIn(bench, "1") === "frozen" && statusIn(bench, "2") !== "serving") frozen++;
      return statusIn(bench, "2") === "serving";
    },
    { begins: true },
  );
  expect(frozen).toBeLessThan(20);
  rest(bench);
});

test("a shard is let go soon after it was frozen, although it was asked about just before", () => {
  const bench = twoGroups();
  bench.announce();
  const momentOf = (holds: () => boolean): number => {
    bench.runUntil(holds, { begins: true });
    return bench.nowMs;
  };
  const frozenMs = momentOf(() => statusIn(bench, "1") === "frozen");
  const servedMs = momentOf(() => statusIn(bench, "2") === "serving");
  const releasedMs = momentOf(() => statusIn(bench, "1") === "absent");
  expect(servedMs - frozenMs).toBeLessThanOrEqual(150);
  expect(releasedMs - servedMs).toBeLessThanOrEqual(150);
  rest(bench);
});

test.each([1, 2, 3, 4, 5, 6, 8, 10, 13])("F51: the receiver loses its leader after every step %i of a move", (after) => {
  const bench = twoGroups();
  let asked = 0;
  bench.onAsk = (member) => {
    if (member.group.id === "2" && ++asked % after === 0) bench.group("2").changeLeader();
    return "carry";
  };
  bench.announce();
  bench.run(200);
  bench.onAsk = () => "carry";
  rest(bench);
});

test.each(["copy", "freeze", "hasArrived"])("F51: both ends lose their leaders, and members restart, when it comes to %s", (word) => {
  const bench = twoGroups();
  let times = 0;
  bench.onAsk = (_member, ask) => {
    if (wordFor(ask) !== word || ++times > 5) return "carry";
    for (const group of bench.groups) {
      group.changeLeader();
      group.members.forEach((member, i) => {
        if (i === group.leader) return;
        member.takeSnapshot(100);
        member.restart();
      });
    }
    return times % 2 === 0 ? "carry" : "drop";
  };
  bench.announce();
  bench.run(300);
  expect(times).toBeGreaterThan(1);
  rest(bench);
});

/** Which end is cut off from its power, and after how many questions of the move. */
const CUTS = ["1", "2"].flatMap((group) => Array.from({ length: 10 }, (_, after) => ({ group, after: after + 1 })));

test.each(CUTS)(
  "F51, F42: all of group $group restarts at question $after of a move, and again three questions later",
  ({ group, after }) => {
    const bench = twoGroups();
    for (const each of bench.groups) each.members.forEach((member, i) => i > 0 && member.takeSnapshot(100));
    let asked = 0;
    bench.onAsk = (_member, ask) => {
      if (wordFor(ask) === "controllers") return "carry";
      asked++;
      if (asked === after || asked === after + 3) bench.group(group).restartAll();
      // What the member asks for that has just ended is nobody's.
      return asked === after ? "drop" : "carry";
    };
    // There, and back again.
    bench.announce();
    bench.announce();
    bench.runUntil(() => asked > after + 3, { begins: true });
    bench.onAsk = () => "carry";
    rest(bench);
  },
);

test("F51: members that have moved to other machines in the middle of a move are found there", () => {
  const owned = [configurationOf(1, 2, { [KEY]: 1 }), configurationOf(2, 2, { [KEY]: 2 }), configurationOf(3, 2, { [KEY]: 2 })];
  const address = { peer: "elsewhere:7000", http: "http://elsewhere", redis: null };
  const configurations = owned.map((each) => (each.number < 3 ? each : { ...each, groups: { "1": [address], "2": [address] } }));
  const bench = new Bench({ seed: 7, groups: 2, configurations, keys: [KEY] });
  bench.areFaultsOn = false;
  bench.announce();
  bench.run(100);
  bench.onAsk = (_member, { question }) => (question.to === "controllers" || question.peers.includes(address.peer) ? "carry" : "drop");
  bench.announce();
  bench.runUntil(() => statusIn(bench, "2") === "pulling", { begins: true });
  bench.announce();
  rest(bench);
  expect(statusIn(bench, "1")).toBe("absent");
});

test("a source that has lost its majority is waited for; nothing else is disturbed, and nobody else serves", () => {
  const bench = twoGroups();
  bench.announce();
  bench.runUntil(() => statusIn(bench, "2") === "pulling", { begins: true });
  bench.group("1").hasMajority = false;
  bench.run(300);
  expect(statusIn(bench, "2")).toBe("pulling");
  rest(bench);
});

/** What the log of the one disk that was left ends before. */
const LOST_STEPS = ["adopt", "freeze", "release"] as const;

test.each(LOST_STEPS)("F51: a source that was recovered from a log without its last %s gives up what the receiver serves", (lost) => {
  const bench = twoGroups();
  const { log, witness } = bench.group("1");
  // What it answers between its recovery and its freeze is lost with its copy, so nobody asks it anything meanwhile.
  bench.runUntil(() => bench.clients.every(({ isIdle }) => isIdle));
  bench.announce();
  bench.runUntil(() => bench.isSettled && statusIn(bench, "1") === "absent");
  const stepAt = log.findLastIndex(({ body }) => decodeGroupCommand(decodeCommandEnvelope(body)?.command ?? EMPTY_BYTES)?.kind === lost);
  expect(stepAt).toBeGreaterThan(0);
  bench.areOwnersCompared = false;
  bench.group("1").recover(stepAt);
  expect(statusIn(bench, "1")).toBe({ adopt: "serving", freeze: "leaving", release: "frozen" }[lost]);
  bench.runUntil(() => statusIn(bench, "1") === "absent");
  bench.areOwnersCompared = true;
  expect(witness.machine.state.counts.handedOver).toBe(1);
  // And back again: neither is in anybody's way.
  bench.announce();
  bench.run(100);
  rest(bench);
  expect([statusIn(bench, "1"), statusIn(bench, "2")]).toEqual(["serving", "absent"]);
});

test("the controllers are away: who has heard of the configuration passes it on, and the move ends", () => {
  const bench = twoGroups();
  bench.announce();
  // Only the receiver hears of it in time.
  bench.onAsk = (member, ask) => (wordFor(ask) === "controllers" && member.group.id === "1" ? "drop" : "carry");
  bench.runUntil(() => statusIn(bench, "2") === "pulling", { begins: true });
  bench.areControllersUp = false;
  bench.runUntil(() => statusIn(bench, "2") === "serving" && statusIn(bench, "1") === "absent", { begins: true });
  bench.onAsk = () => "carry";
  rest(bench);
});

test("F51: two configurations race: the second waits for the first to end on both sides, and the shard comes back whole", () => {
  const bench = twoGroups();
  bench.announce();
  bench.announce();
  bench.run(20);
  expect(bench.groups.every(({ witness }) => witness.machine.configuration.number <= 3)).toBe(true);
  rest(bench);
  expect([statusIn(bench, "1"), statusIn(bench, "2")]).toEqual(["serving", "absent"]);
  expect(bench.groups.map(({ witness }) => witness.machine.state.counts)).toEqual([
    { handedOver: 1, taken: 1 },
    { handedOver: 1, taken: 1 },
  ]);
});

test("expiry travels: what ends during a move or after it ends in its time, by the clock that is ahead", () => {
  const bench = twoGroups({ skewsMs: [5_000, 0] });
  const put = (key: string, ms: number): void => {
    const ttl = { kind: "after", ms } as const;
    const command = encodeCommand({ kind: "put", key: utf8(key), guards: NO_GUARDS, value: utf8("x"), ttl });
    bench.group("1").propose(command, null, () => undefined);
  };
  put(`${KEY}short`, 200);
  put(`${KEY}long`, 8_000);
  bench.run(5);
  const ended = bench.group("1").witness.machine;
  expect(ended.nextDeadline()).not.toBeNull();
  bench.announce();
  rest(bench);
  expect(bench.group("2").witness.applied.lastStampMs).toBeGreaterThanOrEqual(bench.group("1").witness.machine.state.stampFloorMs);
  expect(bench.valueOf(`${KEY}short`)).toBeNull();
  expect(bench.valueOf(`${KEY}long`)).toBe("x");
  bench.run(1_400);
  expect(bench.valueOf(`${KEY}long`)).toBeNull();
  expect(bench.group("2").witness.machine.nextDeadline()).toBeNull();
});

test("all shards that a group has move to another, a few at a time", () => {
  const keys = Array.from({ length: 30 }, (_, i) => `{${String(i)}}`);
  const owned = (group: number): Record<string, number> => Object.fromEntries(keys.map((key) => [key, group]));
  const configurations = [configurationOf(1, 2, owned(1)), configurationOf(2, 2, owned(2))];
  const bench = new Bench({ seed: 5, groups: 2, configurations, keys });
  bench.announce();
  bench.run(150);
  bench.announce();
  bench.heal();
  judge(bench, keys);
  expect(bench.group("2").witness.machine.state.counts.taken).toBe(new Set(keys.map((key) => shardOf(utf8(key)))).size);
});
