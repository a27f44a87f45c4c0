// F8 to F12: what is in the log, on whose disk, and when it is committed.
import type { Mutant } from "../mutant.ts";

export const REPLICATION_MUTANTS: readonly Mutant[] = [
  {
    name: "what follows a message's last entry is cut off, though all of it agrees",
    failureClass: "F8",
    standsFor: "openraft 9540c904: a late append removes committed entries",
    file: "core/raft/log-acceptance.ts",
    find: "if (firstNew === -1) return null;",
    replace:
      "if (firstNew === -1) {\n    const behind = asIndex((entries.at(-1)?.index ?? state.log.lastIndex) + 1);\n" +
      "    if (behind > state.commitIndex && behind <= state.log.lastIndex) state.truncateFrom(behind);\n    return null;\n  }",
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "a follower commits what its leader has not checked",
    failureClass: "F8",
    standsFor: "the commit rule of Figure 2 without `index of last new entry`",
    file: "core/raft/commit.ts",
    find: "const index = asIndex(Math.min(leaderCommit, verifiedIndex));",
    replace: "const index = asIndex(Math.min(leaderCommit, state.log.lastIndex));",
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "a follower acknowledges what its leader has not checked",
    failureClass: "F8",
    standsFor: "openraft 9540c904's mirror: a tail of another leader counts as matching",
    file: "core/raft/log-acceptance.ts",
    find: 'function acknowledge(state: RaftState, role: FollowerRole, to: Append["from"]): void {\n  const matchIndex = asIndex(Math.min(role.verifiedIndex, state.log.durableIndex));',
    replace:
      'function acknowledge(state: RaftState, role: FollowerRole, to: Append["from"]): void {\n  const matchIndex = state.log.durableIndex;',
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "conflicts are backed up one entry at a time",
    failureClass: "F9",
    standsFor: "openraft 6d53aa12: O(n) back-off",
    file: "core/raft/replication.ts",
    find: "const agreed = state.log.lastNotAfter(hint.index, hint.term);",
    replace: "const agreed = { index: previousIndex - 2 };",
    caughtBy: [{ kind: "scenario" }],
  },
  {
    name: "a conflict is answered with the same entries again",
    failureClass: "F9",
    standsFor: "openraft 6d53aa12: live-lock over conflicting entries",
    file: "core/raft/replication.ts",
    find: "follower.becomeProbe(asIndex(Math.min(previousIndex, agreed.index + 1)));",
    replace: "follower.becomeProbe(asIndex(Math.max(previousIndex, agreed.index) + 1));",
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "entries that contradict committed ones are believed",
    failureClass: "F10",
    standsFor: "RedisRaft #53: a peer's message ends the process",
    file: "core/raft/log-acceptance.ts",
    find: "if (from <= state.commitIndex) return from;",
    replace: "",
    caughtBy: [{ kind: "scenario" }, { kind: "jest", path: "tests/core/raft/log-acceptance.test.ts" }],
  },
  {
    name: "a message is believed that tells of another entry at the base",
    failureClass: "F10",
    standsFor: "RedisRaft #42: a cache of the log that does not agree with it",
    file: "core/raft/log-acceptance.ts",
    find: "if (ofBase !== undefined && ofBase.term !== base.term) return null;",
    replace: "",
    caughtBy: [{ kind: "scenario" }, { kind: "jest", path: "tests/core/raft/log-acceptance.test.ts" }],
  },
  {
    name: "an acknowledgement of what was never sent counts",
    failureClass: "F10",
    standsFor: "RedisRaft #189: a peer's message ends the process",
    file: "core/raft/followers.ts",
    find: "if (matchIndex > state.log.lastIndex) return;",
    replace: "",
    caughtBy: [{ kind: "scenario" }, { kind: "jest", path: "tests/core/raft/followers.test.ts" }],
  },
  {
    name: "a follower acknowledges what it holds in memory only",
    failureClass: "F11",
    standsFor: "yugabyte/yugabyte-db#32875: acknowledged before the log is durable",
    file: "core/raft/log-acceptance.ts",
    find: 'function acknowledge(state: RaftState, role: FollowerRole, to: Append["from"]): void {\n  const matchIndex = asIndex(Math.min(role.verifiedIndex, state.log.durableIndex));',
    replace:
      'function acknowledge(state: RaftState, role: FollowerRole, to: Append["from"]): void {\n  const matchIndex = role.verifiedIndex;',
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "an append without entries is acknowledged without waiting for the disk",
    failureClass: "F11",
    standsFor: "yugabyte/yugabyte-db#32875: a heartbeat skips the durability wait",
    file: "core/raft/log-acceptance.ts",
    find: "if (isNewRound || role.verifiedIndex <= state.log.durableIndex) acknowledge(state, role, message.from);",
    replace:
      'if (entries.length === 0) reply(state, message, { kind: "accepted", matchIndex: role.verifiedIndex });\n' +
      "  else if (isNewRound || role.verifiedIndex <= state.log.durableIndex) acknowledge(state, role, message.from);",
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "a leader counts its own disk before it has written",
    failureClass: "F12",
    standsFor: "openraft beb0302b: the leader's own copy is taken for granted",
    file: "core/raft/commit.ts",
    find: "return member === state.self ? state.log.durableIndex",
    replace: "return member === state.self ? state.log.lastIndex",
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "learners count towards a majority",
    failureClass: "F12",
    standsFor: "openraft a10d9906: learners in the quorum",
    file: "core/raft/quorum.ts",
    find: "const incoming = majorityIndex(membership.voters, indexOf);",
    replace:
      "const having = [...membership.voters, ...membership.learners].map(indexOf).sort((a, b) => b - a);\n" +
      "  const incoming = having[Math.floor(membership.voters.length / 2)] ?? asIndex(0);",
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "half of the voters is enough",
    failureClass: "F12",
    standsFor: "openraft d882e743: committed with too few voters",
    file: "core/raft/quorum.ts",
    find: "if (having > voters.length / 2) highest = index;",
    replace: "if (having >= voters.length / 2) highest = index;",
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "a write of overwritten entries counts for the entries that took their place",
    failureClass: "F12",
    standsFor: "the ABA note in etcd-io/raft rawnode.go",
    file: "core/raft/log.ts",
    find: "for (const write of this.#writes) write.lastIndex = lower(write.lastIndex, kept);",
    replace: "",
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
];
