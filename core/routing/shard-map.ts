// What callers are told about who serves what: `GET /v1/shard-map`, checked field by field. Maps are numbered like the
// configurations that they show; who leads a group is only what the one who answered believed at that moment.
import type { GroupId } from "../base/ids.ts";
import { GROUP_MEMBERS_MAX, GROUPS_MAX } from "../shards/configuration.ts";
import { SHARDS } from "../shards/slots.ts";

export type RoutedMember = { readonly http: string; readonly role: "leader" | "voter" | "learner" };

export type ShardMap = {
  readonly number: number;
  /** The owner of each shard, by number; null: nobody. */
  readonly shards: readonly (GroupId | null)[];
  readonly groups: ReadonlyMap<string, readonly RoutedMember[]>;
};

/** Null for anything that is no shard map. */
export function readShardMap(value: unknown): ShardMap | null {
  const { number, shards, groups } = fieldsOf(value);
  if (!Number.isSafeInteger(number) || (number as number) < 0) return null;
  const read = readGroups(groups);
  if (read === null || !Array.isArray(shards) || shards.length !== SHARDS) return null;
  const isOwner = (owner: unknown): boolean => owner === null || (typeof owner === "string" && read.has(owner));
  return shards.every(isOwner) ? { number: number as number, shards: shards as (GroupId | null)[], groups: read } : null;
}

/** An address of a service as `scheme://host[:port]`; null for anything else. A path behind it is cut off. */
export function originIn(address: unknown): string | null {
  if (typeof address !== "string") return null;
  return /^(https?:\/\/[a-z0-9._:[\]-]+)(?:\/|$)/i.exec(address)?.[1] ?? null;
}

function readGroups(value: unknown): ReadonlyMap<string, readonly RoutedMember[]> | null {
  if (typeof value !== "object" || value === null) return null;
  const entries = Object.entries(value);
  if (entries.length > GROUPS_MAX) return null;
  const groups = new Map<string, readonly RoutedMember[]>();
  for (const [group, description] of entries) {
    const { members } = fieldsOf(description);
    if (!Array.isArray(members) || members.length > GROUP_MEMBERS_MAX) return null;
    const read = members.map(readMember);
    if (read.includes(null)) return null;
    groups.set(group, read as readonly RoutedMember[]);
  }
  return groups;
}

function readMember(value: unknown): RoutedMember | null {
  const { http, role } = fieldsOf(value);
  const origin = originIn(http);
  // Roles that are not known here are of members that are not known to lead.
  return origin === null ? null : { http: origin, role: role === "leader" || role === "learner" ? role : "voter" };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
