// One command about keys.
import type { DataCommand, Plan, Told } from "../commands/command.ts";
import type { KvResult } from "../../../core/kv/results.ts";
import type { StoreCommand } from "../plan-bytes.ts";
import { encodePlan, resultsIn, toldBytesMax } from "../plan-bytes.ts";
import type { ReplyWriter } from "../protocol/reply-writer.ts";
import type { Asked } from "./store-asking.ts";
import { StoreAsking } from "./store-asking.ts";

export class DataRequest extends StoreAsking {
  readonly #command: DataCommand;
  readonly #operations: number;
  readonly #does: Told["does"];
  readonly #detail: Plan["detail"];
  #asked: StoreCommand;

  constructor(slot: number, asked: Asked, { command, plan }: { readonly command: DataCommand; readonly plan: Plan }) {
    super(slot, asked);
    this.#command = command;
    this.#operations = plan.operations.length;
    this.#does = plan.operations[0]?.kind;
    this.#detail = plan.detail;
    this.#asked = encodePlan(plan.operations, plan.compare);
    asked.ports.replies.keepFree(asked.place, toldBytesMax(plan.operations));
  }

  get kind(): "read" | "write" {
    return this.#asked.kind;
  }

  /** What is encoded shares memory with what is gone in a moment, all of which would be kept for as long. */
  waits(): void {
    if (this.#asked.kind === "write") this.#asked = { kind: "write", bytes: withOwnMemory(this.#asked.bytes) };
  }

  protected command(): StoreCommand {
    return this.#asked;
  }

  protected tell(result: KvResult, out: ReplyWriter): void {
    const results = resultsIn(result, this.#operations);
    if (typeof results === "string") out.error(results);
    else this.#command.answer(results, { out, does: this.#does, detail: this.#detail, nowMs: this.client.surroundings.wallMs() });
  }
}

const withOwnMemory = (bytes: Uint8Array): Uint8Array => (bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice());
