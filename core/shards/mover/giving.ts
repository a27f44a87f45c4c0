// Lets go of one shard that has left: its new owner is asked whether it serves, and only when its log says so does the copy
// go that was left here. Until then this is the only whole copy that is certain to exist.
import type { Outcome } from "../../base/outcome.ts";
import { encodeGroupCommand, encodeGroupQuery } from "../group-commands.ts";
import type { ShardedStateMachine } from "../sharded-state-machine.ts";
import type { Action, Errand } from "./errand.ts";
import { ASK_TIMEOUT_MS, PAUSE_MS, SHORT_PAUSE_MS } from "./errand.ts";
import { questionTo } from "./question-to.ts";

/** While the shard still serves here, the question only lets the receiver know that there is a newer configuration. */
const NUDGE_MS = 1_000;

export class GivingErrand implements Errand {
  readonly #machine: ShardedStateMachine;
  readonly #shard: number;
  #hasArrived = false;
  /** The last answer was that it has not arrived: true, or said by a member that is behind. */
  #notYet = false;

  constructor(machine: ShardedStateMachine, shard: number) {
    this.#machine = machine;
    this.#shard = shard;
  }

  next(): Action | null {
    const shard = this.#shard;
    const { status } = this.#machine.state.shard(shard);
    if (status.kind !== "leaving" && status.kind !== "frozen") return null;
    const { number } = status;
    if (this.#hasArrived) return { kind: "propose", command: encodeGroupCommand({ kind: "release", shard, number }) };
    const operation = { kind: "read", bytes: encodeGroupQuery({ kind: "hasArrived", shard, number }) } as const;
    const question = questionTo(this.#machine, status.to, { operation, elsewhere: this.#notYet });
    return { kind: "ask", question, timeoutMs: ASK_TIMEOUT_MS };
  }

  answered(outcome: Outcome<Uint8Array>): number {
    const { status } = this.#machine.state.shard(this.#shard);
    this.#hasArrived = outcome.kind === "done" && outcome.value[0] === 1;
    this.#notYet = outcome.kind === "done" && !this.#hasArrived;
    if (this.#hasArrived) return 0;
    if (outcome.kind !== "done") return PAUSE_MS;
    return status.kind === "frozen" ? SHORT_PAUSE_MS : NUDGE_MS;
  }

  proposalEnded(): number {
    return PAUSE_MS;
  }
}
