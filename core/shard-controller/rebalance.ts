// Spreads shards over groups: even to within one shard, with as few moves as that takes. Every member of the controllers
// computes this by itself, so nothing in it may depend on an order that is not written down here: groups go by name,
// shards by number.
import { present } from "../base/assert.ts";
import type { GroupId } from "../base/ids.ts";

export type Owners = readonly (GroupId | null)[];
/** Groups that are gone for good, and own what is lost. */
export type GoneGroups = ReadonlySet<GroupId>;

export const NOBODY_GONE: GoneGroups = new Set();

/**
 * Shards of groups that are not listed belong to nobody, and are given away first. What a group that is gone for good owns can be had
 * by nobody, and it can take over nothing: that stays its own, and is no part of what is shared out.
 */
export function rebalance(owners: Owners, groups: readonly GroupId[], gone: GoneGroups = NOBODY_GONE): Owners {
  const isLost = (owner: GroupId | null): boolean => owner !== null && gone.has(owner);
  const living = groups.filter((group) => !gone.has(group));
  if (living.length === 0) return owners.map((owner) => (isLost(owner) ? owner : null));
  const held = shardsByGroup(owners, living);
  const quotas = quotasFor(held, owners.filter((owner) => !isLost(owner)).length);
  const result = owners.slice();
  const free = owners.flatMap((owner, shard) => (owner === null || !(held.has(owner) || gone.has(owner)) ? [shard] : []));
  // The highest numbers of a group that has too many: any would do, as long as all members take the same.
  for (const [group, shards] of held) free.push(...shards.slice(present(quotas.get(group), "every group has a quota")));
  free.sort((a, b) => a - b);
  for (const [group, shards] of held) {
    const missing = Math.max(0, present(quotas.get(group), "every group has a quota") - shards.length);
    for (const shard of free.splice(0, missing)) result[shard] = group;
  }
  return result;
}

/** In the order of their names, a group without shards too. */
function shardsByGroup(owners: Owners, groups: readonly GroupId[]): ReadonlyMap<GroupId, readonly number[]> {
  const held = new Map<GroupId, number[]>([...groups].sort(byName).map((group) => [group, []]));
  owners.forEach((owner, shard) => {
    if (owner !== null) held.get(owner)?.push(shard);
  });
  return held;
}

/** Where the shards don't divide evenly, those that have the most keep one more: every other choice moves at least as many. */
function quotasFor(held: ReadonlyMap<GroupId, readonly number[]>, shards: number): ReadonlyMap<GroupId, number> {
  const even = Math.floor(shards / held.size);
  const larger = shards % held.size;
  const byLoad = [...held].sort(([a, ofA], [b, ofB]) => ofB.length - ofA.length || byName(a, b));
  return new Map(byLoad.map(([group], i) => [group, i < larger ? even + 1 : even]));
}

export const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
