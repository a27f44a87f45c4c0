// Lets go of one shard that has left: its new owner is asked whether it serves, and only when its log says so does the copy
// go that was left here. Until then this is the only whole copy that is certain to exist.
//
// A group that was recovered from the disk of one member may have lost the end of its log, and the freeze with it. It serves
// what its receiver serves as well, and has to stand still by a freeze of its own before it lets go. Nothing but the receiver's
// word says so then, and a number alone is not enough: controllers that were recovered may have given it a second time, to a
// configuration that moves nothing, and the only copy would go. So both have to hold the same configuration under that number.
// Where the receiver keeps it no longer, or has another one, the shard is served on, and a person has to look.
//
// A receiver that has dropped it, by a settlement, never serves it by this configuration. That is said by its log, so what stands
// still for it here may be served again. One that is gone for good, and had passed the shard on before, says nothing: then whoever
// has it by the settlement is asked as well. That it serves the shard by a later configuration makes this copy an old one.
import { equalBytes } from "../../base/bytes.ts";
import type { GroupId } from "../../base/ids.ts";
import type { Outcome } from "../../base/outcome.ts";
import { encodeConfiguration, ownerOf } from "../configuration.ts";
import type { GroupQuery } from "../group-commands.ts";
import { decodeArrival, encodeGroupCommand, encodeGroupQuery } from "../group-commands.ts";
import type { ShardStatus } from "../shard-status.ts";
import type { ShardedStateMachine } from "../sharded-state-machine.ts";
import type { Action, Errand } from "./errand.ts";
import { ASK_TIMEOUT_MS, PAUSE_MS, SHORT_PAUSE_MS } from "./errand.ts";
import { questionTo } from "./question-to.ts";

/** While the shard still serves here, the question only lets the receiver know that there is a newer configuration. */
const NUDGE_MS = 1_000;

type Asked = Extract<GroupQuery, { readonly kind: "hasArrived" | "configuration" | "servesLater" }>;
type Giving = Extract<ShardStatus, { readonly kind: "leaving" | "frozen" }>;

export class GivingErrand implements Errand {
  readonly #machine: ShardedStateMachine;
  readonly #shard: number;
  #asked: Asked["kind"] = "hasArrived";
  #hasArrived = false;
  #wasDropped = false;
  #isServedLater = false;
  /** It has arrived by the very configuration by which it leaves here. */
  #isSameMove = false;
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
    if (this.#wasDropped && status.kind === "frozen")
      return { kind: "propose", command: encodeGroupCommand({ kind: "thaw", shard, number }) };
    const heir = status.kind === "frozen" && this.#asked !== "servesLater" ? this.#heirOf(status) : null;
    if (heir !== null && !this.#isServedLater) return this.#ask(heir, { kind: "servesLater", shard, number });
    if (!this.#hasArrived && !this.#isServedLater) return this.#ask(status.to, { kind: "hasArrived", shard, number });
    if (status.kind === "frozen") return { kind: "propose", command: encodeGroupCommand({ kind: "release", shard, number }) };
    if (!this.#isSameMove) return this.#ask(status.to, { kind: "configuration", number });
    return { kind: "propose", command: encodeGroupCommand({ kind: "freeze", shard, number }) };
  }

  answered(outcome: Outcome<Uint8Array>): number {
    if (this.#asked === "configuration") return this.#compared(outcome);
    if (this.#asked === "servesLater") {
      this.#isServedLater = outcome.kind === "done" && outcome.value[0] === 1;
      return this.#isServedLater ? 0 : PAUSE_MS;
    }
    const { status } = this.#machine.state.shard(this.#shard);
    const arrival = outcome.kind === "done" ? decodeArrival(outcome.value) : "no";
    this.#hasArrived = arrival === "yes";
    this.#wasDropped = arrival === "dropped";
    this.#notYet = outcome.kind === "done" && !this.#hasArrived;
    if (this.#hasArrived) return 0;
    if (outcome.kind !== "done") return PAUSE_MS;
    return status.kind === "frozen" ? SHORT_PAUSE_MS : NUDGE_MS;
  }

  proposalEnded(): number {
    return PAUSE_MS;
  }

  #compared(outcome: Outcome<Uint8Array>): number {
    const own = encodeConfiguration(this.#machine.configuration);
    this.#isSameMove = outcome.kind === "done" && equalBytes(outcome.value, own);
    // What it was may have changed meanwhile: all of it is asked again.
    if (!this.#isSameMove) this.#hasArrived = false;
    return this.#isSameMove ? 0 : NUDGE_MS;
  }

  /** Null: nobody but the receiver, or it is not known to be gone. */
  #heirOf({ to, number }: Giving): GroupId | null {
    const { settlement, state } = this.#machine;
    if (settlement === null || settlement.configuration.number <= number || !settlement.frozenTo.includes(to)) return null;
    const owner = ownerOf(settlement.configuration, this.#shard);
    return owner === to || owner === state.options.group ? null : owner;
  }

  #ask(to: GroupId, query: Asked): Action {
    this.#asked = query.kind;
    const operation = { kind: "read", bytes: encodeGroupQuery(query) } as const;
    return { kind: "ask", question: questionTo(this.#machine, to, { operation, elsewhere: this.#notYet }), timeoutMs: ASK_TIMEOUT_MS };
  }
}
