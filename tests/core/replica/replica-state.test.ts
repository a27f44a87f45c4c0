import { asBoot, asCluster, asGroup, asMember, asTerm } from "../../../core/base/ids.ts";
import { Random } from "../../../core/base/random.ts";
import { KvStateMachine } from "../../../core/kv/kv-state-machine.ts";
import { OnePartition } from "../../../core/replica/applied/one-partition.ts";
import { LOG_ORIGIN } from "../../../core/raft/entry.ts";
import { DEFAULT_LIMITS, DEFAULT_TIMING } from "../../../core/raft/inputs.ts";
import { foundingMembership } from "../../../core/raft/membership.ts";
import { DEFAULT_REPLICA_LIMITS } from "../../../core/replica/options.ts";
import { ReplicaState } from "../../../core/replica/replica-state.ts";

function stateOf(self: string): ReplicaState {
  const membership = foundingMembership(
    ["a", "b", "c"].map((name, ordinal) => ({ member: asMember(name), place: { ordinal, address: name } })),
  );
  return new ReplicaState({
    identity: { cluster: asCluster("c"), group: asGroup("g"), self: asMember(self), boot: asBoot(1) },
    earlierLives: [],
    bootsSeen: {},
    recovered: { hardState: { term: asTerm(0), vote: null }, base: LOG_ORIGIN, entries: [], snapshot: null, membership },
    machine: new OnePartition(new KvStateMachine(), DEFAULT_REPLICA_LIMITS),
    random: new Random(1),
    timing: DEFAULT_TIMING,
    raftLimits: DEFAULT_LIMITS,
    limits: { ...DEFAULT_REPLICA_LIMITS, shutdownGraceMs: 100 },
    version: 1,
  });
}

test("the status is put together once, until it is forgotten", () => {
  const state = stateOf("a");
  const first = state.status;
  expect(state.status).toBe(first);
  state.forgetStatus();
  expect(state.status).not.toBe(first);
  expect(state.self).toBe("a");
});

test("the first reason to stop is the one that is told", () => {
  const state = stateOf("a");
  state.stop("wiped", "first");
  state.stop("removed", "second");
  expect(state.effects.take()).toEqual([{ kind: "stop", reason: "wiped", message: "first" }]);
});

test("the grace begins with the wish to stop", () => {
  const state = stateOf("a");
  state.now.monotonicMs = 1_000;
  expect(state.isGraceOver).toBe(false);
  state.stoppingSinceMs = 950;
  expect(state.isGraceOver).toBe(false);
  state.stoppingSinceMs = 900;
  expect(state.isGraceOver).toBe(true);
});
