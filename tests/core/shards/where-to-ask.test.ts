// Whoever is refused because of a shard is told whom to ask instead: by the configuration, and in the middle of a move by it.
import { asGroup, asIndex, asServiceIndex } from "../../../core/base/ids.ts";
import { DEFAULT_REPLICA_LIMITS } from "../../../core/replica/options.ts";
import type { Configuration } from "../../../core/shards/configuration.ts";
import { encodeConfiguration } from "../../../core/shards/configuration.ts";
import type { GroupCommand } from "../../../core/shards/group-commands.ts";
import { encodeGroupCommand } from "../../../core/shards/group-commands.ts";
import { ShardedStateMachine } from "../../../core/shards/sharded-state-machine.ts";
import { SHARDS } from "../../../core/shards/slots.ts";

function ownedBy(number: number, owner: string | null): Configuration {
  const member = { peer: "x:1", http: "http://x:2", redis: null };
  return {
    number,
    shards: new Array<null>(SHARDS).fill(null).map(() => (owner === null ? null : asGroup(owner))),
    groups: { 1: [member], 2: [member] },
  };
}

function group(name: string): { readonly step: (command: GroupCommand) => void; readonly told: () => unknown } {
  const machine = new ShardedStateMachine({ group: asGroup(name), limits: DEFAULT_REPLICA_LIMITS });
  let index = 0;
  const step = (command: GroupCommand): void => {
    index++;
    machine.apply(encodeGroupCommand(command), { index: asIndex(index), serviceIndex: asServiceIndex(index), stampMs: index });
  };
  const told = (): unknown => {
    const why = machine.whyNotHere(7);
    return why === null ? "served" : why.kind === "refused" ? [why.refusal.code, why.refusal.details?.["owner"]] : why;
  };
  return { step, told };
}

test("through a move, at both ends", () => {
  const [one, two] = [group("1"), group("2")];
  const told = (): unknown => [one.told(), two.told()];
  const adopt = (configuration: Configuration): void => {
    for (const each of [one, two]) each.step({ kind: "adopt", configuration: encodeConfiguration(configuration) });
  };
  expect(told()).toEqual([
    ["starting", undefined],
    ["starting", undefined],
  ]);
  adopt(ownedBy(1, "1"));
  expect(told()).toEqual(["served", ["wrongShard", "1"]]);
  adopt(ownedBy(2, "2"));
  expect(told()).toEqual(["served", ["shardMoving", "1"]]);
  one.step({ kind: "freeze", shard: 7, number: 2 });
  expect(told()).toEqual([
    ["shardMoving", "2"],
    ["shardMoving", "1"],
  ]);
  one.step({ kind: "release", shard: 7, number: 2 });
  expect(told()).toEqual([
    ["wrongShard", "2"],
    ["shardMoving", "1"],
  ]);
});

test("a shard of nobody's is nowhere", () => {
  const one = group("1");
  for (const number of [1, 2]) one.step({ kind: "adopt", configuration: encodeConfiguration(ownedBy(number, number === 1 ? "1" : null)) });
  expect(one.told()).toEqual(["wrongShard", null]);
});
