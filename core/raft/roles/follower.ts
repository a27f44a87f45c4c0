// A follower takes what its leader sends, votes for others, and stands for election when it has heard nothing for too long.
import { acceptAppend, acceptSnapshotChunk, acknowledgeWritten } from "../log-acceptance.ts";
import { answerPreVote, answerVote } from "../election.ts";
import type { Append, CampaignNow, SnapshotChunk } from "../messages.ts";
import { receiveReadAnswer } from "../read-index.ts";
import type { FollowerRole, RaftState } from "../state.ts";
import { becomeCandidate, becomePreCandidate } from "./become.ts";
import type { RoleRow } from "./handler.ts";
import { ignore } from "./handler.ts";

export const followerRow: RoleRow<FollowerRole> = {
  tick: (state) => {
    state.electionElapsed++;
    if (state.electionElapsed >= state.electionTimeout) standForElection(state);
  },
  quietTicks: ({ leader, electionTimeout, electionElapsed }) => (leader === null ? 1 : electionTimeout - electionElapsed),
  persisted: acknowledgeWritten,
  preVote: (state, _role, message) => answerPreVote(state, message),
  preVoteReply: ignore,
  vote: (state, _role, message) => answerVote(state, message),
  voteReply: ignore,
  append: (state, role, message) => {
    hearFromLeader(state, message);
    acceptAppend(state, role, message);
  },
  appendReply: ignore,
  snapshotChunk: (state, role, message) => {
    hearFromLeader(state, message);
    acceptSnapshotChunk(state, role, message);
  },
  snapshotReply: ignore,
  readIndex: (state, _role, { from, context }) => {
    state.send({ kind: "readIndexReply", from: state.self, to: from, term: state.term, context, index: null });
  },
  readIndexReply: (state, _role, message) => receiveReadAnswer(state, message),
  campaignNow: (state, _role, message) => takeOver(state, message),
};

/** Also what a (pre-)candidate does whose election came to nothing in time. */
export function standForElection(state: RaftState): void {
  if (!state.mayCampaign) {
    loseLeader(state);
    return;
  }
  becomePreCandidate(state, "timeout");
}

/** A learner, or a member that was removed, only waits. It has to be told all the same: whoever was removed unheard must ask. */
function loseLeader(state: RaftState): void {
  state.restartElectionTimer();
  if (state.leader === null) return;
  state.leader = null;
  state.observe({ kind: "roleChanged", role: "follower", term: state.term, leader: null });
}

function hearFromLeader(state: RaftState, message: Append | SnapshotChunk): void {
  if (state.leader !== message.from) {
    state.leader = message.from;
    state.observe({ kind: "roleChanged", role: "follower", term: state.term, leader: message.from });
  }
  state.restartElectionTimer();
}

/** The leader itself asks for the election: no pre-vote, for the others still hear from it and would refuse. */
function takeOver(state: RaftState, message: CampaignNow): void {
  if (message.from === state.leader && state.mayCampaign) becomeCandidate(state, true);
}
