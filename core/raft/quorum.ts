// Majorities, and joint majorities while the membership changes. A joint decision needs a majority of the voters and a
// majority of the outgoing voters; a majority of their union is not enough (two halves could each decide alone).
import { asIndex } from "../base/ids.ts";
import type { LogIndex, MemberId } from "../base/ids.ts";
import type { Membership } from "./membership.ts";

/** The highest index that a quorum has reached, given what each member has. */
export function quorumIndex(membership: Membership, indexOf: (member: MemberId) => LogIndex): LogIndex {
  const incoming = majorityIndex(membership.voters, indexOf);
  if (membership.outgoing.length === 0) return incoming;
  const outgoing = majorityIndex(membership.outgoing, indexOf);
  return incoming < outgoing ? incoming : outgoing;
}

export function isQuorum(membership: Membership, agrees: (member: MemberId) => boolean): boolean {
  return isMajority(membership.voters, agrees) && (membership.outgoing.length === 0 || isMajority(membership.outgoing, agrees));
}

/** "won" and "lost" are final; a vote that could still go either way is "open". */
export function voteResult(membership: Membership, votes: ReadonlyMap<MemberId, boolean>): "won" | "lost" | "open" {
  if (isQuorum(membership, (member) => votes.get(member) === true)) return "won";
  return isQuorum(membership, (member) => votes.get(member) !== false) ? "open" : "lost";
}

/** Nobody is no majority: a group without voters decides nothing. */
function isMajority(voters: readonly MemberId[], agrees: (member: MemberId) => boolean): boolean {
  let count = 0;
  for (const member of voters) if (agrees(member)) count++;
  return count > voters.length / 2;
}

/** Compared with each other, for they are few: a leader asks at every acknowledgement, and a list to be sorted is made and thrown away. */
function majorityIndex(voters: readonly MemberId[], indexOf: (member: MemberId) => LogIndex): LogIndex {
  let highest = asIndex(0);
  for (const voter of voters) {
    const index = indexOf(voter);
    if (index <= highest) continue;
    let having = 0;
    for (const other of voters) if (indexOf(other) >= index) having++;
    if (having > voters.length / 2) highest = index;
  }
  return highest;
}
