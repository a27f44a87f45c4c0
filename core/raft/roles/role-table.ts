// What each role does with each message. This is the map of the algorithm: start reading here.
import type { BatchId } from "../../base/ids.ts";
import { unreachable } from "../../base/assert.ts";
import type { Message } from "../messages.ts";
import type { RaftState, Role } from "../state.ts";
import { candidateRow, preCandidateRow } from "./candidates.ts";
import { followerRow } from "./follower.ts";
import type { RoleOf, RoleRow } from "./handler.ts";
import { leaderRow } from "./leader.ts";

export const ROLE_TABLE: { readonly [K in Role["kind"]]: RoleRow<RoleOf<K>> } = {
  follower: followerRow,
  preCandidate: preCandidateRow,
  candidate: candidateRow,
  leader: leaderRow,
};

export function dispatchMessage(state: RaftState, message: Message): void {
  const { role } = state;
  rowOf(role)[message.kind](state, role, message as never);
}

export function dispatchTick(state: RaftState): void {
  rowOf(state.role).tick(state, state.role);
}

export function dispatchQuietTicks(state: RaftState): number {
  return rowOf(state.role).quietTicks(state, state.role);
}

export function dispatchPersisted(state: RaftState, batch: BatchId): void {
  state.log.confirm(batch);
  if (state.hardStateUnderWay !== null && state.hardStateUnderWay <= batch) state.hardStateUnderWay = null;
  rowOf(state.role).persisted(state, state.role);
}

/** The row and the role belong together, which the type system can't say of a table look-up. */
function rowOf(role: Role): RoleRow<Role> {
  switch (role.kind) {
    case "follower":
    case "preCandidate":
    case "candidate":
    case "leader":
      return ROLE_TABLE[role.kind] as unknown as RoleRow<Role>;
    default:
      return unreachable(role);
  }
}
