import { shardLists } from "../../../core/shards/shard-lists.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { configurationOf } from "./bench/configurations.ts";
import { freeze, ShardedGroup } from "./sharded-group.ts";

const numberOf = (key: string): number => shardOf(utf8(key));

test("each shard is in the list of what is done with it; one that leaves still serves", () => {
  const group = new ShardedGroup("1");
  group.adopt(configurationOf(1, 2, { a: 1, b: 1, c: 1, d: 2, e: 1 }));
  group.adopt(configurationOf(2, 2, { a: 1, b: 2, c: 2, d: 1, e: null }));
  freeze(group, { key: "c", number: 2 });
  expect(shardLists(group.machine.state)).toEqual({
    serving: [numberOf("a"), numberOf("b")].sort((a, b) => a - b),
    pulling: [numberOf("d")],
    leaving: [numberOf("b")],
    frozen: [numberOf("c")],
    parked: [numberOf("e")],
  });
});
