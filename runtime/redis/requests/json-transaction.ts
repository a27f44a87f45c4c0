// FLOTILLA.TXN: the body of `POST /v1/txn`, checked and answered as there.
import { decodeCommand, decodeQuery } from "../../../core/kv/commands.ts";
import { keysOf } from "../../../core/kv/command-facts.ts";
import { readTransaction } from "../../http/kv/many-requests.ts";
import { transactionAnswer } from "../../http/kv/kv-responses.ts";
import type { TransactionBody, ValueEncoding } from "../../http/kv/kv-schemas.ts";
import { KV_SCHEMAS } from "../../http/kv/kv-schemas.ts";
import { whyNotAsIn } from "../../http/schema-check.ts";
import type { PlanBytes } from "../plan-bytes.ts";
import { slotOfAll } from "../plan-bytes.ts";
import type { ReplyWriter } from "../protocol/reply-writer.ts";
import type { Asked } from "./store-asking.ts";
import { StoreAsking } from "./store-asking.ts";

export type JsonTransaction = PlanBytes & { readonly slot: number; readonly body: TransactionBody; readonly encoding: ValueEncoding };

/** A text is the error. */
export function readJsonTransaction(text: string): JsonTransaction | string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return "ERR the transaction is no JSON";
  }
  const why = whyNotAsIn(KV_SCHEMAS.txn.body, body);
  if (why !== null) return `ERR ${why}`;
  const call = readTransaction({ query: {}, headers: {}, body });
  if (call.kind === "refused")
    return call.refusal.code === "crossSlot" ? `CROSSSLOT ${call.refusal.message}` : `ERR ${call.refusal.message}`;
  const { operation, encoding } = call;
  const bytes = operation.kind === "write" ? operation.command : operation.kind === "read" ? operation.query : new Uint8Array(0);
  const command = operation.kind === "write" ? decodeCommand(bytes) : decodeQuery(bytes);
  const slot = command === null ? null : slotOfAll(keysOf(command));
  if (slot === null) return "ERR a transaction names at least one key";
  return { kind: operation.kind === "write" ? "write" : "read", bytes, slot, body: body as TransactionBody, encoding };
}

export class TransactionRequest extends StoreAsking {
  readonly kind: "read" | "write";
  readonly #transaction: JsonTransaction;

  constructor(transaction: JsonTransaction, asked: Asked) {
    super(transaction.slot, asked);
    this.kind = transaction.kind;
    this.#transaction = transaction;
  }

  protected bytes(): PlanBytes {
    return this.#transaction;
  }

  protected tell(result: Uint8Array, out: ReplyWriter): void {
    const { body, encoding } = this.#transaction;
    const { then = [], else: otherwise = [] } = body;
    const keys = (succeeded: boolean): readonly string[] => (succeeded ? then : otherwise).map(({ key }) => key);
    const outcome = transactionAnswer(keys, encoding, result);
    if (outcome.kind === "done") out.bulkText(JSON.stringify(outcome.value));
    else
      out.error(
        outcome.kind === "refused"
          ? `ERR ${outcome.refusal.code} ${outcome.refusal.message}`
          : `ERR UNKNOWN whether it was done: ${outcome.after}`,
      );
  }
}
