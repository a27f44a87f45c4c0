// Where the search has been (Lowe 2017): which operations with an answer are linearized, the state, and how many
// unknown operations that took. A place that was reached before at no greater expense leads nowhere new.
import { usesNoMore } from "./unknown-pool.ts";
import type { Used } from "./unknown-pool.ts";
import type { EventNode } from "./event-list.ts";

/** Comparing what two ways to a place used is so much cheaper than a step. */
const COMPARISONS_PER_STEP = 8;

export class Visited {
  readonly #places = new Map<string, Used[]>();

  add(place: string, used: Used): { readonly isNew: boolean; readonly steps: number } {
    const earlier = this.#places.get(place);
    if (earlier === undefined) {
      this.#places.set(place, [used]);
      return { isNew: true, steps: 1 };
    }
    const position = earlier.findIndex((other) => usesNoMore(other, used));
    if (position === -1) earlier.push(used);
    const compared = position === -1 ? earlier.length : position + 1;
    return { isNew: position === -1, steps: 1 + Math.floor(compared / COMPARISONS_PER_STEP) };
  }
}

/**
 * Names the set of linearized operations exactly, by the last of them in order of calls and those called before it that
 * are missing. A missing one overlaps that last call, so there is at most one per client, however long the history.
 */
export function nameOfLinearized(first: EventNode<unknown, unknown>, last: number): string {
  let name = `${last}`;
  for (let event = first; event.kind === "call" && event.position < last; event = event.after) name += `-${event.position}`;
  return name;
}
