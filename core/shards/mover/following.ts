// Looks for the next configuration at the controllers, while no move is under way. A group without controllers has one
// configuration of its own, and adopts that as its first.
import type { Outcome } from "../../base/outcome.ts";
import type { Configuration } from "../configuration.ts";
import { decodeConfiguration, encodeConfiguration } from "../configuration.ts";
import { encodeGroupCommand } from "../group-commands.ts";
import type { ShardedStateMachine } from "../sharded-state-machine.ts";
import type { Action, Errand } from "./errand.ts";
import { ASK_TIMEOUT_MS, PAUSE_MS } from "./errand.ts";

/** Between two looks for a configuration when the last found none. */
export const LOOK_MS = 250;

/** Null: there are controllers, who give one configuration after the other. */
export type OwnConfiguration = Configuration | null;

export class FollowingErrand implements Errand {
  readonly #machine: ShardedStateMachine;
  readonly #own: OwnConfiguration;
  #found: Configuration | null = null;

  constructor(machine: ShardedStateMachine, own: OwnConfiguration) {
    this.#machine = machine;
    this.#own = own;
  }

  next(): Action | null {
    const { state, configuration } = this.#machine;
    if (!state.isSettled) return null;
    const found = this.#own ?? this.#found;
    if (found !== null && state.mayAdopt(found)) {
      return { kind: "propose", command: encodeGroupCommand({ kind: "adopt", configuration: encodeConfiguration(found) }) };
    }
    this.#found = null;
    if (this.#own !== null) return null;
    return { kind: "ask", question: { to: "controllers", number: configuration.number + 1 }, timeoutMs: ASK_TIMEOUT_MS };
  }

  answered(outcome: Outcome<Uint8Array>): number {
    this.#found = outcome.kind === "done" && outcome.value.length > 0 ? decodeConfiguration(outcome.value) : null;
    return this.#found === null ? LOOK_MS : 0;
  }

  proposalEnded(outcome: Outcome<Uint8Array>): number {
    this.#found = null;
    return outcome.kind === "done" ? 0 : PAUSE_MS;
  }
}
