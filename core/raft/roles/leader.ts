// A leader replicates, counts, answers for reads, and gives up by itself when a majority has not been heard of for the
// longest election timeout: whoever can't commit must not look like a leader (thesis §6.2).
import { advanceLeaderCommit } from "../commit.ts";
import { answerPreVote, answerVote, hasActiveQuorum } from "../election.ts";
import { isActive } from "../followers.ts";
import { leaveOfficeIfRemoved } from "../membership-change.ts";
import { acceptRead } from "../read-index.ts";
import { isBehindCommit, recordAppendReply, tickCommit } from "../replication.ts";
import { tickRounds, wantHeartbeats } from "../rounds.ts";
import { watchOwnDisk } from "../slow-leader.ts";
import { recordSnapshotReply, tickSnapshots } from "../snapshot-sending.ts";
import type { LeaderRole, RaftState } from "../state.ts";
import { continueTransfer, tickTransfer } from "../transfer.ts";
import { becomeFollower } from "./become.ts";
import type { RoleRow } from "./handler.ts";
import { ignore } from "./handler.ts";

export const leaderRow: RoleRow<LeaderRole> = {
  tick: (state, role) => {
    tickSnapshots(state, role);
    tickTransfer(state, role);
    leaveOfficeIfRemoved(state, role);
    if (state.role !== role) return;
    watchOwnDisk(state, role);
    if (++role.heartbeatElapsed >= state.options.timing.heartbeatTicks) {
      role.heartbeatElapsed = 0;
      wantHeartbeats(role);
    }
    tickRounds(state, role);
    tickCommit(state, role);
    checkQuorum(state, role);
  },
  quietTicks: (state, role) => (isUntroubled(state, role) ? state.options.timing.heartbeatTicks - role.heartbeatElapsed : 1),
  persisted: advanceLeaderCommit,
  preVote: (state, _role, message) => answerPreVote(state, message),
  preVoteReply: ignore,
  vote: (state, _role, message) => answerVote(state, message),
  voteReply: ignore,
  append: ignore, // a second leader of one term can't be: this is no leader's message
  appendReply: (state, role, message) => {
    recordAppendReply(state, role, message);
    advanceLeaderCommit(state, role);
    continueTransfer(state, role);
  },
  snapshotChunk: ignore,
  snapshotReply: (state, role, message) => {
    recordSnapshotReply(state, role, message);
    advanceLeaderCommit(state, role);
  },
  readIndex: (state, role, { from, context }) => acceptRead(state, role, { from, context }),
  readIndexReply: ignore,
  campaignNow: ignore,
};

/** Nothing waits, and nobody is missed: silence that is counted before the answers are read that have come must not make it step down. */
function isUntroubled(state: RaftState, { transfer, followers, reads }: LeaderRole): boolean {
  const { options } = state;
  if (transfer !== null || reads.length > 0) return false;
  for (const follower of followers.values())
    if (follower.silentTicks > 2 * options.timing.heartbeatTicks || isBehindCommit(state, follower)) return false;
  return true;
}

function checkQuorum(state: RaftState, role: LeaderRole): void {
  for (const follower of role.followers.values()) follower.silentTicks++;
  const hasQuorum = hasActiveQuorum(state, (member) => {
    const follower = role.followers.get(member);
    return follower !== undefined && isActive(state, follower);
  });
  if (hasQuorum) return;
  state.observe({ kind: "steppedDown", term: state.term, reason: "noQuorum" });
  becomeFollower(state, state.term, null);
}
