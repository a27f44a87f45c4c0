// What follows a configuration: with groups that join or leave, a shard that is moved, a member that is found elsewhere.
// Each gives the one next configuration, or null where there is nothing to change, so that a request that comes twice
// makes one number. Nothing of the old configuration is changed, nor shared where it could be.
import type { GroupId } from "../base/ids.ts";
import type { Configuration, MemberAddress } from "../shards/configuration.ts";
import { ownerOf } from "../shards/configuration.ts";
import type { GroupMembers } from "./commands.ts";
import type { GoneGroups } from "./rebalance.ts";
import { byName, NOBODY_GONE, rebalance } from "./rebalance.ts";

/** Only a group that was not there before moves shards, or one that was gone and is back. */
export function afterJoin(before: Configuration, joining: readonly GroupMembers[], gone: GoneGroups = NOBODY_GONE): Configuration | null {
  const isNew = ({ group }: GroupMembers): boolean => gone.has(group) || !Object.hasOwn(before.groups, group);
  const changed = joining.filter((each) => isNew(each) || !isSame(membersOf(before, each.group) ?? [], each.members));
  if (changed.length === 0) return null;
  const groups = { ...before.groups, ...Object.fromEntries(changed.map(({ group, members }) => [group, members])) };
  const stillGone = goneWithout(
    gone,
    joining.map(({ group }) => group),
  );
  const shards = changed.some(isNew) ? rebalance(before.shards, namesOf(groups), stillGone) : before.shards;
  return { number: before.number + 1, shards, groups };
}

export function afterLeave(before: Configuration, leaving: readonly GroupId[], gone: GoneGroups = NOBODY_GONE): Configuration | null {
  const staying = Object.entries(before.groups).filter(([group]) => !leaving.includes(group as GroupId));
  if (staying.length === Object.keys(before.groups).length) return null;
  const groups = Object.fromEntries(staying);
  return { number: before.number + 1, shards: rebalance(before.shards, namesOf(groups), goneWithout(gone, leaving)), groups };
}

/** Holds until groups join or leave the next time. */
export function afterMove(before: Configuration, shard: number, group: GroupId): Configuration | null {
  if (ownerOf(before, shard) === group) return null;
  return { number: before.number + 1, shards: before.shards.with(shard, group), groups: before.groups };
}

export type Settling = { readonly holders: Configuration["shards"]; readonly gone: readonly GroupId[] };

/**
 * Who has what, after the latest of these. A group that is gone and has nothing is no more in it; one that has something is, although
 * it had left. Undefined: nobody knows where one of them is.
 */
export function afterSettling(known: readonly Configuration[], { holders, gone }: Settling): Configuration | undefined {
  const latest = known.at(-1) as Configuration;
  const staying = (Object.keys(latest.groups) as GroupId[]).filter((group) => !gone.includes(group));
  const names = new Set([...staying, ...holders.filter((holder) => holder !== null)]);
  const groups = [...names].map((group) => [group, known.findLast((each) => membersOf(each, group) !== null)?.groups[group]] as const);
  if (groups.some(([, members]) => members === undefined)) return undefined;
  return { number: latest.number + 1, shards: holders, groups: Object.fromEntries(groups) as Configuration["groups"] };
}

export type Relocation = { readonly group: GroupId; readonly from: MemberAddress | null; readonly to: MemberAddress };

/** The member takes the place of its own earlier address, and of whoever had its peer address; else it is one more. */
export function afterRelocation(before: Configuration, { group, from, to }: Relocation): Configuration | null {
  const members = membersOf(before, group);
  if (members === null || members.some((each) => isSameAddress(each, to))) return null;
  const isReplaced = (each: MemberAddress): boolean => each.peer === to.peer || (from !== null && isSameAddress(from, each));
  const at = members.findIndex(isReplaced);
  const placed = at < 0 ? [...members, to] : members.with(at, to).filter((each) => each === to || !isReplaced(each));
  return { number: before.number + 1, shards: before.shards, groups: { ...before.groups, [group]: placed } };
}

/** Whoever joins, or leaves by itself, is there. */
export const goneWithout = (gone: GoneGroups, groups: readonly GroupId[]): GoneGroups =>
  new Set([...gone].filter((group) => !groups.includes(group)));

/** A group may have any name, also one that every object answers to. */
const membersOf = ({ groups }: Configuration, group: GroupId): readonly MemberAddress[] | null =>
  Object.hasOwn(groups, group) ? (groups[group] ?? null) : null;

const namesOf = (groups: Configuration["groups"]): readonly GroupId[] => Object.keys(groups).sort(byName) as GroupId[];

function isSame(a: readonly MemberAddress[], b: readonly MemberAddress[]): boolean {
  return a.length === b.length && a.every((each, i) => isSameAddress(each, b[i]));
}

export function isSameAddress(a: MemberAddress, b: MemberAddress | undefined): boolean {
  return b !== undefined && a.peer === b.peer && a.http === b.http && a.redis === b.redis;
}
