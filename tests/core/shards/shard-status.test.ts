import { asGroup } from "../../../core/base/ids.ts";
import type { ShardStatus } from "../../../core/shards/shard-status.ts";
import { ABSENT, isMoving, isServed, PARKED, SERVING, statusAfter } from "../../../core/shards/shard-status.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import { utf8 } from "../../../core/base/bytes.ts";
import { configurationOf } from "./bench/configurations.ts";

const [ONE, TWO] = [asGroup("1"), asGroup("2")];

test.each([
  { name: "stays", from: SERVING, before: 1, after: 1, is: SERVING },
  { name: "is lost", from: SERVING, before: 1, after: 2, is: { kind: "leaving", number: 2, to: TWO } },
  { name: "is gained", from: ABSENT, before: 2, after: 1, is: { kind: "pulling", number: 2, from: TWO } },
  { name: "is gained from nobody", from: ABSENT, before: null, after: 1, is: SERVING },
  { name: "goes to nobody", from: SERVING, before: 1, after: null, is: PARKED },
  { name: "comes back from nobody", from: PARKED, before: null, after: 1, is: SERVING },
  { name: "is passed among others", from: ABSENT, before: 2, after: 3, is: ABSENT },
  { name: "was parked and goes to another", from: PARKED, before: null, after: 2, is: PARKED },
] as const)("a shard that $name", ({ from, before, after, is }) => {
  const change = { group: ONE, before: configurationOf(1, 3, { a: before }), next: configurationOf(2, 3, { a: after }) };
  expect(statusAfter(from, shardOf(utf8("a")), change)).toEqual(is);
});

test("who serves, and who is in the middle of a move", () => {
  const statuses: readonly ShardStatus[] = [
    ABSENT,
    PARKED,
    SERVING,
    { kind: "pulling", number: 1, from: ONE },
    { kind: "leaving", number: 1, to: ONE },
    { kind: "frozen", number: 1, to: ONE, atMs: 1 },
  ];
  expect(statuses.map(isServed)).toEqual([false, false, true, false, true, false]);
  expect(statuses.map(isMoving)).toEqual([false, false, false, true, true, true]);
});
