// Elections: who may ask for votes, who gets one, and when one is won. Pre-vote and vote follow one rule (Raft §5.2,
// §5.4.1, thesis §9.6): the log must be up to date, and a member that hears from a leader helps nobody to depose it.
import { asTerm } from "../base/ids.ts";
import type { MemberId } from "../base/ids.ts";
import type { PreVote, PreVoteReply, Vote, VoteReply } from "./messages.ts";
import { isQuorum, voteResult } from "./quorum.ts";
import type { CandidateRole, PreCandidateRole, RaftState } from "./state.ts";

export function requestVotes(state: RaftState): void {
  const { role, self: from, log } = state;
  const { voters, outgoing } = state.membership;
  for (const to of new Set([...voters, ...outgoing])) {
    if (to === from) continue;
    if (role.kind === "preCandidate") askWhetherToStand(state, to);
    if (role.kind === "candidate") state.send({ kind: "vote", from, to, term: state.term, last: idOf(log.last), transfer: role.transfer });
  }
}

function askWhetherToStand(state: RaftState, to: MemberId): void {
  state.send({ kind: "preVote", from: state.self, to, term: asTerm(state.term + 1), last: idOf(state.log.last) });
}

/** While a leader is heard of, an election asked for by anybody but that leader is a disturbance, whatever its term. */
export function followsLiveLeader(state: RaftState): boolean {
  if (state.role.kind === "leader") return true;
  return state.leader !== null && state.electionElapsed < state.options.timing.electionTicks;
}

export function answerPreVote(state: RaftState, message: PreVote): void {
  const granted = message.term > state.term && !followsLiveLeader(state) && state.log.isUpToDate(message.last);
  const term = granted ? message.term : state.term;
  state.send({ kind: "preVoteReply", from: state.self, to: message.from, term, granted });
}

/**
 * Two that ask at the same time would each grant the other's wish, begin the same term, split its votes, and wait for
 * another election timeout. So one of them gives way, the same at both: the one that knows less, or has the later name.
 */
export function precedes(state: RaftState, rival: PreVote): boolean {
  const { last } = state.log;
  if (rival.last.term !== last.term || rival.last.index !== last.index) return !state.log.isUpToDate(rival.last);
  return state.self < rival.from;
}

/** Asks the rival, too: when it was asked first it may have had no reason to grant anything. */
export function insist(state: RaftState, { from: to }: PreVote): void {
  state.send({ kind: "preVoteReply", from: state.self, to, term: state.term, granted: false });
  askWhetherToStand(state, to);
}

/** The terms are equal here: a higher one has been entered before. */
export function answerVote(state: RaftState, message: Vote): void {
  const free = state.vote === message.from || (state.vote === null && state.leader === null);
  const granted = free && state.log.isUpToDate(message.last);
  if (granted && state.vote === null) state.enterTerm(state.term, message.from);
  // Who has just voted gives the candidate time to win before it stands itself.
  if (granted) state.restartElectionTimer();
  state.send({ kind: "voteReply", from: state.self, to: message.from, term: state.term, granted });
}

/** "won" is reported at most once: the caller changes the role at once. */
export function countVote(
  state: RaftState,
  role: PreCandidateRole | CandidateRole,
  vote: Pick<VoteReply | PreVoteReply, "from" | "granted">,
): "won" | "lost" | "open" {
  role.votes.set(vote.from, vote.granted);
  return voteResult(state.membership, role.votes);
}

/** Whether the followers heard from since the last check are still a majority. */
export function hasActiveQuorum(state: RaftState, isActive: (member: MemberId) => boolean): boolean {
  return isQuorum(state.membership, (member) => member === state.self || isActive(member));
}

function idOf({ index, term }: { readonly index: PreVote["last"]["index"]; readonly term: PreVote["last"]["term"] }): PreVote["last"] {
  return { index, term };
}
