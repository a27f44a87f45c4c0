// What must hold after every step, in production too. A member for which it doesn't hold stops: that is safe, going on
// is not. What can only be seen by looking at several members at once is checked by the simulator.
import { assert } from "../base/assert.ts";
import type { RaftState } from "./state.ts";

export function checkInvariants(state: RaftState): void {
  const { log, role } = state;
  assert(log.base.index <= log.durableIndex, "what is compacted away is durable");
  assert(log.durableIndex <= log.lastIndex, "nothing missing is durable");
  assert(state.commitIndex <= log.lastIndex, "nothing missing is committed");
  assert(log.base.index <= state.commitIndex, "only what is committed is compacted away");
  assert(state.handedToApply <= state.commitIndex, "only what is committed is applied");
  assert(state.appliedIndex <= state.handedToApply, "nothing is applied that was not handed over");
  assert(log.last.term <= state.term, "no entry is from a later term than this member's");
  if (role.kind === "leader") {
    assert(state.leader === state.self, "a leader follows nobody");
    assert(state.vote === state.self, "a leader has voted for itself");
    assert(role.uncommittedBytes >= 0, "the uncommitted bytes are counted right");
    for (const follower of role.followers.values())
      assert(follower.matchIndex < follower.nextIndex, "what is acknowledged is not sent again");
  } else {
    assert(state.leader !== state.self, "only a leader leads");
  }
}
