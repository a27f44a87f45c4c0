// EXEC: the plans of all that was queued, as one command of the store. It is one entry of the log, so nothing comes in between; a
// command in it that fails undoes nothing of the others, as in Redis.
import type { KvOperation } from "../../../core/kv/commands.ts";
import { OPERATIONS_MAX } from "../../../core/kv/limits.ts";
import type { Arguments, DataCommand, LocalCommand, Plan } from "../commands/command.ts";
import { checkedPlan } from "../commands/checked-plan.ts";
import { EXEC_ABORT } from "../error-texts.ts";
import type { KvResult } from "../../../core/kv/results.ts";
import type { StoreCommand } from "../plan-bytes.ts";
import { encodePlan, resultsIn, toldBytesMax } from "../plan-bytes.ts";
import type { ReplyWriter } from "../protocol/reply-writer.ts";
import type { Asked } from "./store-asking.ts";
import { StoreAsking } from "./store-asking.ts";
import type { WatchSet } from "./watch-set.ts";

export type Queued = { readonly command: DataCommand | LocalCommand; readonly args: Arguments };

type Step =
  | { readonly kind: "data"; readonly command: DataCommand; readonly plan: Plan }
  | { readonly kind: "local"; readonly command: LocalCommand; readonly args: Arguments }
  | { readonly kind: "error"; readonly text: string };

export class ExecRequest extends StoreAsking {
  /** What is watched has to be known before it is asked. */
  readonly kind = "alone";
  readonly #steps: readonly Step[];
  readonly #operations: readonly KvOperation[];
  readonly #watched: WatchSet;

  constructor(slot: number, asked: Asked, { queued, watched }: { readonly queued: readonly Queued[]; readonly watched: WatchSet }) {
    super(slot, asked);
    this.#watched = watched;
    this.#steps = queued.map(stepOf);
    this.#operations = this.#steps.flatMap((step) => (step.kind === "data" ? step.plan.operations : []));
    asked.ports.replies.keepFree(asked.place, toldBytesMax(this.#operations));
  }

  /** There is nothing to do, and nothing that it depends on. */
  get #isOfErrors(): boolean {
    return this.#operations.length === 0 && this.#watched.size === 0;
  }

  protected command(): StoreCommand | string {
    if (this.#watched.hasFailedIn(this.slot)) return EXEC_ABORT;
    if (this.#operations.length > OPERATIONS_MAX) return `ERR a transaction has at most ${OPERATIONS_MAX} operations`;
    return encodePlan(this.#operations, this.#watched.comparisons());
  }

  protected tell(result: KvResult, out: ReplyWriter): void {
    const results = this.#isOfErrors ? [] : resultsIn(result, this.#operations.length);
    if (results === null) return void out.nilArray();
    if (typeof results === "string") return void out.error(results);
    const nowMs = this.client.surroundings.wallMs();
    let taken = 0;
    out.array(this.#steps.length);
    for (const step of this.#steps) {
      if (step.kind === "error") out.error(step.text);
      else if (step.kind === "local") step.command.run(this.client, step.args, out);
      else {
        const own = results.slice(taken, taken + step.plan.operations.length);
        taken += own.length;
        step.command.answer(own, { out, does: step.plan.operations[0]?.kind, detail: step.plan.detail, nowMs });
      }
    }
  }
}

function stepOf({ command, args }: Queued): Step {
  if (command.kind === "local") return { kind: "local", command, args };
  const plan = checkedPlan(command, args);
  return typeof plan === "string" ? { kind: "error", text: plan } : { kind: "data", command, plan };
}
