import { asGroup } from "../../../core/base/ids.ts";
import type { GroupShards } from "../../../core/shard-controller/migrations.ts";
import { migrationsIn } from "../../../core/shard-controller/migrations.ts";
import { afterJoin } from "../../../core/shard-controller/next-configuration.ts";
import type { Configuration } from "../../../core/shards/configuration.ts";
import { FIRST_CONFIGURATION } from "../../../core/shards/configuration.ts";
import { members } from "./groups.ts";

const BEFORE = afterJoin(FIRST_CONFIGURATION, [members("1")]) as Configuration;
const LATEST = afterJoin(BEFORE, [members("2")]) as Configuration;

const said = (changes: Partial<GroupShards>): GroupShards => ({ configNumber: 2, pulling: [], frozen: [], handedOver: [], ...changes });

test("both sides of a move are one, at the furthest that either said", () => {
  const groups = new Map([
    [asGroup("1"), said({ frozen: [200], handedOver: [255] })],
    [asGroup("2"), said({ pulling: [201, 200] })],
  ]);
  expect(migrationsIn({ latest: LATEST, before: BEFORE }, groups)).toEqual([
    { shard: 200, from: "1", to: "2", state: "frozen" },
    { shard: 201, from: "1", to: "2", state: "pulling" },
    { shard: 255, from: "1", to: "2", state: "handedOver" },
  ]);
});

test("a side that does not answer is what the configurations say; without them it is not known", () => {
  const groups = new Map([[asGroup("2"), said({ pulling: [200] })]]);
  expect(migrationsIn({ latest: LATEST, before: BEFORE }, groups)).toEqual([{ shard: 200, from: "1", to: "2", state: "pulling" }]);
  expect(migrationsIn({ latest: LATEST, before: null }, groups)).toEqual([{ shard: 200, from: null, to: "2", state: "pulling" }]);
  expect(migrationsIn({ latest: LATEST, before: BEFORE }, new Map())).toEqual([]);
});
