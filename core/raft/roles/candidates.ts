// Standing for election, in two steps: a pre-candidate asks whether it could win and changes nothing; a candidate has
// begun a new term. Both give way to a leader of their term, and start again when nothing was decided in time.
import { becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate } from "./become.ts";
import { followerRow } from "./follower.ts";
import type { RoleRow } from "./handler.ts";
import { ignore } from "./handler.ts";
import { answerPreVote, answerVote, countVote, insist, precedes } from "../election.ts";
import type { Append, SnapshotChunk } from "../messages.ts";
import { voteResult } from "../quorum.ts";
import { receiveReadAnswer } from "../read-index.ts";
import type { CandidateRole, PreCandidateRole, RaftState } from "../state.ts";

type Either = PreCandidateRole | CandidateRole;

const shared = {
  vote: (state, _role, message) => answerVote(state, message),
  append: (state, _role, message) => giveWay(state, message),
  appendReply: ignore,
  snapshotChunk: (state, _role, message) => giveWay(state, message),
  snapshotReply: ignore,
  readIndex: (state, _role, { from, context }) => {
    state.send({ kind: "readIndexReply", from: state.self, to: from, term: state.term, context, index: null });
  },
  readIndexReply: (state, _role, message) => receiveReadAnswer(state, message),
  campaignNow: ignore,
} as const satisfies Partial<RoleRow<Either>>;

export const preCandidateRow: RoleRow<PreCandidateRole> = {
  ...shared,
  preVote: (state, _role, message) => {
    const isRival = message.term === state.term + 1;
    if (isRival && precedes(state, message)) return insist(state, message);
    answerPreVote(state, message);
    if (isRival) becomeFollower(state, state.term, null);
  },
  tick: (state, role) => {
    // Alone in its group a member has won before anybody could answer.
    if (countVote(state, role, { from: state.self, granted: true }) === "won") becomeCandidate(state, false);
    else tickElection(state);
  },
  quietTicks: () => 1,
  persisted: ignore,
  preVoteReply: (state, role, message) => {
    // Only answers about the term that would begin count; a refusal carries the refuser's own term.
    if (message.granted && message.term !== state.term + 1) return;
    const result = countVote(state, role, message);
    if (result === "won") becomeCandidate(state, false);
    if (result === "lost") becomeFollower(state, state.term, null);
  },
  voteReply: (state, role, { from, granted }) => {
    role.lateVotes?.set(from, granted);
    if (role.lateVotes !== null && voteResult(state.membership, role.lateVotes) === "won") becomeLeader(state);
  },
};

export const candidateRow: RoleRow<CandidateRole> = {
  ...shared,
  preVote: (state, _role, message) => answerPreVote(state, message),
  tick: tickElection,
  quietTicks: () => 1,
  persisted: (state, role) => {
    const isVoteDurable = state.hardStateUnderWay === null && !state.hardStateChanged;
    if (!isVoteDurable || role.votes.has(state.self)) return;
    settleVote(state, role, { from: state.self, granted: true });
  },
  preVoteReply: ignore,
  voteReply: (state, role, message) => settleVote(state, role, message),
};

function settleVote(state: RaftState, role: CandidateRole, vote: Parameters<typeof countVote>[2]): void {
  const result = countVote(state, role, vote);
  if (result === "won") becomeLeader(state);
  if (result === "lost") becomeFollower(state, state.term, null);
}

function tickElection(state: RaftState): void {
  state.electionElapsed++;
  if (state.electionElapsed < state.electionTimeout) return;
  if (state.mayCampaign) becomePreCandidate(state, "timeout");
  else becomeFollower(state, state.term, null);
}

function giveWay(state: RaftState, message: Append | SnapshotChunk): void {
  becomeFollower(state, state.term, message.from);
  const { role } = state;
  if (role.kind !== "follower") return;
  if (message.kind === "append") followerRow.append(state, role, message);
  else followerRow.snapshotChunk(state, role, message);
}
