// FLOTILLA.TXN: the body of `POST /v1/txn`, checked and answered as there.
import type { KvQuery } from "../../../core/kv/commands.ts";
import { decodeCommand, decodeQuery } from "../../../core/kv/commands.ts";
import { READ_BYTES_MAX } from "../../../core/kv/limits.ts";
import type { KvResult } from "../../../core/kv/results.ts";
import { keysOf } from "../../../core/kv/command-facts.ts";
import { readTransaction } from "../../http/kv/many-requests.ts";
import { transactionAnswer } from "../../http/kv/kv-responses.ts";
import type { TransactionBody, ValueEncoding } from "../../http/kv/kv-schemas.ts";
import { KV_SCHEMAS } from "../../http/kv/kv-schemas.ts";
import { whyNotAsIn } from "../../http/schema-check.ts";
import type { StoreCommand } from "../plan-bytes.ts";
import { slotOfAll } from "../plan-bytes.ts";
import type { ReplyWriter } from "../protocol/reply-writer.ts";
import type { Asked } from "./store-asking.ts";
import { StoreAsking } from "./store-asking.ts";

export type JsonTransaction = StoreCommand & {
  readonly slot: number;
  readonly keys: readonly Uint8Array[];
  readonly body: TransactionBody;
  readonly encoding: ValueEncoding;
};

/** A byte of a value as JSON, at most: \u0000. */
const BYTES_OF_A_BYTE = 6;
const NO_KEY = "ERR a transaction names at least one key";

/** A text is the error, a character for each byte. */
export function readJsonTransaction(text: string): JsonTransaction | string {
  const transaction = readText(text);
  return typeof transaction === "string" ? Buffer.from(transaction).toString("latin1") : transaction;
}

function readText(text: string): JsonTransaction | string {
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
  const command =
    operation.kind === "write" ? decodeCommand(operation.command) : operation.kind === "read" ? decodeQuery(operation.query) : null;
  const keys = command === null ? [] : keysOf(command);
  const slot = slotOfAll(keys);
  if (slot === null) return NO_KEY;
  const about = { slot, keys, body: body as TransactionBody, encoding };
  if (operation.kind === "write") return { kind: "write", bytes: operation.command, ...about };
  return { kind: "read", query: command as KvQuery, ...about };
}

export class TransactionRequest extends StoreAsking {
  readonly kind: "read" | "write";
  readonly #transaction: JsonTransaction;

  constructor(transaction: JsonTransaction, asked: Asked) {
    super(transaction.slot, asked);
    this.kind = transaction.kind;
    this.#transaction = transaction;
    if (this.kind === "write" && reads(transaction.body)) asked.ports.replies.keepFree(asked.place, BYTES_OF_A_BYTE * READ_BYTES_MAX);
  }

  protected command(): StoreCommand {
    return this.#transaction;
  }

  protected tell(result: KvResult, out: ReplyWriter): void {
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

const reads = ({ then = [], else: otherwise = [] }: TransactionBody): boolean => [...then, ...otherwise].some(({ op }) => op === "get");
