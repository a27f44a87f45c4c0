// Whether a leader should take in a newcomer. A place has one member: while the one that is there answers, somebody else
// who claims its place is a mistake in a configuration, and would take its vote away.
import type { MemberId } from "../base/ids.ts";
import type { RaftStatus } from "../raft/inputs.ts";
import { everyone, isClosed } from "../raft/membership.ts";
import type { Place } from "../raft/membership.ts";
import { PLACES_MAX } from "./identity.ts";

export type Newcomer = { readonly member: MemberId; readonly place: Place };

/** At each place a member, and a newcomer that is to follow it. */
export const MEMBERS_MAX = 2 * PLACES_MAX;

const ADDRESS = /^(?:\[[0-9a-fA-F:.%]+\]|[^\s:/[\]]+):[0-9]{1,5}$/;

/**
 * In words why nobody can be at that place; null if somebody may. One that this member's configuration does not know yet may
 * be new: whoever is added to a group starts before the others are told.
 */
export function whyNotPlace({ ordinal, address }: Place, configured: readonly Place[]): string | null {
  if (ordinal >= PLACES_MAX) return `place ${ordinal}: a group has at most ${PLACES_MAX} places`;
  if (!ADDRESS.test(address)) return `place ${ordinal}: its address is not host:port`;
  const known = configured.find((place) => place.ordinal === ordinal);
  if (known !== undefined && known.address !== address) return `place ${ordinal} is at ${known.address}, not at ${address}`;
  const other = configured.find((place) => place.address === address && place.ordinal !== ordinal);
  return other === undefined ? null : `${address} is place ${other.ordinal}, not place ${ordinal}`;
}

/** In words for the newcomer, who asks again; null to take it in. */
export function whyNotJoin(status: RaftStatus, { member, place }: Newcomer): string | null {
  if (status.role !== "leader") return "does not lead";
  const { membership, followers, self } = status;
  if (membership.removed.includes(member)) return `${member} was removed, and ids are never used again`;
  if (isClosed(membership, place)) return `place ${place.ordinal} is closed: the group is to have ${membership.closedFrom ?? 0} members`;
  const members = everyone(membership);
  if (members.length >= MEMBERS_MAX) return `the group has ${members.length} members, and takes in no more`;
  const present = members.filter((other) => membership.places[other]?.ordinal === place.ordinal);
  const isThere = (other: MemberId): boolean => other === self || followers.some((each) => each.member === other && each.recentlyActive);
  const there = present.find(isThere);
  return there === undefined ? null : `${there} is at place ${place.ordinal} and answers`;
}
