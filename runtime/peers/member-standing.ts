// The question of a person with a tool, and of a member that is about to go: who sits at a place, how far its log goes, whether it has
// a leader, and whether it can be counted on.
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
  /** It votes and has its state. */
  readonly serves: boolean;
  /** It was told to end. */
  readonly leaves: boolean;
};

/** Null for anything else. */
export function parseStanding(value: unknown): MemberStanding | null {
  if (!isObject(value)) return null;
  const { cluster, group, member, term, lastIndex, leader } = value;
  // Versions before these fields say nothing of it.
  const { serves = leader !== null, leaves = false } = value;
  if (typeof group !== "string" || !isCount(term) || !isCount(lastIndex)) return null;
  if (typeof serves !== "boolean" || typeof leaves !== "boolean") return null;
  if (!isTextOrNull(cluster) || !isTextOrNull(member) || !isTextOrNull(leader)) return null;
  return { cluster, group, member, term, lastIndex, leader, serves, leaves };
}

const isTextOrNull = (value: unknown): value is string | null => value === null || typeof value === "string";
