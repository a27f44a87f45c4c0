// The doors into each role. Whatever belongs to the old role ends here; whatever belongs to the new one begins here.
import { asIndex, asTerm } from "../../base/ids.ts";
import type { MemberId, Term } from "../../base/ids.ts";
import { EMPTY_BYTES } from "../../base/bytes.ts";
import { createEntry } from "../entry.ts";
import { isForOneLife } from "../messages.ts";
import type { Progress } from "../progress.ts";
import type { ElectionReason } from "../ready.ts";
import type { CandidateRole, LeaderRole, RaftState, Role } from "../state.ts";
import { requestVotes } from "../election.ts";
import { followMembership, releaseSnapshot } from "../followers.ts";
import { beginWatch } from "../slow-leader.ts";

export function becomeFollower(state: RaftState, term: Term, leader: MemberId | null): void {
  leaveRole(state);
  if (term > state.term) state.enterTerm(term, null);
  state.role = { kind: "follower", verifiedIndex: asIndex(0), round: 0, acknowledgedIndex: asIndex(0), isContradicted: false };
  state.leader = leader;
  state.restartElectionTimer();
  observeRole(state);
}

/** Asks whether an election could be won, without changing anything anywhere: a member that can't win disturbs nobody. */
export function becomePreCandidate(state: RaftState, reason: ElectionReason): void {
  leaveRole(state);
  state.role = { kind: "preCandidate", votes: new Map([[state.self, true]]), lateVotes: votesOf(state.role) };
  state.leader = null;
  state.restartElectionTimer();
  state.observe({ kind: "electionStarted", term: asTerm(state.term + 1), reason });
  observeRole(state);
  requestVotes(state);
}

export function becomeCandidate(state: RaftState, transfer: boolean): void {
  leaveRole(state);
  state.enterTerm(asTerm(state.term + 1), state.self);
  // The own vote is counted when it is durable, like everybody else's.
  state.role = { kind: "candidate", votes: new Map(), transfer };
  state.leader = null;
  state.restartElectionTimer();
  if (transfer) state.observe({ kind: "electionStarted", term: state.term, reason: "transfer" });
  observeRole(state);
  requestVotes(state);
}

export function becomeLeader(state: RaftState): void {
  leaveRole(state);
  const termStartIndex = asIndex(state.log.lastIndex + 1);
  const role: LeaderRole = {
    kind: "leader",
    followers: new Map<MemberId, Progress>(),
    termStartIndex,
    round: 1,
    roundWanted: null,
    confirmations: 0,
    reads: [],
    uncommittedBytes: 0,
    transfer: null,
    heartbeatElapsed: 0,
    ownDisk: beginWatch(state.log.durableIndex),
  };
  state.role = role;
  state.leader = state.self;
  followMembership(state, role);
  // Entries of earlier terms are committed only behind one of this term (Raft §5.4.2), so there must be one.
  const { lastServiceIndex: serviceIndex } = state.log;
  state.appendEntry(
    createEntry({ index: termStartIndex, term: state.term, serviceIndex, kind: "termStart", version: 0, body: EMPTY_BYTES }),
  );
  for (const entry of state.log.slice(asIndex(state.commitIndex + 1), { entriesMax: Infinity, bytesMax: Infinity }))
    role.uncommittedBytes += entry.bytes.length;
  observeRole(state);
}

function votesOf(role: Role): CandidateRole["votes"] | null {
  if (role.kind === "candidate") return role.votes;
  return role.kind === "preCandidate" ? role.lateVotes : null;
}

function leaveRole(state: RaftState): void {
  const { role } = state;
  if (role.kind !== "leader") return;
  for (const read of role.reads) if (read.from === state.self) state.outbox.reads.push({ kind: "dropped", context: read.context });
  for (const follower of role.followers.values()) releaseSnapshot(state, follower);
  // Who leads no more hears of no restart, and these may wait for the disk for long.
  state.dropMessages(isForOneLife);
  if (role.transfer !== null) state.observe({ kind: "transferEnded", to: role.transfer.to, result: "handedOver" });
}

function observeRole(state: RaftState): void {
  state.observe({ kind: "roleChanged", role: state.role.kind, term: state.term, leader: state.leader });
}
