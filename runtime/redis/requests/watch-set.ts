// What a connection watches: keys, and the revisions that they had. A revision is never used twice within a shard, so a key that
// was deleted and created anew in between is found out.
import type { Comparison } from "../../../core/kv/commands.ts";
import { OPERATIONS_MAX } from "../../../core/kv/limits.ts";
import type { KvResult } from "../../../core/kv/results.ts";
import type { StoreCommand } from "../plan-bytes.ts";
import { encodePlan, resultsIn } from "../plan-bytes.ts";
import type { ReplyWriter } from "../protocol/reply-writer.ts";
import type { Asked } from "./store-asking.ts";
import { StoreAsking } from "./store-asking.ts";

export class WatchSet {
  readonly #revisions = new Map<string, Comparison>();
  /** Those that are only asked for, too. */
  readonly #names = new Set<string>();
  /** By slot: how often it was asked for something to watch, without what failed. */
  readonly #asked = new Map<number, number>();
  /** Slots of which something that was to be watched is not. */
  readonly #failed = new Set<number>();

  get size(): number {
    return this.#revisions.size;
  }

  /** Of what is watched, or may be once it is answered. */
  get slots(): Iterable<number> {
    return this.#asked.keys();
  }

  hasFailedIn(slot: number): boolean {
    return this.#failed.has(slot);
  }

  asks(slot: number): void {
    this.#asked.set(slot, (this.#asked.get(slot) ?? 0) + 1);
  }

  /** What was asked for is not watched: transactions of this slot do nothing, and those of others have nothing to do with it. */
  fails(slot: number): void {
    this.#failed.add(slot);
    const others = (this.#asked.get(slot) ?? 0) - 1;
    if (others > 0) this.#asked.set(slot, others);
    else this.#asked.delete(slot);
  }

  /** False: they would be too many for one command of the store, and none of them is watched. */
  mayWatch(slot: number, keys: readonly Buffer[]): boolean {
    for (const key of keys) {
      if (this.#names.size > OPERATIONS_MAX) break;
      this.#names.add(key.toString("latin1"));
    }
    if (this.#names.size <= OPERATIONS_MAX && keys.length <= OPERATIONS_MAX) return true;
    this.#failed.add(slot);
    return false;
  }

  /** The first look at a key is the one that counts. */
  saw(key: Buffer, revision: number): void {
    const name = key.toString("latin1");
    // A copy: what was read is a view into much more, which would stay in memory as long as it is watched.
    if (!this.#revisions.has(name)) this.#revisions.set(name, { kind: "revision", key: new Uint8Array(key), revision });
  }

  comparisons(): readonly Comparison[] {
    return [...this.#revisions.values()];
  }
}

export class WatchRequest extends StoreAsking {
  readonly kind = "read";
  readonly #keys: readonly Buffer[];
  readonly #watched: WatchSet;

  constructor(slot: number, asked: Asked, { keys, watched }: { readonly keys: readonly Buffer[]; readonly watched: WatchSet }) {
    super(slot, asked);
    this.#keys = keys;
    this.#watched = watched;
    watched.asks(slot);
  }

  protected command(): StoreCommand {
    return encodePlan(this.#keys.map((key) => ({ kind: "describe", key })));
  }

  protected tell(result: KvResult, out: ReplyWriter): void {
    const results = resultsIn(result, this.#keys.length);
    const wrong =
      results === null || typeof results === "string" ? null : results.find(({ kind }) => kind !== "described" && kind !== "absent");
    if (results === null || typeof results === "string" || wrong !== undefined) {
      this.failed();
      out.error(wrong?.kind === "badRequest" ? `ERR ${wrong.message}` : "ERR the answer can't be read");
      return;
    }
    results.forEach((each, i) => this.#watched.saw(this.#keys[i] as Buffer, each.kind === "described" ? each.revision : 0));
    out.simple("OK");
  }

  protected override failed(): void {
    this.#watched.fails(this.slot);
  }
}
