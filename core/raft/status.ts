// What a member says of itself, for people, metrics and the layers above.
import { hasTermStarted } from "./state.ts";
import type { RaftState } from "./state.ts";
import type { FollowerStatus, RaftStatus } from "./inputs.ts";
import { asIndex } from "../base/ids.ts";
import { isActive } from "./followers.ts";
import { isLearner } from "./membership.ts";
import type { Progress } from "./progress.ts";

export function statusOf(state: RaftState): RaftStatus {
  const { role, log, membership, self } = state;
  return {
    self,
    role: role.kind,
    isLearner: isLearner(membership, self),
    term: state.term,
    leader: state.leader,
    commitIndex: state.commitIndex,
    durableIndex: log.durableIndex,
    lastIndex: log.lastIndex,
    baseIndex: log.base.index,
    snapshotIndex: state.snapshot?.base.index ?? asIndex(0),
    membership,
    termStarted: role.kind === "leader" && hasTermStarted(state, role),
    transferringTo: role.kind === "leader" ? (role.transfer?.to ?? null) : null,
    logBytes: log.bytes,
    followers: role.kind === "leader" ? [...role.followers.values()].map((follower) => followerStatus(state, follower)) : [],
  };
}

function followerStatus(state: RaftState, follower: Progress): FollowerStatus {
  const { member, state: stage, matchIndex, nextIndex } = follower;
  return { member, state: stage, matchIndex, nextIndex, recentlyActive: isActive(state, follower) };
}
