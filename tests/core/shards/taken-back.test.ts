// F51: a receiver that is gone for good, at every step of a move. What its source has it serves on; nobody else ever does.
import { EMPTY_BYTES, utf8 } from "../../../core/base/bytes.ts";
import { asGroup } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import { encodeCommand, NO_GUARDS } from "../../../core/kv/commands.ts";
import { decodeCommandEnvelope } from "../../../core/replica/applied/command-envelope.ts";
import { decodeGroupCommand, decodeGroupQuery, encodeGroupCommand } from "../../../core/shards/group-commands.ts";
import type { ShardStatus } from "../../../core/shards/shard-status.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import type { Ask } from "./bench/bench.ts";
import { Bench } from "./bench/bench.ts";
import { configurationOf, randomConfigurations } from "./bench/configurations.ts";
import { judge } from "./bench/judge.ts";

const [KEY, OTHER] = ["{a}", "{b}"];
const KEYS = [KEY, OTHER];

/** Group 1 has both shards; group 2 is to get the first, and group 3 is there. */
function threeGroups({ seed = 7 } = {}): Bench {
  const configurations = [
    configurationOf(1, 3, { [KEY]: 1, [OTHER]: 1 }),
    configurationOf(2, 3, { [KEY]: 2, [OTHER]: 1 }),
    configurationOf(3, 3, { [KEY]: 3, [OTHER]: 1 }),
    configurationOf(4, 3, { [KEY]: 1, [OTHER]: 3 }),
  ];
  const bench = new Bench({ seed, groups: 3, configurations, keys: KEYS });
  bench.areFaultsOn = false;
  bench.announce();
  bench.run(100);
  return bench;
}

const statusIn = (bench: Bench, group: string, key = KEY): ShardStatus["kind"] =>
  bench.group(group).witness.machine.state.shard(shardOf(utf8(key))).status.kind;

function wordFor({ question }: Ask): string {
  if (question.to === "controllers") return "controllers";
  const { kind, bytes } = question.operation;
  return (kind === "read" ? decodeGroupQuery(bytes)?.kind : decodeGroupCommand(bytes)?.kind) ?? "?";
}

const stepIn = (body: Uint8Array): string | undefined => decodeGroupCommand(decodeCommandEnvelope(body)?.command ?? EMPTY_BYTES)?.kind;

/** Group 2 hears nothing more from this question of its on, or once its move has ended. */
function loseAt(bench: Bench, after: number): void {
  let asked = 0;
  bench.onAsk = (member, ask) => {
    if (member.group.id !== "2" || wordFor(ask) === "controllers") return "carry";
    if (++asked >= after) bench.lose("2");
    return asked > after ? "drop" : "carry";
  };
  bench.announce();
  bench.run(300);
  bench.lose("2");
  bench.onAsk = () => "carry";
}

function rest(bench: Bench): void {
  bench.heal();
  judge(bench, KEYS);
}

test("F51: a receiver that never heard of its move is gone: the source serves on, and further configurations are adopted", () => {
  const bench = threeGroups();
  bench.lose("2");
  bench.announce();
  bench.run(100);
  expect(statusIn(bench, "1")).toBe("leaving");
  expect(bench.takeBack()).toMatchObject({ kind: "known" });
  bench.runUntil(() => bench.isSettled, { begins: true });
  expect([statusIn(bench, "1"), statusIn(bench, "1", OTHER)]).toEqual(["serving", "serving"]);
  rest(bench);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])("F51, F42: the receiver is gone after question %i of a move", (after) => {
  const bench = threeGroups();
  loseAt(bench, after);
  const status = statusIn(bench, "1");
  const holders = bench.takeBack();
  // Not by the administrator's word alone where the receiver may have served.
  expect(holders.kind).toBe(status === "frozen" ? "uncertain" : "known");
  if (status !== "leaving") return;
  bench.run(50);
  expect(statusIn(bench, "1")).toBe("serving");
  rest(bench);
});

test.each([1, 2])(
  "F51: it is alive after all, having asked %i questions: it drops the shard, and nobody serves what another does",
  (after) => {
    const bench = threeGroups();
    loseAt(bench, after);
    expect(statusIn(bench, "1")).toBe("leaving");
    bench.takeBack();
    bench.run(20);
    bench.find("2");
    rest(bench);
    expect([statusIn(bench, "1"), statusIn(bench, "2")]).toEqual(["serving", "absent"]);
    expect(bench.group("2").witness.machine.configuration.number).toBe(3);
  },
);

const FOUR = ["{a}", "{b}", "{c}", "{d}"];

/** Of three groups, lost in the middle of any moves: four of so many configurations have been made by then. */
function withOneGone(seed: number, count: number): Bench {
  const configurations = randomConfigurations(new Random(seed).child("configurations"), { keys: FOUR, groups: 3, count });
  const bench = new Bench({ seed, groups: 3, configurations, keys: FOUR });
  for (let i = 0; i < 4; i++) {
    bench.announce();
    bench.run(bench.random.between(5, 120));
  }
  bench.lose(String(bench.random.between(1, 3)));
  bench.run(bench.random.between(0, 200));
  return bench;
}

test.each(Array.from({ length: 24 }, (_, i) => i + 1))(
  "F51, F42, F39: any moves, a group that is gone at any moment under every fault, and is found again (seed %i)",
  (seed) => {
    const bench = withOneGone(seed, 6);
    // Found in the middle of it, or when the others have gone on. A freeze that came late has them asked once more.
    let asked = bench.takeBack().kind;
    for (let i = 0; asked === "known" && seed % 3 > 0 && !bench.isSettled; i++) {
      bench.run(400);
      if (!bench.isSettled) asked = bench.takeBack().kind;
      if (i > 5) throw new Error(bench.describe());
    }
    if (seed % 3 === 2) bench.announce();
    bench.run(bench.random.between(0, 100));
    const named = [...bench.gone];
    bench.find(named.join());
    bench.announce();
    bench.areFaultsOn = false;
    // What was said may have been out of date when it was made a settlement: then it is asked for once more.
    for (let i = 0; i < 3 && !bench.isSettled; i++) {
      bench.run(400);
      if (!bench.isSettled) bench.takeBack(false, named);
    }
    bench.heal();
    judge(bench, FOUR);
  },
);

/** Of the last two: the gone group had passed a shard on, and the one before it never heard of that. */
test.each([...Array.from({ length: 14 }, (_, i) => i + 1), 55, 240])(
  "F51: a group is gone for good at any moment: the others come to rest, and each shard that is theirs is served (seed %i)",
  (seed) => {
    const bench = withOneGone(seed, 5);
    for (let i = 0; i < 2; i++) {
      untilTakenBack(bench);
      // Which may give something to the gone group once more.
      bench.announce();
      bench.run(100);
    }
    untilTakenBack(bench);
    for (const key of FOUR) {
      const owner = bench.configuration.shards[shardOf(utf8(key))] ?? "";
      if (!bench.gone.has(asGroup(owner))) expect(statusIn(bench, owner, key)).toBe("serving");
    }
  },
);

/** As an administrator would go on. */
function untilTakenBack(bench: Bench): void {
  bench.areFaultsOn = false;
  for (let i = 0; i < 10; i++) {
    bench.run(400);
    if (bench.isSettled) return;
    const found = bench.takeBack();
    if (found.kind === "uncertain" && found.message.includes("evenFrozen")) bench.takeBack(true);
  }
  throw new Error(`it does not come to rest: ${bench.describe()}`);
}

test("F51: two configurations later: whoever waits for the gone group drops it, and whoever has the shard keeps it", () => {
  const bench = threeGroups();
  bench.lose("2");
  bench.announce();
  bench.run(50);
  bench.announce();
  bench.announce();
  bench.run(100);
  expect(bench.groups.map((_, i) => statusIn(bench, String(i + 1)))).toEqual(["leaving", "absent", "pulling"]);
  expect(bench.takeBack()).toMatchObject({ kind: "known" });
  rest(bench);
  expect(bench.groups.map((_, i) => statusIn(bench, String(i + 1)))).toEqual(["serving", "absent", "absent"]);
  expect(statusIn(bench, "1", OTHER)).toBe("serving");
});

test("F51: a frozen shard is served again only by the administrator's word, and the receiver, alive after all, gives it back", () => {
  const bench = threeGroups();
  bench.onAsk = (member, ask) =>
    member.group.id === "2" && wordFor(ask) === "copy" && statusIn(bench, "1") === "frozen" ? "drop" : "carry";
  bench.announce();
  bench.runUntil(() => statusIn(bench, "1") === "frozen", { begins: true });
  bench.lose("2");
  bench.onAsk = () => "carry";
  bench.run(50);
  expect(bench.takeBack()).toMatchObject({ kind: "uncertain", message: expect.stringContaining("evenFrozen") as string });
  expect(bench.takeBack(true)).toMatchObject({ kind: "known" });
  bench.run(50);
  expect(statusIn(bench, "1")).toBe("serving");
  bench.find("2");
  rest(bench);
  expect(statusIn(bench, "2")).toBe("absent");
});

test("F51: what the gone group alone had stays its own: nobody serves it, empty or otherwise, and the others go on", () => {
  const bench = threeGroups();
  bench.runUntil(() => bench.clients.every(({ isIdle }) => isIdle));
  bench.announce();
  bench.runUntil(() => statusIn(bench, "2") === "serving" && statusIn(bench, "1") === "absent");
  bench.lose("2");
  bench.announce();
  bench.run(100);
  expect(statusIn(bench, "3")).toBe("pulling");
  bench.takeBack();
  bench.runUntil(() => bench.isSettled);
  expect(bench.configuration.shards[shardOf(utf8(KEY))]).toBe("2");
  expect([statusIn(bench, "1"), statusIn(bench, "3")]).toEqual(["absent", "absent"]);
  // A disk of it turns up.
  bench.find("2");
  rest(bench);
  expect(statusIn(bench, "2")).toBe("serving");
});

test("F45: what was to end while the shard was leaving ends in its time, and so does what was to end while it stood still", () => {
  const bench = threeGroups();
  const put = (key: string, ms: number): void => {
    const command = encodeCommand({ kind: "put", key: utf8(key), guards: NO_GUARDS, value: utf8("x"), ttl: { kind: "after", ms } });
    bench.group("1").propose(command, null, () => undefined);
  };
  put(`${KEY}short`, 600);
  put(`${KEY}long`, 60_000);
  bench.lose("2");
  bench.announce();
  bench.runUntil(() => statusIn(bench, "1") === "leaving");
  bench.group("1").propose(encodeGroupCommand({ kind: "freeze", shard: shardOf(utf8(KEY)), number: 2 }), null, () => undefined);
  bench.run(80);
  expect(statusIn(bench, "1")).toBe("frozen");
  bench.takeBack(true);
  rest(bench);
  expect([bench.valueOf(`${KEY}short`), bench.valueOf(`${KEY}long`)]).toEqual([null, "x"]);
});

test.each(["leader", "members"])("F51: the source's %s change while it settles, and members restart", (which) => {
  const bench = threeGroups();
  bench.lose("2");
  bench.announce();
  bench.run(50);
  bench.takeBack();
  for (let i = 0; i < 8; i++) {
    if (which === "leader") bench.group("1").changeLeader();
    else bench.group("1").restartAll();
    bench.run(4);
    bench.group("1").members.forEach((member) => member.takeSnapshot(100));
  }
  rest(bench);
});

test("F51: a source that was recovered from a log without its settlement settles once more", () => {
  const bench = threeGroups();
  bench.runUntil(() => bench.clients.every(({ isIdle }) => isIdle));
  bench.lose("2");
  bench.announce();
  bench.run(50, { begins: false });
  bench.takeBack();
  bench.runUntil(() => statusIn(bench, "1") === "serving");
  const { log } = bench.group("1");
  bench.group("1").recover(log.findLastIndex(({ body }) => stepIn(body) === "settle"));
  expect(statusIn(bench, "1")).toBe("leaving");
  rest(bench);
});

test("F51: a group that was recovered from a log without its freeze is not said to have what a later owner has frozen for the gone one", () => {
  const bench = threeGroups();
  // Both serve for a moment, as after every such recovery.
  bench.areOwnersCompared = false;
  bench.runUntil(() => bench.clients.every(({ isIdle }) => isIdle));
  bench.announce();
  bench.runUntil(() => statusIn(bench, "2") === "serving" && statusIn(bench, "1") === "absent");
  const command = encodeCommand({ kind: "put", key: utf8(KEY), guards: NO_GUARDS, value: utf8("later"), ttl: { kind: "forever" } });
  bench.group("2").propose(command, null, () => undefined);
  // Group 3 gets nothing more once group 2 stands still, and group 1 is not answered for a while.
  bench.onAsk = ({ group }, ask) => {
    const isCut = group.id === "1" || (group.id === "3" && statusIn(bench, "2") === "frozen");
    return isCut && wordFor(ask) !== "controllers" ? "drop" : "carry";
  };
  bench.announce();
  bench.runUntil(() => statusIn(bench, "2") === "frozen");
  bench.lose("3");
  bench.group("1").recover(bench.group("1").log.findLastIndex(({ body }) => stepIn(body) === "freeze"));
  bench.run(50);
  expect([statusIn(bench, "1"), statusIn(bench, "2")]).toEqual(["leaving", "frozen"]);
  expect(bench.takeBack(true)).toMatchObject({ kind: "uncertain", message: expect.stringContaining("both have shard") as string });
  bench.onAsk = () => "carry";
  bench.runUntil(() => statusIn(bench, "1") === "absent");
  expect(bench.takeBack(true)).toMatchObject({ kind: "known" });
  bench.runUntil(() => bench.isSettled);
  expect([statusIn(bench, "2"), bench.valueOf(KEY)]).toEqual(["serving", "later"]);
});
