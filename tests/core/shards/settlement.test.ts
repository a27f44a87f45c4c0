import { utf8 } from "../../../core/base/bytes.ts";
import { asBoot, asGroup, asMember } from "../../../core/base/ids.ts";
import { createClientId } from "../../../core/replica/applied/client-id.ts";
import type { Configuration } from "../../../core/shards/configuration.ts";
import { encodeConfiguration } from "../../../core/shards/configuration.ts";
import type { StepResult } from "../../../core/shards/group-commands.ts";
import { encodeGroupQuery } from "../../../core/shards/group-commands.ts";
import { encodeSettlement, maySettle } from "../../../core/shards/settlement.ts";
import { ShardedStateMachine } from "../../../core/shards/sharded-state-machine.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import { configurationOf } from "./bench/configurations.ts";
import { copyAll, copyChunk, freeze, LIMITS, move, ShardedGroup, START_MS } from "./sharded-group.ts";

const [KEY, OTHER] = ["a", "b"];

/** Group 1 gives the first to group 2, which gives the other to group 1. */
function crossing(): { readonly one: ShardedGroup; readonly two: ShardedGroup } {
  const [one, two] = [new ShardedGroup("1"), new ShardedGroup("2")];
  for (const group of [one, two]) {
    group.adopt(configurationOf(1, 2, { [KEY]: 1, [OTHER]: 2 }));
    group.adopt(configurationOf(2, 2, { [KEY]: 2, [OTHER]: 1 }));
  }
  return { one, two };
}

const settle = (group: ShardedGroup, configuration: Configuration, ...frozenTo: readonly string[]): StepResult =>
  group.step({ kind: "settle", configuration: encodeConfiguration(configuration), frozenTo: frozenTo.map(asGroup) });

const AS_THEY_ARE = configurationOf(3, 2, { [KEY]: 1, [OTHER]: 2 });

test("what was leaving is served on with all that it has, and what was coming is dropped", () => {
  const { one, two } = crossing();
  const client = createClientId({ issuedMs: START_MS, member: asMember("m"), boot: asBoot(1), count: 1 });
  const session = { client, serial: 1, acked: 0 };
  one.append(KEY, "x", session);
  one.put(`{${KEY}}`, "y", { ttl: { kind: "after", ms: 500 } });
  copyAll(two, one, { key: OTHER, number: 2 });
  expect(settle(one, AS_THEY_ARE)).toBe("done");
  expect([one.statusOf(KEY).kind, one.statusOf(OTHER).kind]).toEqual(["serving", "absent"]);
  expect([one.get(KEY), one.get(OTHER)]).toEqual(["x", "wrongShard"]);
  expect(one.machine.state.shard(shardOf(utf8(KEY))).changes).toBeNull();
  expect([one.append(KEY, "x", session), one.get(KEY)]).toEqual(["v1", "x"]);
  one.nowMs += 1_000;
  one.step({ kind: "clock" });
  expect(one.get(`{${KEY}}`)).toBe("absent");
  expect(settle(one, AS_THEY_ARE)).toBe("late");
});

test("F51: steps of the move that was taken back come late, and so does its copy", () => {
  const { one, two } = crossing();
  copyAll(one, two, { key: KEY, number: 2 });
  settle(one, AS_THEY_ARE);
  expect(freeze(one, { key: KEY, number: 2 })).toBe("late");
  expect(copyChunk(one, two, { key: KEY, number: 2 })).toBe("wrong");
  expect(two.statusOf(KEY).kind).toBe("pulling");
});

test.each([
  { what: "another shard is its own there", configuration: configurationOf(3, 2, { [KEY]: 1, [OTHER]: 1 }) },
  { what: "one that it has is not", configuration: configurationOf(3, 2, { [KEY]: 2, [OTHER]: 2 }) },
  { what: "it is no later one", configuration: configurationOf(2, 2, { [KEY]: 1, [OTHER]: 2 }) },
])("changes nothing where $what", ({ configuration }) => {
  const { one } = crossing();
  const before = one.machine.digest();
  expect(settle(one, configuration)).toBe("late");
  expect(one.machine.digest()).toBe(before);
});

test("goes over the configurations in between", () => {
  const { one } = crossing();
  expect(settle(one, { ...AS_THEY_ARE, number: 9 })).toBe("done");
  expect(one.machine.configuration.number).toBe(9);
});

test("a group whose moves have ended adopts it in its turn", () => {
  const group = new ShardedGroup("1");
  group.adopt(configurationOf(1, 2, { [KEY]: 1 }));
  expect(settle(group, configurationOf(2, 2, { [KEY]: 1 }))).toBe("late");
  expect(group.adopt(configurationOf(2, 2, { [KEY]: 1 }))).toBe("done");
});

test("F51: a shard that stands still is kept only where it stands still for one of the groups that were named", () => {
  const { one } = crossing();
  freeze(one, { key: KEY, number: 2 });
  expect(settle(one, AS_THEY_ARE)).toBe("late");
  expect(settle(one, AS_THEY_ARE, "3")).toBe("late");
  expect(one.get(KEY)).toBe("shardMoving");
  expect(settle(one, AS_THEY_ARE, "3", "2")).toBe("done");
  expect(one.get(KEY)).toBe("absent");
});

test("F51: what was dropped has not arrived, however much later it is asked; what had arrived has", () => {
  const { one } = crossing();
  settle(one, AS_THEY_ARE);
  one.adopt(configurationOf(4, 2, { [KEY]: 1, [OTHER]: 2 }));
  const arrivalOf = (key: string, number: number): string => one.machine.state.arrivalOf(shardOf(utf8(key)), number);
  expect([arrivalOf(OTHER, 2), arrivalOf(KEY, 1), arrivalOf(KEY, 3)]).toEqual(["dropped", "yes", "yes"]);
});

test("F51: a frozen shard that its receiver has dropped is leaving again, and nothing is thawed a second time", () => {
  const { one } = crossing();
  const thaw = (number: number): StepResult => one.step({ kind: "thaw", shard: shardOf(utf8(KEY)), number });
  expect(thaw(2)).toBe("late");
  freeze(one, { key: KEY, number: 2 });
  expect([thaw(1), thaw(2), thaw(2)]).toEqual(["late", "done", "late"]);
  expect([one.statusOf(KEY).kind, one.get(KEY)]).toEqual(["leaving", "absent"]);
});

test("F51: what a settlement found here is not served by a later configuration, and what came afterwards is", () => {
  const { one, two } = crossing();
  const servesLater = (key: string, number: number): boolean => {
    const answer = one.machine.query(encodeGroupQuery({ kind: "servesLater", shard: shardOf(utf8(key)), number }));
    return answer.kind === "done" && answer.value[0] === 1;
  };
  expect([servesLater(KEY, 1), servesLater(KEY, 2)]).toEqual([true, false]);
  settle(one, { ...AS_THEY_ARE, number: 5 });
  expect([1, 2, 4, 5].map((number) => servesLater(KEY, number))).toEqual([true, false, false, false]);
  one.adopt(configurationOf(6, 2, { [KEY]: 1, [OTHER]: 1 }));
  expect(servesLater(OTHER, 4)).toBe(false);
  settle(two, { ...AS_THEY_ARE, number: 5 });
  two.adopt(configurationOf(6, 2, { [KEY]: 1, [OTHER]: 1 }));
  move(two, one, { key: OTHER, number: 6 });
  expect([servesLater(KEY, 4), servesLater(OTHER, 4), servesLater(OTHER, 6)]).toEqual([false, true, false]);
});

test("needs a version of its own, and a snapshot holds what was settled", () => {
  const { one } = crossing();
  const command = encodeSettlement({ configuration: AS_THEY_ARE, frozenTo: [asGroup("2")] });
  expect(one.machine.versionOf(command)).toBe(2);
  settle(one, AS_THEY_ARE);
  const twin = new ShardedStateMachine({ group: asGroup("1"), limits: LIMITS });
  const restoration = twin.restore();
  expect(restoration.write(one.snapshotBytes())).toBe(true);
  expect(restoration.finish()).toBe(true);
  expect(twin.digest()).toBe(one.machine.digest());
  expect(twin.state.settled).toEqual([{ after: 2, number: 3, dropped: [shardOf(utf8(OTHER))] }]);
  expect(maySettle(twin.state, { configuration: { ...AS_THEY_ARE, number: 9 }, frozenTo: [] })).toBe(false);
});
