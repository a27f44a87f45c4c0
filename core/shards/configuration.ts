// Which group serves which shard, and where its members are. Configurations are numbered; the shard controller makes them,
// one after the other, and everybody else only ever passes them on. Number 0 is the beginning: no groups, every shard
// belongs to nobody.
import { textOf, utf8 } from "../base/bytes.ts";
import type { GroupId } from "../base/ids.ts";
import { SHARDS } from "./slots.ts";

/** Where one member is found: `host:port` for its peers, origins for clients. */
export type MemberAddress = { readonly peer: string; readonly http: string; readonly redis: string | null };

export type Configuration = {
  readonly number: number;
  /** The owner of each shard, by number; null: nobody. */
  readonly shards: readonly (GroupId | null)[];
  /** By the id of the group. */
  readonly groups: Readonly<Record<string, readonly MemberAddress[]>>;
};

export const FIRST_CONFIGURATION: Configuration = { number: 0, shards: new Array<null>(SHARDS).fill(null), groups: {} };

export const GROUPS_MAX = SHARDS;
export const GROUP_MEMBERS_MAX = 15;
const TEXT_LENGTH_MAX = 256;

export function ownerOf({ shards }: Configuration, shard: number): GroupId | null {
  return shards[shard] ?? null;
}

export function shardsOf({ shards }: Configuration, group: GroupId): readonly number[] {
  return shards.flatMap((owner, shard) => (owner === group ? [shard] : []));
}

/** The same configuration gives the same bytes on every member: groups come in the order of their names. */
export function encodeConfiguration({ number, shards, groups }: Configuration): Uint8Array {
  const ordered = Object.entries(groups).sort(([a], [b]) => (a < b ? -1 : 1));
  const members = ordered.map(([group, each]) => [group, membersAsJson(each)]);
  const names = new Map(ordered.map(([group], i) => [group, i]));
  return utf8(JSON.stringify([number, shards.map((owner) => (owner === null ? -1 : names.get(owner))), members]));
}

/** Null for bytes that are no configuration, or one that can't be: they come from the network as well as from the log. */
export function decodeConfiguration(bytes: Uint8Array): Configuration | null {
  const value = parseJson(textOf(bytes));
  if (!Array.isArray(value) || value.length !== 3) return null;
  const [number, owners, members] = value as readonly unknown[];
  if (!Number.isSafeInteger(number) || (number as number) < 0) return null;
  const groups = decodeGroups(members);
  if (groups === null || !Array.isArray(owners) || owners.length !== SHARDS) return null;
  // As they were written: the keys of an object come in an order of their own where they look like numbers.
  const names = [...groups.keys()];
  const shards = owners.map((owner: unknown) => (owner === -1 ? null : typeof owner === "number" ? names[owner] : undefined));
  if (shards.includes(undefined)) return null;
  return { number: number as number, shards: shards as (GroupId | null)[], groups: Object.fromEntries(groups) };
}

export const membersAsJson = (members: readonly MemberAddress[]): unknown => members.map(({ peer, http, redis }) => [peer, http, redis]);

function decodeGroups(value: unknown): ReadonlyMap<string, readonly MemberAddress[]> | null {
  if (!Array.isArray(value) || value.length > GROUPS_MAX) return null;
  const groups = new Map<string, readonly MemberAddress[]>();
  for (const entry of value as readonly unknown[]) {
    const [group, members] = Array.isArray(entry) && entry.length === 2 ? (entry as readonly unknown[]) : [];
    const addresses = membersFromJson(members);
    if (!isGroupId(group) || addresses === null || groups.has(group)) return null;
    groups.set(group, addresses);
  }
  return groups;
}

/** Null for what are no members of a group. */
export function membersFromJson(value: unknown): readonly MemberAddress[] | null {
  if (!Array.isArray(value) || value.length === 0 || value.length > GROUP_MEMBERS_MAX) return null;
  const members = value.map(decodeMember);
  return members.includes(null) ? null : (members as readonly MemberAddress[]);
}

function decodeMember(value: unknown): MemberAddress | null {
  if (!Array.isArray(value) || value.length !== 3) return null;
  const [peer, http, redis] = value as readonly unknown[];
  return isText(peer) && isText(http) && (redis === null || isText(redis)) ? { peer, http, redis } : null;
}

export const isGroupId = (value: unknown): value is GroupId => isText(value);

const isText = (value: unknown): value is string => typeof value === "string" && value.length > 0 && value.length <= TEXT_LENGTH_MAX;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
