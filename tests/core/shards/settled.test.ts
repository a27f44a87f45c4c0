import { ByteReader } from "../../../core/base/byte-reader.ts";
import { ByteWriter } from "../../../core/base/byte-writer.ts";
import type { Settled } from "../../../core/shards/settled.ts";
import { readSettled, SETTLED_KEPT, wasDropped, writeSettled } from "../../../core/shards/settled.ts";
import { configurationOf } from "./bench/configurations.ts";
import { move, ShardedGroup } from "./sharded-group.ts";
import { encodeSettlement } from "../../../core/shards/settlement.ts";
import { decodeGroupCommand } from "../../../core/shards/group-commands.ts";
import type { GroupCommand } from "../../../core/shards/group-commands.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import { utf8 } from "../../../core/base/bytes.ts";

const SETTLED: readonly Settled[] = [
  { after: 2, number: 5, dropped: [7, 200] },
  { after: 9, number: 10, dropped: [] },
];

test.each([
  { shard: 7, number: 1, dropped: false, why: "it came before" },
  { shard: 7, number: 2, dropped: true, why: "it was on its way" },
  { shard: 8, number: 2, dropped: false, why: "another was on its way" },
  { shard: 8, number: 3, dropped: true, why: "the configuration was passed over" },
  { shard: 7, number: 5, dropped: false, why: "a settlement brings nothing" },
  { shard: 7, number: 9, dropped: false, why: "the move had ended" },
])("of shard $shard by configuration $number: $why", ({ shard, number, dropped }) => {
  expect(wasDropped(SETTLED, shard, number)).toBe(dropped);
});

test("is read as it was written, and not read on where the bytes end", () => {
  const writer = new ByteWriter();
  writeSettled(writer, SETTLED);
  const bytes = writer.finish();
  expect(readSettled(new ByteReader(bytes))).toEqual(SETTLED);
  const cut = new ByteReader(bytes.subarray(0, 5));
  readSettled(cut);
  expect(cut.isIntact).toBe(false);
});

test("F51: what was skipped is not taken for arrived because an older settlement is forgotten, and what was dropped stays dropped", () => {
  const group = new ShardedGroup("1");
  const at = (number: number, owner: number) => configurationOf(number, 2, { a: owner, b: 2 });
  const comeAndDrop = (number: number): void => {
    group.adopt(at(number, 1));
    group.step(decodeGroupCommand(encodeSettlement({ configuration: at(number + 1, 2), frozenTo: [] })) as GroupCommand);
  };
  group.adopt(at(1, 2));
  for (let i = 0; i < SETTLED_KEPT; i++) comeAndDrop(2 + 2 * i);
  group.adopt(at(100, 2));
  comeAndDrop(101);
  const { state } = group.machine;
  expect([state.settled.length, state.adoptedSince]).toEqual([SETTLED_KEPT, 100]);
  const arrivals = [3, 90, 99, 101].map((number) => state.arrivalOf(shardOf(utf8("a")), number));
  expect(arrivals).toEqual(["no", "no", "no", "dropped"]);
});

test("F51: older settlements than are kept leave nothing that could be taken for arrived", () => {
  const [one, two] = [new ShardedGroup("1"), new ShardedGroup("2")];
  const at = (number: number, group: number) => configurationOf(number, 2, { a: group });
  for (const group of [one, two]) for (const number of [1, 2]) group.adopt(at(number, number));
  move(one, two, { key: "a", number: 2 });
  for (let i = 0; i <= SETTLED_KEPT; i++) {
    const number = 3 + 2 * i;
    two.adopt(at(number, 1));
    two.step(decodeGroupCommand(encodeSettlement({ configuration: at(number + 1, 2), frozenTo: [] })) as GroupCommand);
  }
  const { state } = two.machine;
  expect([two.statusOf("a").kind, state.settled.length, state.adoptedSince]).toEqual(["serving", SETTLED_KEPT, 4]);
  expect(state.arrivalOf(shardOf(utf8("a")), 2)).toBe("no");
});
