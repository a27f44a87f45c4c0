// When an entry is committed. A leader counts only entries of its own term (Raft §5.4.2, Figure 8): an older entry on a
// majority could still be overwritten by a leader that never saw it. Itself it counts by its disk, like everybody else.
import { asIndex } from "../base/ids.ts";
import type { LogIndex } from "../base/ids.ts";
import { continueMembershipChange } from "./membership-change.ts";
import { quorumIndex } from "./quorum.ts";
import { startHeldReads } from "./read-index.ts";
import { tellCommit } from "./replication.ts";
import type { LeaderRole, RaftState } from "./state.ts";

export function advanceLeaderCommit(state: RaftState, role: LeaderRole): void {
  const index = quorumIndex(state.membership, (member) => {
    return member === state.self ? state.log.durableIndex : (role.followers.get(member)?.shownIndex ?? asIndex(0));
  });
  if (index <= state.commitIndex || state.log.termAt(index) !== state.term) return;
  const newlyCommitted = state.log.slice(asIndex(state.commitIndex + 1), { entriesMax: Infinity, bytesMax: Infinity, last: index });
  for (const entry of newlyCommitted) role.uncommittedBytes -= entry.bytes.length;
  state.commitIndex = index;
  tellCommit(state, role, newlyCommitted);
  startHeldReads(state, role);
  continueMembershipChange(state, role);
}

/** A follower commits what its leader committed, as far as its own log is known to be the leader's. */
export function adoptCommitIndex(state: RaftState, leaderCommit: LogIndex, verifiedIndex: LogIndex): void {
  const index = asIndex(Math.min(leaderCommit, verifiedIndex));
  if (index > state.commitIndex) state.commitIndex = index;
}
