// Whether a leader should take in a newcomer. A place has one member: while the one that is there answers, somebody else
// who claims its place is a mistake in a configuration, and would take its vote away.
import type { MemberId } from "../base/ids.ts";
import type { RaftStatus } from "../raft/inputs.ts";
import type { Place } from "../raft/membership.ts";

export type Newcomer = { readonly member: MemberId; readonly place: Place };

/** In words for the newcomer, who asks again; null to take it in. */
export function whyNotJoin(status: RaftStatus, { member, place }: Newcomer): string | null {
  if (status.role !== "leader") return "does not lead";
  const { membership, followers, self } = status;
  if (membership.removed.includes(member)) return `${member} was removed, and ids are never used again`;
  const present = [...membership.voters, ...membership.outgoing, ...membership.learners].filter(
    (other) => membership.places[other]?.ordinal === place.ordinal,
  );
  const isThere = (other: MemberId): boolean => other === self || followers.some((each) => each.member === other && each.recentlyActive);
  const there = present.find(isThere);
  return there === undefined ? null : `${there} is at place ${place.ordinal} and answers`;
}
