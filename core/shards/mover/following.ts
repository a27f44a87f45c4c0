// Looks for the next configuration at the controllers. While a move is under way none is adopted, but where groups are by later
// ones is good to know; and a settlement ends moves that would never end. A group without controllers has one configuration of
// its own, and adopts that as its first.
import type { Outcome } from "../../base/outcome.ts";
import type { Configuration } from "../configuration.ts";
import { decodeConfiguration, encodeConfiguration } from "../configuration.ts";
import { decodeGroupCommand, encodeGroupCommand, isGroupLevel } from "../group-commands.ts";
import { encodeSettlement, maySettle } from "../settlement.ts";
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
  #asked = 0;
  /** Such as while a member does not know how: where others are is asked for all the same. */
  #isSettlingInVain = false;

  constructor(machine: ShardedStateMachine, own: OwnConfiguration) {
    this.#machine = machine;
    this.#own = own;
  }

  next(): Action | null {
    const { state, configuration, laterAddresses, settlement } = this.#machine;
    if (!this.#isSettlingInVain && settlement !== null && maySettle(state, settlement)) {
      return { kind: "propose", command: encodeSettlement(settlement) };
    }
    if (!state.isSettled) return this.#own === null ? this.#ask(Math.max(configuration.number, laterAddresses.number) + 1) : null;
    const found = this.#own ?? this.#found;
    if (found !== null && state.mayAdopt(found)) {
      return { kind: "propose", command: encodeGroupCommand({ kind: "adopt", configuration: encodeConfiguration(found) }) };
    }
    this.#found = null;
    if (this.#own !== null) return null;
    return this.#ask(configuration.number + 1);
  }

  answered(outcome: Outcome<Uint8Array>): number {
    const { configuration, laterAddresses } = this.#machine;
    const found = outcome.kind === "done" && outcome.value.length > 0 ? this.#read(outcome.value) : null;
    // Where a later one was asked for, the next one exists. A group that has nothing by now would skip it, and be waited for
    // ever by whoever gives a shard to it there, or is to get that shard from it.
    const isNextAsked = this.#asked === configuration.number + 1;
    this.#found = isNextAsked ? found : null;
    if (found !== null) laterAddresses.learn(found);
    const isForgotten = isNextAsked && found !== null && found.number > this.#asked && !this.#machine.state.mayAdopt(found);
    if (isNextAsked && outcome.kind === "done") this.#machine.forgotten = isForgotten ? this.#asked : 0;
    // While a move is under way the one after it is asked for next; else the same would be answered the same.
    const canGoOn = found !== null && found.number >= this.#asked && !(isForgotten && this.#machine.state.isSettled);
    return canGoOn ? 0 : LOOK_MS;
  }

  proposalEnded(outcome: Outcome<Uint8Array>): number {
    this.#found = null;
    this.#isSettlingInVain = outcome.kind !== "done";
    return outcome.kind === "done" ? 0 : PAUSE_MS;
  }

  /** A settlement comes as the step that it may be. */
  #read(bytes: Uint8Array): Configuration | null {
    if (!isGroupLevel(bytes)) return decodeConfiguration(bytes);
    const command = decodeGroupCommand(bytes);
    const configuration = command?.kind === "settle" ? decodeConfiguration(command.configuration) : null;
    if (command?.kind !== "settle" || configuration === null) return null;
    const known = this.#machine.settlement?.configuration.number ?? 0;
    if (configuration.number > known) this.#machine.settlement = { configuration, frozenTo: command.frozenTo };
    return configuration;
  }

  #ask(number: number): Action {
    this.#asked = number;
    this.#isSettlingInVain = false;
    return { kind: "ask", question: { to: "controllers", number }, timeoutMs: ASK_TIMEOUT_MS };
  }
}
