// A leader takes a proposal into its log, or refuses it before anything has happened: then it never will.
import { asIndex, asServiceIndex } from "../base/ids.ts";
import { createEntry } from "./entry.ts";
import type { Proposal, ProposeRefusal, ProposeResult } from "./inputs.ts";
import type { LeaderRole, RaftState } from "./state.ts";

export function propose(state: RaftState, proposal: Proposal): ProposeResult {
  const { role, term } = state;
  if (role.kind !== "leader") return { kind: "refused", reason: "notLeader" };
  const reason = whyNot(state, role, proposal);
  if (reason !== null) return { kind: "refused", reason };
  const index = asIndex(state.log.lastIndex + 1);
  const { kind, version, body } = proposal;
  const serviceIndex = asServiceIndex(state.log.lastServiceIndex + (kind === "command" ? 1 : 0));
  const entry = createEntry({ index, term, serviceIndex, kind, version, body }, state.slab);
  state.appendEntry(entry);
  role.uncommittedBytes += entry.bytes.length;
  return { kind: "proposed", id: { index, term }, serviceIndex };
}

function whyNot(state: RaftState, role: LeaderRole, proposal: Proposal): ProposeRefusal | null {
  const { limits } = state.options;
  if (proposal.body.length > limits.entryBytesMax) return "tooLarge";
  if (role.transfer !== null) return "transferring";
  // A leader that has lost its majority can't commit; without this bound its log would grow until the memory is full.
  const uncommittedEntries = state.log.lastIndex - state.commitIndex;
  if (role.uncommittedBytes >= limits.uncommittedBytesMax || uncommittedEntries >= limits.uncommittedEntriesMax) return "overloaded";
  return null;
}
