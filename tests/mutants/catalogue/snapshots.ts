// F20 to F26: what a snapshot replaces, and what must be there before it counts.
import type { Mutant } from "../mutant.ts";

export const SNAPSHOT_MUTANTS: readonly Mutant[] = [
  {
    name: "an installed snapshot leaves the entries behind it in the log",
    failureClass: "F20",
    standsFor: "hashicorp/raft#697: a conflicting tail survives the snapshot",
    file: "core/raft/log.ts",
    find: "this.#entries = [];\n    this.#bytes = 0;",
    replace: "this.#entries = this.#entries.filter((entry) => entry.index > base.index);\n    this.#bytes = 0;",
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "the log restarts without its snapshot being restored",
    failureClass: "F23",
    standsFor: "RedisRaft #14: state not restored from the snapshot",
    file: "core/raft/log-acceptance.ts",
    find: "state.outbox.restore = snapshot;",
    replace: "",
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "an older snapshot takes the place of a newer state",
    failureClass: "F24",
    standsFor: "openraft eed681d5: two snapshots in quick succession",
    file: "core/raft/log-acceptance.ts",
    find: "return base.index <= state.commitIndex || state.log.holds(base);",
    replace: "return state.log.holds(base);",
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "a transfer starts over with every newer snapshot",
    failureClass: "F25",
    standsFor: "ClickHouse/NuRaft#118: a slow follower is sent snapshots for ever",
    file: "core/raft/snapshot-sending.ts",
    find: "    const { sending } = follower;\n    if (sending === null || ++sending.ticksWithoutProgress < RESEND_TICKS) continue;",
    replace:
      "    if (follower.sending !== null && follower.sending.meta.id !== state.snapshot?.id) beginSnapshot(state, follower);\n" +
      "    const { sending } = follower;\n    if (sending === null || ++sending.ticksWithoutProgress < RESEND_TICKS) continue;",
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "a receiver that lost its unfinished file is never sent the beginning again",
    failureClass: "F25",
    standsFor: "hashicorp/raft#697: a transfer that never ends",
    file: "core/raft/snapshot-sending.ts",
    find: "startOver(sending, offset);",
    replace: "",
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "a snapshot carries the membership of the beginning",
    failureClass: "F25",
    standsFor: "openraft 447dc11c: an old membership in the snapshot",
    file: "core/raft/raft.ts",
    find: "return this.#state.membershipAt(index);",
    replace: "return this.#state.memberships[0] as Membership;",
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "a snapshot's membership is not taken over",
    failureClass: "F25",
    standsFor: "openraft dba24036: a snapshot without its membership",
    file: "core/raft/log-acceptance.ts",
    find: "state.memberships.splice(0, state.memberships.length, snapshot.membership);",
    replace: "",
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
  {
    name: "entries are applied that this member's disk may forget",
    failureClass: "F26",
    standsFor: "etcd v3.5 data inconsistency: the applied state is ahead of the log",
    file: "core/raft/take-ready.ts",
    find: "const last = asIndex(Math.min(state.commitIndex, state.log.durableIndex));",
    replace: "const last = state.commitIndex;",
    and: {
      find: "return !state.applyingPaused && state.handedToApply < Math.min(state.commitIndex, state.log.durableIndex);",
      replace: "return !state.applyingPaused && state.handedToApply < state.commitIndex;",
    },
    caughtBy: [{ kind: "scenario" }, { kind: "simulation", seeds: 50 }],
  },
];
