// Membership changes, one at a time, by joint consensus (Raft §6). A membership is in force from the moment it is in the
// log. The leader ends a joint phase by itself once its entry is committed; if it dies, its successor does.
import { asIndex } from "../base/ids.ts";
import type { MemberId } from "../base/ids.ts";
import type { MembershipRefusal, MembershipResult } from "./inputs.ts";
import { createEntry } from "./entry.ts";
import { followMembership, isActive } from "./followers.ts";
import { begin, encodeMembership, finish, isJoint, isVoter } from "./membership.ts";
import type { Membership, MembershipChange } from "./membership.ts";
import { isQuorum } from "./quorum.ts";
import { hasTermStarted } from "./state.ts";
import type { LeaderRole, RaftState } from "./state.ts";
import { becomeFollower } from "./roles/become.ts";
import { handOver } from "./transfer.ts";

export function changeMembership(state: RaftState, role: LeaderRole, change: MembershipChange): MembershipResult {
  const refusal = whyNot(state, role, change);
  if (refusal !== null) return refusal;
  const next = begin(state.membership, change);
  if (typeof next === "string")
    return refuse(next === "alreadyChanging" ? "changing" : "invalid", `the membership can't change like this: ${next}`);
  if (isJoint(next) && !hasQuorumIn(state, role, next)) return refuse("noQuorum", "no majority of those who would vote then is there");
  return { kind: "proposed", id: appendMembership(state, role, next) };
}

/** After every advance of the commit index: the next step of a change that is under way, or the end of a leader that is out. */
export function continueMembershipChange(state: RaftState, role: LeaderRole): void {
  const { membership } = state;
  if (membership.index > state.commitIndex || !hasTermStarted(state, role)) return;
  if (isJoint(membership)) appendMembership(state, role, finish(membership));
  else leaveOfficeIfRemoved(state, role);
}

function whyNot(state: RaftState, role: LeaderRole, change: MembershipChange): MembershipResult | null {
  if (role.transfer !== null) return refuse("transferring", "leadership is being handed over");
  // Without this, two leaders could each begin a change from a different, uncommitted membership.
  if (!hasTermStarted(state, role)) return refuse("termNotStarted", "this leader has not yet committed an entry of its term");
  if (state.membership.index > state.commitIndex || isJoint(state.membership)) return refuse("changing", "another change is under way");
  if (change.kind === "promote" && !hasCaughtUp(state, role, change.member))
    return refuse("notCaughtUp", `${change.member} has not caught up yet`);
  return null;
}

/** A change that can't be committed would not be taken back either: the group would have to wait for those who are missing. */
function hasQuorumIn(state: RaftState, role: LeaderRole, next: Membership): boolean {
  return isQuorum(next, (member) => {
    const follower = role.followers.get(member);
    return member === state.self || (follower !== undefined && isActive(state, follower));
  });
}

function hasCaughtUp(state: RaftState, role: LeaderRole, member: MemberId): boolean {
  const follower = role.followers.get(member);
  if (follower === undefined) return true; // not a follower at all: refused as such
  return follower.state === "replicate" && state.log.lastIndex - follower.matchIndex <= state.options.limits.appendEntriesMax;
}

function appendMembership(
  state: RaftState,
  role: LeaderRole,
  wanted: Membership,
): { readonly index: Membership["index"]; readonly term: RaftState["term"] } {
  const index = asIndex(state.log.lastIndex + 1);
  const body = encodeMembership({ ...wanted, index });
  const entry = createEntry({ index, term: state.term, serviceIndex: state.log.lastServiceIndex, kind: "membership", version: 0, body });
  state.appendEntry(entry);
  role.uncommittedBytes += entry.bytes.length;
  followMembership(state, role);
  return { index, term: state.term };
}

/** A leader that is no voter of the committed membership any more hands over to one that is, and is silent from then on. */
export function leaveOfficeIfRemoved(state: RaftState, role: LeaderRole): void {
  const { membership } = state;
  if (isVoter(membership, state.self) || membership.index > state.commitIndex || role.transfer !== null) return;
  if (handOver(state, role, { to: null, reason: "removed" }).kind === "started") return;
  state.observe({ kind: "steppedDown", term: state.term, reason: "removed" });
  becomeFollower(state, state.term, null);
}

function refuse(reason: MembershipRefusal, message: string): MembershipResult {
  return { kind: "refused", reason, message };
}
