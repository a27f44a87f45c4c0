// Plans of commands as what a replica takes, and its answers as the results that commands tell.
import { areOfOneSlot } from "../../core/kv/command-facts.ts";
import type { Comparison, KvOperation, KvQuery } from "../../core/kv/commands.ts";
import { encodeCommand, isRead } from "../../core/kv/commands.ts";
import { READ_BYTES_MAX } from "../../core/kv/limits.ts";
import type { KvResult, KvSingleResult } from "../../core/kv/results.ts";
import { slotOf } from "../../core/shards/slots.ts";

/** A write goes into the log, as bytes; a read stays in this process, unless another member serves it. */
export type StoreCommand = { readonly kind: "read"; readonly query: KvQuery } | { readonly kind: "write"; readonly bytes: Uint8Array };

const NOTHING: readonly Comparison[] = [];

export function encodePlan(operations: readonly KvOperation[], compare: readonly Comparison[] = NOTHING): StoreCommand {
  const [first] = operations;
  if (operations.length === 1 && compare.length === 0 && first !== undefined)
    return isRead(first) ? { kind: "read", query: first } : { kind: "write", bytes: encodeCommand(first) };
  const command =
    compare.length === 0 ? ({ kind: "batch", operations } as const) : ({ kind: "guardedBatch", compare, operations } as const);
  return operations.every(isRead) ? { kind: "read", query: command } : { kind: "write", bytes: encodeCommand(command) };
}

/**
 * What a write may tell of values: what was read with it is gone afterwards perhaps, so it can't be dropped and asked for again, as what a
 * read tells can.
 */
export function toldBytesMax(operations: readonly KvOperation[]): number {
  return operations.some(({ kind }) => kind === "get") && !operations.every(isRead) ? READ_BYTES_MAX : 0;
}

const UNREADABLE = "ERR UNKNOWN whether it was done: the answer is of another kind";

/** One for each of so many operations. Null: what was compared did not hold. A text: what was wrong with all of it. */
export function resultsIn(result: KvResult, operations: number): readonly KvSingleResult[] | null | string {
  switch (result.kind) {
    case "mismatched":
      return null;
    case "batched":
      return result.results.length === operations ? result.results : UNREADABLE;
    case "crossSlot":
      return `ERR ${result.message}`;
    case "transacted":
    case "aborted":
    case "scanned":
      return UNREADABLE;
    case "badRequest":
      return operations === 1 ? [result] : `ERR ${result.message}`;
    default:
      return operations === 1 ? [result] : UNREADABLE;
  }
}

/** Null: they are not of one slot. */
export function slotOfAll(keys: readonly Uint8Array[]): number | null {
  const [first] = keys;
  if (first === undefined) return null;
  return keys.length === 1 || areOfOneSlot(keys) ? slotOf(first) : null;
}
