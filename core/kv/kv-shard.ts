// What one shard holds: its keys, their versions and deadlines, the shard's revision and digest. It knows nothing of logs,
// clients or owners, and of time only the stamps that it is told: a key whose deadline is not after the stamp is absent,
// whether it has been removed yet or not. So members that applied the same entries agree on every key.
import { EMPTY_BYTES, equalBytes } from "../base/bytes.ts";
import type { ScrubBudget, Scrubbed } from "../replica/scrub.ts";
import { operationsOf } from "./command-facts.ts";
import type { KvCommand, KvQuery } from "./commands.ts";
import { isCompound, isRead } from "./commands.ts";
import { decodeItem, encodeItem, itemLength } from "./item-bytes.ts";
import type { KvScrub } from "./kv-scrub.ts";
import { KvSnapshotSource } from "./kv-snapshot.ts";
import { KvState } from "./kv-state.ts";
import type { ChangeListener } from "./kv-state.ts";
import { QUERY_BYTES_MAX } from "./limits.ts";
import { operate } from "./operations.ts";
import type { KvResult } from "./results.ts";
import { scan } from "./scan.ts";
import { performBatch, performGuarded, transact } from "./transactions.ts";

export type KvMoment = {
  /** Of the last applied entry: log time. */
  readonly stampMs: number;
};

export type KvContext = KvMoment & {
  /** Is told the key of every change: a put, a deletion, a removal. A view: valid during the call. */
  readonly onChange?: ChangeListener;
};

export type ItemPage = {
  /** In order of the keys; each as `exportItem` gives it. */
  readonly items: readonly Uint8Array[];
  /** Where to go on; null at the end. */
  readonly next: Uint8Array | null;
};

export class KvShard {
  readonly #state: KvState;

  /** A restored state, or nothing yet. */
  constructor(state = new KvState()) {
    this.#state = state;
  }

  /** Keys in memory. Those that have ended count until they are removed. */
  get size(): number {
    return this.#state.items.size;
  }

  /** Of these, those that end by themselves. */
  get endingKeys(): number {
    return this.#state.endingKeys;
  }

  /** Of the latest change. */
  get revision(): number {
    return this.#state.revision;
  }

  /** What its changes took so far, in bytes of values that were made anew. */
  get workBytes(): number {
    return this.#state.workBytes;
  }

  /** The same for shards that hold the same, whatever happened to them. */
  digest(): string {
    return this.#state.digest();
  }

  /** Total, deterministic. The bytes that the command is made of are not kept. */
  apply(command: KvCommand, { stampMs, onChange }: KvContext): KvResult {
    const state = this.#state;
    state.listener = onChange ?? null;
    if (command.kind === "txn") return transact(state, command, stampMs);
    if (command.kind === "guardedBatch") return performGuarded(state, command, { stampMs });
    return command.kind === "batch" ? performBatch(state, command, { stampMs }) : operate(state, command, stampMs);
  }

  /** Total. Values in the answer are the shard's own: not to be changed. */
  query(query: KvQuery, { stampMs }: KvMoment): KvResult {
    if (query.kind === "scan") return scan(this.#state, query, stampMs);
    if (!isCompound(query)) return operate(this.#state, query, stampMs);
    if (!operationsOf(query).every(isRead)) return { kind: "badRequest", message: "a query changes nothing" };
    if (query.kind === "txn") return transact(this.#state, query, stampMs);
    const moment = { stampMs, readBytesMax: QUERY_BYTES_MAX };
    return query.kind === "batch" ? performBatch(this.#state, query, moment) : performGuarded(this.#state, query, moment);
  }

  /** The earliest moment at which a key that is still in memory ends, past ones included. */
  get nextDeadlineMs(): number | null {
    return this.#state.firstDue?.deadlineMs ?? null;
  }

  /** Removes up to so many keys that have ended, each as a change of its own. Returns how many it removed. */
  expire(max: number, { stampMs, onChange }: KvContext): number {
    const state = this.#state;
    state.listener = onChange ?? null;
    for (let removed = 0; removed < max; removed++) {
      const due = state.firstDue;
      if (due === null || due.deadlineMs > stampMs) return removed;
      state.revision = state.nextRevision();
      state.delete(due.key);
    }
    return max;
  }

  /** Free to take; later changes are not in it. Its end is its last byte: whoever puts it into something larger says how long it is. */
  snapshot(): KvSnapshotSource {
    return new KvSnapshotSource(this.#state.items.snapshot(), this.#state.revision);
  }

  /** Goes on with a round over all keys, whatever happened to them in the meantime. */
  scrub(round: KvScrub, budget: ScrubBudget): Scrubbed {
    return round.look(this.#state.items, budget);
  }

  /** Null: there is no such key. */
  exportItem(key: Uint8Array): Uint8Array | null {
    const item = this.#state.items.get(key);
    return item === undefined ? null : encodeItem(key, item);
  }

  /** Those above `after`, of about so many bytes, at least one. Between two pages the shard may change. */
  exportItems(after: Uint8Array | null, bytesMax: number): ItemPage {
    return exportFrom(this.#state, after, bytesMax);
  }

  /** Puts a key just as another shard exported it. Returns a view of its key; null for bytes that are no item. */
  importItem(bytes: Uint8Array): Uint8Array | null {
    const item = decodeItem(bytes);
    if (item === null) return null;
    this.#state.listener = null;
    this.#state.put(item.key, item.content);
    return item.key;
  }

  /** Takes a key away without that being a change: where it was imported, and is gone at its source. */
  removeItem(key: Uint8Array): void {
    this.#state.listener = null;
    this.#state.delete(key);
  }

  /** To that of the shard from which the items came. Never lowers it. */
  raiseRevision(revision: number): void {
    this.#state.revision = Math.max(this.#state.revision, revision);
  }
}

function exportFrom(state: KvState, after: Uint8Array | null, bytesMax: number): ItemPage {
  const cursor = state.items.cursor(after ?? EMPTY_BYTES);
  const items: Uint8Array[] = [];
  let bytes = 0;
  let last: Uint8Array | null = null;
  while (cursor.next()) {
    const { key, value: item } = cursor;
    if (after !== null && items.length === 0 && equalBytes(key, after)) continue;
    const length = itemLength(key, item);
    if (items.length > 0 && bytes + length > bytesMax) return { items, next: last };
    items.push(encodeItem(key, item));
    bytes += length;
    last = key.slice();
  }
  return { items, next: null };
}
