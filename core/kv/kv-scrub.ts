// A round over the keys of a shard, in pieces, while they change: each key and its value are hashed anew and compared with the
// hash that they were put with. It goes on behind the last key that it has seen; a large value is hashed in pieces, too.
import { EMPTY_BYTES, equalBytes } from "../base/bytes.ts";
import { crc32c } from "../base/checksum.ts";
import { GOES_ON, LOOK_COST_BYTES, ROUND_ENDED } from "../replica/scrub.ts";
import type { ScrubBudget, Scrubbed } from "../replica/scrub.ts";
import { hashWith } from "./kv-state.ts";
import type { KvItem } from "./kv-state.ts";
import type { OrderedTree } from "./ordered-tree.ts";

/** A value of which only the first bytes were hashed. Nobody changes an item: it is replaced, and this one is still whole. */
type Begun = { readonly item: KvItem; readonly hashed: number; readonly checksum: number };

export class KvScrub {
  #after: Uint8Array | null = null;
  #begun: Begun | null = null;

  look(items: OrderedTree<KvItem>, budget: ScrubBudget): Scrubbed {
    const begun = this.#begun;
    if (begun !== null && !this.#hash(begun, budget)) return altered(begun.item);
    const cursor = items.cursor(this.#after ?? EMPTY_BYTES);
    let seen = this.#after;
    let last: Uint8Array | null = null;
    while (budget.bytes > 0 && this.#begun === null) {
      if (!cursor.next()) {
        this.#after = null;
        return ROUND_ENDED;
      }
      const { key, value: item } = cursor;
      const isSeen = seen !== null && equalBytes(key, seen);
      seen = null;
      if (isSeen) continue;
      last = key;
      budget.bytes -= LOOK_COST_BYTES + key.length;
      if (!this.#hash({ item, hashed: 0, checksum: crc32c(key) }, budget)) return altered(item);
    }
    if (last !== null) this.#after = last.slice();
    return GOES_ON;
  }

  /** As far as the budget allows, at least a little. False: it is not what was put. */
  #hash({ item, hashed, checksum }: Begun, budget: ScrubBudget): boolean {
    const { value } = item;
    const end = Math.min(value.length, hashed + Math.max(budget.bytes, PIECE_BYTES_MIN));
    budget.bytes -= end - hashed;
    const soFar = crc32c(hashed === 0 && end === value.length ? value : value.subarray(hashed, end), checksum);
    this.#begun = end < value.length ? { item, hashed: end, checksum: soFar } : null;
    return this.#begun !== null || hashWith(soFar, item) === item.hash;
  }
}

const PIECE_BYTES_MIN = 4_096;

function altered({ revision }: KvItem): Scrubbed {
  return { kind: "altered", what: `the key of revision ${String(revision)} is not what was put` };
}
