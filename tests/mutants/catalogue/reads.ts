// F13 to F19: what a read may see.
import type { Mutant } from "../mutant.ts";

export const READ_MUTANTS: readonly Mutant[] = [
  {
    name: "a leader answers reads without asking whether it still leads",
    failureClass: "F13",
    standsFor: "vesoft-inc/nebula#5351: a lease that outlives its leader",
    file: "core/raft/read-index.ts",
    find: "if (read.index === null || !isConfirmed(state, role, read.round)) break;",
    replace: "if (read.index === null) break;",
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "a new leader reads before its term has started",
    failureClass: "F14",
    standsFor: "etcd#7331: stale reads of a new leader",
    file: "core/raft/read-index.ts",
    find: "const started = hasTermStarted(state, role);",
    replace: "const started = true as boolean;",
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "a round under way confirms a read that came later",
    failureClass: "F15",
    standsFor: "etcd#20418: an old confirmation answers a new read",
    file: "core/raft/read-index.ts",
    find: "index: started ? state.commitIndex : null, round: role.round + 1 });",
    replace: "index: started ? state.commitIndex : null, round: role.round });",
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "a read is confirmed by one less than a majority",
    failureClass: "F16",
    standsFor: "openraft d60f1e85: ReadIndex by majority minus one",
    file: "core/raft/rounds.ts",
    find: "return isQuorum(state.membership, (member) => member === state.self || (role.followers.get(member)?.confirmedRound ?? 0) >= round);",
    replace:
      "const confirmed = state.membership.voters.filter((member) => (role.followers.get(member)?.confirmedRound ?? 0) >= round);\n" +
      "  return 1 + confirmed.length >= Math.floor(state.membership.voters.length / 2);",
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "reads wait for the one member that was asked",
    failureClass: "F7",
    standsFor: "this project: a round that asks no more than a majority, one of whom is gone",
    file: "core/raft/rounds.ts",
    find: "if (role.reads.length > 0 && !isConfirmed(state, role, role.round)) askEverybody(role);",
    replace: "if (role.reads.length < 0) askEverybody(role);",
    caughtBy: [{ kind: "jest", path: "tests/core/raft/rounds" }],
  },
  {
    name: "a follower that is asked for a read answers from what it knows",
    failureClass: "F17",
    standsFor: "tikv#16069: a read index from a member that does not lead",
    file: "core/raft/roles/follower.ts",
    find: "context, index: null });",
    replace: "context, index: state.commitIndex });",
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "an answer to a round that has not begun counts for all rounds up to it",
    failureClass: "F16",
    standsFor: "this project: a nonsense round confirmed the reads of the future",
    file: "core/raft/followers.ts",
    find: "if (round > follower.confirmedRound && round <= role.round)",
    replace: "if (round > follower.confirmedRound && role.round > 0)",
    caughtBy: [{ kind: "jest", path: "tests/core/raft/read-index" }],
  },
  {
    name: "a stale read names what is in the log, and not what is applied",
    failureClass: "F19",
    standsFor: "etcd#18667: two members, one revision, and not the same",
    file: "core/replica/client-requests.ts",
    find: "result: outcome.value, index: applied.index, term",
    replace: "result: outcome.value, index: status.lastIndex, term",
    caughtBy: [{ kind: "scenario" }],
  },
];
