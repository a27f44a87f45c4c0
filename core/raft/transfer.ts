// Handing leadership over (thesis §3.10): the leader stops taking proposals, waits until the chosen member has
// everything, and has shown so since it last restarted, and asks it to stand at once. It has one election timeout
// for that; then it leads on as if nothing had been.
import type { MemberId } from "../base/ids.ts";
import { isActive } from "./followers.ts";
import type { TransferRequest, TransferResult } from "./inputs.ts";
import { isVoter } from "./membership.ts";
import type { Progress } from "./progress.ts";
import type { LeaderRole, RaftState } from "./state.ts";

export function handOver(state: RaftState, role: LeaderRole, { to: wanted, reason }: TransferRequest): TransferResult {
  if (role.transfer !== null) return { kind: "refused", message: `leadership is being handed over to ${role.transfer.to}` };
  const to = wanted ?? bestSuccessor(state, role);
  if (to === state.self) return { kind: "refused", message: `${to} leads already` };
  if (to === null || !role.followers.has(to) || !isVoter(state.membership, to))
    return { kind: "refused", message: "no other voter can take over" };
  role.transfer = { to, reason, ticksLeft: state.options.timing.electionTicks, asked: false };
  state.observe({ kind: "transferStarted", to, reason });
  continueTransfer(state, role);
  return { kind: "started", to };
}

/** Once the successor has everything. */
export function continueTransfer(state: RaftState, role: LeaderRole): void {
  const { transfer } = role;
  if (transfer === null || transfer.asked) return;
  const successor = role.followers.get(transfer.to);
  if (successor?.shownIndex !== state.log.lastIndex) return;
  transfer.asked = true;
  state.send({ kind: "campaignNow", from: state.self, to: transfer.to, term: state.term });
}

export function tickTransfer(state: RaftState, role: LeaderRole): void {
  const { transfer } = role;
  if (transfer === null) return;
  transfer.ticksLeft--;
  if (transfer.ticksLeft % state.options.timing.heartbeatTicks === 0) {
    transfer.asked = false; // the request may have been lost; a successor that stands already ignores it
    continueTransfer(state, role);
  }
  const gone = !role.followers.has(transfer.to);
  if (transfer.ticksLeft > 0 && !gone) return;
  state.observe({ kind: "transferEnded", to: transfer.to, result: "timedOut" });
  role.transfer = null;
}

/** Who has acknowledged nothing in this term may be gone. One that has to show its log is better than nobody: it will have shown it soon. */
function bestSuccessor(state: RaftState, role: LeaderRole): MemberId | null {
  let best: Progress | null = null;
  for (const follower of role.followers.values()) {
    if (!isVoter(state.membership, follower.member) || !isActive(state, follower) || follower.matchIndex === 0) continue;
    if (best === null || isBetter(follower, best)) best = follower;
  }
  return best?.member ?? null;
}

function isBetter(one: Progress, other: Progress): boolean {
  return one.shownIndex === other.shownIndex ? one.matchIndex > other.matchIndex : one.shownIndex > other.shownIndex;
}
