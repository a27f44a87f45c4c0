// The question of a person with a tool: who sits at a place, how far its log goes, and whether it has a leader.
import { isCount, isObject } from "./header-fields.ts";

export const STANDING_QUESTION = "standing";

/** Nulls: not a member of any group yet. */
export type MemberStanding = {
  readonly cluster: string | null;
  readonly group: string;
  readonly member: string | null;
  readonly term: number;
  readonly lastIndex: number;
  readonly leader: string | null;
};

/** Null for anything else. */
export function parseStanding(value: unknown): MemberStanding | null {
  if (!isObject(value)) return null;
  const { cluster, group, member, term, lastIndex, leader } = value;
  if (typeof group !== "string" || !isCount(term) || !isCount(lastIndex)) return null;
  return isTextOrNull(cluster) && isTextOrNull(member) && isTextOrNull(leader) ? { cluster, group, member, term, lastIndex, leader } : null;
}

const isTextOrNull = (value: unknown): value is string | null => value === null || typeof value === "string";
