// Configurations for the tests of moves: a few shards, a few groups, everything else belongs to nobody.
import { utf8 } from "../../../../core/base/bytes.ts";
import { asGroup } from "../../../../core/base/ids.ts";
import type { Random } from "../../../../core/base/random.ts";
import type { Configuration } from "../../../../core/shards/configuration.ts";
import { FIRST_CONFIGURATION } from "../../../../core/shards/configuration.ts";
import { shardOf } from "../../../../core/shards/slots.ts";

const addressOf = (group: number, ordinal: number): Configuration["groups"][string][number] => ({
  peer: `g${String(group)}-${String(ordinal)}:7000`,
  http: `http://g${String(group)}-${String(ordinal)}`,
  redis: null,
});

/** Owners by key: the shard of the key goes to the group. */
export function configurationOf(number: number, groups: number, owners: Readonly<Record<string, number | null>>): Configuration {
  const shards = [...FIRST_CONFIGURATION.shards];
  for (const [key, group] of Object.entries(owners)) shards[shardOf(utf8(key))] = group === null ? null : asGroup(String(group));
  const members = Array.from({ length: groups }, (_, i) => [String(i + 1), [0, 1, 2].map((ordinal) => addressOf(i + 1, ordinal))] as const);
  return { number, shards, groups: Object.fromEntries(members) };
}

export function randomConfigurations(
  random: Random,
  { keys, groups, count }: { keys: readonly string[]; groups: number; count: number },
): readonly Configuration[] {
  return Array.from({ length: count }, (_, i) =>
    configurationOf(i + 1, groups, Object.fromEntries(keys.map((key) => [key, random.between(1, groups)]))),
  );
}
