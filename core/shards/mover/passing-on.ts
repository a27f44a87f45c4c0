// Passes configurations on to a group that is behind, as its answers tell: one that can't reach the controllers still learns
// what it needs to give or take a shard. Which of them it adopts, and when, is decided by its own log.
import type { GroupId } from "../../base/ids.ts";
import { encodeConfiguration } from "../configuration.ts";
import { encodeGroupCommand } from "../group-commands.ts";
import type { ShardedStateMachine } from "../sharded-state-machine.ts";
import type { Action, Errand } from "./errand.ts";
import { ASK_TIMEOUT_MS, PAUSE_MS } from "./errand.ts";
import { questionTo } from "./question-to.ts";

export class PassingOnErrand implements Errand {
  readonly #machine: ShardedStateMachine;
  readonly #group: GroupId;
  readonly #numberOf: (group: GroupId) => number;

  /** `numberOf`: the configuration that a group was last heard to have. */
  constructor(machine: ShardedStateMachine, group: GroupId, numberOf: (group: GroupId) => number) {
    this.#machine = machine;
    this.#group = group;
    this.#numberOf = numberOf;
  }

  next(): Action | null {
    const next = this.#machine.state.configurations.at(this.#numberOf(this.#group) + 1);
    if (next === null) return null;
    const bytes = encodeGroupCommand({ kind: "adopt", configuration: encodeConfiguration(next) });
    const asked = { operation: { kind: "write", bytes }, elsewhere: false } as const;
    return { kind: "ask", question: questionTo(this.#machine, this.#group, asked), timeoutMs: ASK_TIMEOUT_MS };
  }

  answered(): number {
    return PAUSE_MS;
  }

  proposalEnded(): number {
    return PAUSE_MS;
  }
}
