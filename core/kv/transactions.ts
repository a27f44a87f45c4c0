// Several operations in one command. A transaction does all of a branch or nothing, and what comes later in it sees what
// came before; its changes share one revision. A batch goes on after a failure, and every change has its own revision.
import { equalBytes } from "../base/bytes.ts";
import { areOfOneSlot, keysOf } from "./command-facts.ts";
import type { Comparison, KvBatch, KvGuardedBatch, KvOperation, KvTransaction } from "./commands.ts";
import type { KvState } from "./kv-state.ts";
import { KEY_BYTES_MAX, READ_BYTES_MAX } from "./limits.ts";
import { badKey, operate } from "./operations.ts";
import type { KvResult, KvSingleResult } from "./results.ts";

export function transact(state: KvState, transaction: KvTransaction, stampMs: number): KvResult {
  const wrong = whatIsWrong(keysOf(transaction));
  if (wrong !== null) return wrong;
  const succeeded = transaction.compare.every((comparison) => holds(state, comparison, stampMs));
  const results: KvSingleResult[] = [];
  const reads = new ReadBudget();
  state.begin();
  for (const operation of succeeded ? transaction.then : transaction.else) {
    const result = reads.limit(operate(state, operation, stampMs));
    if (FAILS[result.kind]) {
      state.rollBack();
      return { kind: "aborted", succeeded, operation: results.length, reason: result };
    }
    results.push(result);
  }
  state.commit();
  return { kind: "transacted", succeeded, results, revision: state.revision };
}

function whatIsWrong(keys: readonly Uint8Array[]): KvResult | null {
  if (keys.length === 0) return { kind: "badRequest", message: "a transaction names at least one key" };
  const wrong = keys.find((key) => key.length === 0 || key.length > KEY_BYTES_MAX);
  if (wrong !== undefined) return badKey(wrong);
  return areOfOneSlot(keys) ? null : { kind: "crossSlot", message: "the keys of a transaction are of one slot: give them one {tag}" };
}

type Moment = { readonly stampMs: number; readonly readBytesMax?: number };

export function performBatch(state: KvState, { operations }: Pick<KvBatch, "operations">, moment: Moment): KvResult {
  if (operations.length === 0) return { kind: "badRequest", message: "a batch has at least one operation" };
  return { kind: "batched", results: performAll(state, operations, moment) };
}

export function performGuarded(state: KvState, batch: KvGuardedBatch, moment: Moment): KvResult {
  const wrong = whatIsWrong(keysOf(batch));
  if (wrong !== null) return wrong;
  if (!batch.compare.every((comparison) => holds(state, comparison, moment.stampMs))) return { kind: "mismatched" };
  return { kind: "batched", results: performAll(state, batch.operations, moment) };
}

function performAll(state: KvState, operations: readonly KvOperation[], { stampMs, readBytesMax }: Moment): readonly KvSingleResult[] {
  const reads = new ReadBudget(readBytesMax);
  return operations.map((operation) => reads.limit(operate(state, operation, stampMs)));
}

const FAILS: Readonly<Record<KvSingleResult["kind"], boolean>> = {
  found: false,
  absent: false,
  written: false,
  unchanged: false,
  appended: false,
  incremented: false,
  deleted: false,
  versionMismatch: true,
  described: false,
  computed: false,
  notAnInteger: true,
  notANumber: true,
  overflow: true,
  badRequest: true,
  tooLarge: true,
};

function holds(state: KvState, comparison: Comparison, stampMs: number): boolean {
  const item = state.itemAt(comparison.key, stampMs);
  switch (comparison.kind) {
    case "version":
      return comparison.version === (item?.version ?? 0);
    case "revision":
      return comparison.revision === (item?.revision ?? 0);
    case "value":
      return item !== undefined && equalBytes(comparison.value, item.value);
    case "presence":
      return comparison.isPresent === (item !== undefined);
  }
}

/** A thousand reads of a megabyte each would make an answer that nobody can take. */
class ReadBudget {
  readonly #most: number;
  #left: number;

  constructor(most = READ_BYTES_MAX) {
    this.#most = most;
    this.#left = most;
  }

  limit(result: KvSingleResult): KvSingleResult {
    if (result.kind !== "found") return result;
    if (result.value.length > this.#left) {
      return { kind: "tooLarge", message: `the values read together have at most ${String(this.#most)} bytes` };
    }
    this.#left -= result.value.length;
    return result;
  }
}
