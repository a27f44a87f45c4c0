import { utf8 } from "../../../core/base/bytes.ts";
import { asGroup } from "../../../core/base/ids.ts";
import { GroupShard } from "../../../core/shards/group-shard.ts";
import { BEGIN } from "../../../core/shards/moving/copy-cursor.ts";
import { ABSENT, SERVING } from "../../../core/shards/shard-status.ts";
import { shardOf } from "../../../core/shards/slots.ts";
import { configurationOf } from "./bench/configurations.ts";
import { LIMITS } from "./sharded-group.ts";

const SHARD = shardOf(utf8("a"));
const ONE = asGroup("1");
const at = (number: number, owner: number): ReturnType<typeof configurationOf> => configurationOf(number, 2, { a: owner });

function leaving(): GroupShard {
  const shard = new GroupShard({ shard: SHARD, limits: LIMITS, changesMax: 10 });
  shard.adopt({ group: ONE, before: configurationOf(0, 2, {}), next: at(1, 1) });
  shard.adopt({ group: ONE, before: at(1, 1), next: at(2, 2) });
  return shard;
}

test("nobody follows what changes in a shard that stays", () => {
  const shard = new GroupShard({ shard: SHARD, limits: LIMITS, changesMax: 10 });
  expect([shard.status, shard.content]).toEqual([ABSENT, null]);
  shard.adopt({ group: ONE, before: configurationOf(0, 2, {}), next: at(1, 1) });
  expect(shard.status).toEqual(SERVING);
  expect([shard.onChange, shard.changes]).toEqual([undefined, null]);
});

test("F42: from the moment it begins to leave, changes of keys and sessions are written down", () => {
  const shard = leaving();
  shard.onChange?.(utf8("k"));
  shard.content?.sessions.listener?.(utf8("a-1"));
  expect([...(shard.changes?.since(0) ?? [])].map(({ kind }) => kind)).toEqual(["key", "session"]);
});

test("a copy is given by the configuration of the move only, and to nobody while the shard stays", () => {
  const shard = leaving();
  expect(shard.copy(1, BEGIN, 100)).toBeNull();
  expect(shard.copy(2, BEGIN, 100)).not.toBeNull();
});

test("what is released is gone", () => {
  const shard = leaving();
  expect(shard.freeze(2, 7)).toBe(true);
  expect(shard.freeze(1, 7)).toBe(false);
  expect(shard.release(1)).toBe(false);
  expect(shard.release(2)).toBe(true);
  expect([shard.status, shard.content, shard.changes]).toEqual([ABSENT, null, null]);
});
