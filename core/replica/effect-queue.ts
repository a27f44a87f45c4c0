// What is to be done at the end of the turn, in the order in which it was decided.
import type { Outcome } from "../base/outcome.ts";
import type { ReplicaEffect, ReplicaObservation, Reply } from "./effects.ts";
import type { RequestId } from "./events.ts";

export class EffectQueue {
  #effects: ReplicaEffect[] = [];

  push(effect: ReplicaEffect): void {
    this.#effects.push(effect);
  }

  reply(request: RequestId, outcome: Outcome<Reply>): void {
    this.#effects.push({ kind: "reply", request, outcome });
  }

  /** Of something that was, or would have been, an entry of the log. */
  replyToProposal(request: RequestId, outcome: Outcome<Reply>): void {
    this.reply(request, outcome);
    this.#effects.push(ENDS[outcome.kind]);
  }

  observe(observation: ReplicaObservation): void {
    this.#effects.push({ kind: "observe", observation });
  }

  take(): readonly ReplicaEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}

const endedAs = (result: Outcome<Reply>["kind"]): ReplicaEffect => ({ kind: "observe", observation: { kind: "proposal", result } });

/** The same for every proposal that ends so: there is one for each write. */
const ENDS = { done: endedAs("done"), refused: endedAs("refused"), unknown: endedAs("unknown") };
