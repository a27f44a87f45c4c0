// F1 to F7: who may lead.
import type { Mutant } from "../mutant.ts";

export const ELECTION_MUTANTS: readonly Mutant[] = [
  {
    name: "a vote leaves before it is durable",
    failureClass: "F1",
    standsFor: "canonical/raft#386: two leaders in one term",
    file: "core/raft/take-ready.ts",
    find: "const waitFor = state.hardStateUnderWay;",
    replace: "const waitFor = null as typeof state.hardStateUnderWay;",
    caughtBy: [
      { kind: "scenario", only: "f01" },
      { kind: "simulation", seeds: 50 },
    ],
  },
  {
    name: "a vote is given twice in one term",
    failureClass: "F1",
    standsFor: "NodeDB-Lab/nodedb#161: a vote counted twice",
    file: "core/raft/election.ts",
    find: "const free = state.vote === message.from || (state.vote === null && state.leader === null);",
    replace: "const free = state.vote === message.from || state.leader === null;",
    caughtBy: [
      { kind: "scenario", only: "f01" },
      { kind: "simulation", seeds: 50 },
    ],
  },
  {
    name: "a term is written down, the vote in it is not",
    failureClass: "F1",
    standsFor: "canonical/raft#386: a vote forgotten over a restart",
    file: "core/raft/state.ts",
    find: "this.hardStateChanged = true;",
    replace: "this.hardStateChanged = vote === null || vote === this.self;",
    caughtBy: [
      { kind: "scenario", only: "f01" },
      { kind: "simulation", seeds: 50 },
    ],
  },
  {
    name: "an entry of an old term is committed by counting",
    failureClass: "F2",
    standsFor: "logcabin#44: Raft's Figure 8",
    file: "core/raft/commit.ts",
    find: "if (index <= state.commitIndex || state.log.termAt(index) !== state.term) return;",
    replace: "if (index <= state.commitIndex) return;",
    caughtBy: [
      { kind: "scenario", only: "f02" },
      { kind: "simulation", seeds: 50 },
    ],
  },
  {
    name: "a leader learns of a higher term from an answer and leads on in it",
    failureClass: "F3",
    standsFor: "hashicorp/raft#695: a role change that is not atomic",
    file: "core/raft/raft.ts",
    find: "becomeFollower(state, message.term, isFromLeader ? message.from : null);",
    replace:
      'if (state.role.kind === "leader" && message.kind === "appendReply") state.enterTerm(message.term, state.self);\n' +
      "  else becomeFollower(state, message.term, isFromLeader ? message.from : null);",
    caughtBy: [
      { kind: "scenario", only: "f03" },
      { kind: "simulation", seeds: 50 },
    ],
  },
  {
    name: "a longer log beats a later term",
    failureClass: "F4",
    standsFor: "openraft a48a3282: logs compared by index before term",
    file: "core/raft/log.ts",
    find: "return otherLast.term > own.term || (otherLast.term === own.term && otherLast.index >= own.index);",
    replace: "return otherLast.index > own.index || (otherLast.index === own.index && otherLast.term >= own.term);",
    caughtBy: [
      { kind: "scenario", only: "f04" },
      { kind: "simulation", seeds: 50 },
    ],
  },
  {
    name: "any log is good enough for a vote",
    failureClass: "F4",
    standsFor: "openraft a48a3282: a leader without the committed entries",
    file: "core/raft/election.ts",
    find: "const granted = free && state.log.isUpToDate(message.last);",
    replace: "const granted = free;",
    caughtBy: [
      { kind: "scenario", only: "f04" },
      { kind: "simulation", seeds: 50 },
    ],
  },
  {
    name: "pre-votes count as votes",
    failureClass: "F5",
    standsFor: "openraft 4015cc38: stale votes survive into the next election",
    file: "core/raft/roles/become.ts",
    find: 'state.role = { kind: "candidate", votes: new Map(), transfer };',
    replace:
      'const { role } = state;\n  state.role = { kind: "candidate", votes: role.kind === "preCandidate" ? new Map(role.votes) : new Map(), transfer };',
    caughtBy: [
      { kind: "scenario", only: "f05" },
      { kind: "simulation", seeds: 50 },
    ],
  },
  {
    name: "a late pre-vote of an earlier term counts",
    failureClass: "F5",
    standsFor: "tikv/raft-rs changelog #42: stale pre-vote answers",
    file: "core/raft/roles/candidates.ts",
    find: "if (message.granted && message.term !== state.term + 1) return;",
    replace: "",
    caughtBy: [
      { kind: "scenario", only: "f05" },
      { kind: "simulation", seeds: 50 },
    ],
  },
  {
    name: "a pre-candidate of an old term is not told of the new one",
    failureClass: "F5",
    standsFor: "tikv/raft-rs changelog #83, #84: pre-vote and check-quorum deadlock",
    file: "core/raft/raft.ts",
    find: 'if (message.kind === "preVote") state.send({ kind: "preVoteReply", from, to, term, granted: false });',
    replace: "",
    caughtBy: [
      { kind: "scenario", only: "f05" },
      { kind: "simulation", seeds: 50 },
    ],
  },
  {
    name: "learners stand for election",
    failureClass: "F6",
    standsFor: "hashicorp/raft GH-398: a non-voter elects itself",
    file: "core/raft/state.ts",
    find: "return isVoter(this.membership, this.self);",
    replace: "return true;",
    caughtBy: [
      { kind: "scenario", only: "f06" },
      { kind: "simulation", seeds: 50 },
    ],
  },
  {
    name: "a heartbeat does not put off the next election",
    failureClass: "F6",
    standsFor: "RedisRaft #21: no leader in a healthy cluster",
    file: "core/raft/roles/follower.ts",
    find: "  state.restartElectionTimer();\n}\n\n/** The leader itself asks",
    replace: "}\n\n/** The leader itself asks",
    caughtBy: [
      { kind: "scenario", only: "f07" },
      { kind: "simulation", seeds: 50 },
    ],
  },
  {
    name: "a leader without a majority leads on",
    failureClass: "F7",
    standsFor: "openraft #2080: nobody replaces a leader that hears from nobody",
    file: "core/raft/roles/leader.ts",
    find: "if (hasQuorum) return;",
    replace: "if (hasQuorum || state.role === role) return;",
    caughtBy: [
      { kind: "scenario", only: "f07" },
      { kind: "simulation", seeds: 50 },
    ],
  },
  {
    name: "elections without pre-vote",
    failureClass: "F7",
    standsFor: "openraft #2083: a member that comes back deposes a good leader again and again",
    file: "core/raft/roles/follower.ts",
    find: 'becomePreCandidate(state, "timeout");',
    replace: "becomeCandidate(state, false);",
    caughtBy: [
      { kind: "scenario", only: "f07" },
      { kind: "simulation", seeds: 50 },
    ],
  },
  {
    name: "followers of a live leader help to depose it",
    failureClass: "F7",
    standsFor: "openraft #2083: no stickiness",
    file: "core/raft/election.ts",
    find: "return state.leader !== null && state.electionElapsed < state.options.timing.electionTicks;",
    replace: "return false;",
    caughtBy: [
      { kind: "scenario", only: "f07" },
      { kind: "simulation", seeds: 50 },
    ],
  },
];
