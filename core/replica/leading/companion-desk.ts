// Where a companion's wishes become proposals and questions, and where it is told how they ended. What it proposes is an
// entry like any other, without a session: commands of the group's own can be repeated without harm.
import type { Outcome } from "../../base/outcome.ts";
import { done, refused } from "../../base/outcome.ts";
import type { Companion, CompanionEffect, CompanionEvent } from "../companion.ts";
import type { Reply } from "../effects.ts";
import { PendingRequests } from "../pending-requests.ts";
import type { ReplicaState } from "../replica-state.ts";

type Ended = { readonly id: number; readonly outcome: Outcome<Uint8Array> };

export class CompanionDesk {
  readonly companion: Companion | null;
  readonly proposals: PendingRequests;
  #ended: Ended[] = [];

  constructor(companion: Companion | null) {
    this.companion = companion;
    this.proposals = new PendingRequests({ replyToProposal: (id, outcome) => this.end(id, resultOf(outcome)) });
  }

  end(id: number, outcome: Outcome<Uint8Array>): void {
    this.#ended.push({ id, outcome });
  }

  takeEnded(): readonly Ended[] {
    const ended = this.#ended;
    this.#ended = [];
    return ended;
  }
}

export function tickCompanion(state: ReplicaState): void {
  const { desk, isLeading, isServing, now, status } = state;
  // A leader that serves nobody does nothing of its own accord either, and learns nothing of what it had begun.
  const tick = { kind: "tick", nowMs: now.monotonicMs, isLeading: isLeading && isServing, term: status.term } as const;
  if (isServing) tellCompanion(state, tick);
  else desk.companion?.step(tick);
}

/** At the end of a turn: what was proposed before may have been applied in it. */
export function tellEndedProposals(state: ReplicaState): void {
  for (const { id, outcome } of state.desk.takeEnded()) tellCompanion(state, { kind: "proposalEnded", id, outcome });
}

export function tellCompanion(state: ReplicaState, event: CompanionEvent): void {
  const { companion } = state.desk;
  if (companion === null || !state.isServing) return;
  for (const effect of companion.step(event)) perform(state, effect);
}

function perform(state: ReplicaState, effect: CompanionEffect): void {
  if (effect.kind === "ask") state.effects.push(effect);
  else propose(state, effect);
}

function propose(state: ReplicaState, { id, command }: Extract<CompanionEffect, { readonly kind: "propose" }>): void {
  const refusal = state.whyNotPropose(command);
  if (refusal !== null) {
    state.desk.end(id, refusal);
    return;
  }
  const body = state.envelopes.encode({ stampMs: state.clock.stamp(), session: null, command });
  const result = state.raft.propose({ kind: "command", version: state.options.machine.versionOf(command), body });
  if (result.kind === "proposed") state.desk.proposals.add({ request: id, entry: result.id, deadlineMs: Infinity, wants: "result" });
  else state.desk.end(id, refused("overloaded", result.reason));
}

function resultOf(outcome: Outcome<Reply>): Outcome<Uint8Array> {
  if (outcome.kind !== "done") return outcome;
  return outcome.value.kind === "result" ? done(outcome.value.result) : refused("internal", "an answer of another kind");
}
