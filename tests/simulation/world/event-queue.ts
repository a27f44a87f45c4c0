// Everything that is still going to happen in the world: a binary heap by time, then by the order in which it was asked
// for, so that two things at one moment never change places between two runs.

export type Action = () => void;

type Planned = { readonly atUs: number; readonly sequence: number; readonly action: Action };

export class EventQueue {
  readonly #heap: Planned[] = [];
  #sequence = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the next action is due; infinite when there is none. */
  get nextAtUs(): number {
    return this.#heap[0]?.atUs ?? Infinity;
  }

  add(atUs: number, action: Action): void {
    const planned: Planned = { atUs, sequence: this.#sequence++, action };
    const heap = this.#heap;
    let child = heap.length;
    heap.push(planned);
    while (child > 0) {
      const parent = (child - 1) >> 1;
      const above = heap[parent] as Planned;
      if (!isBefore(planned, above)) break;
      heap[child] = above;
      child = parent;
    }
    heap[child] = planned;
  }

  take(): Action | null {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    if (heap.length > 0) this.#sink(last);
    return first.action;
  }

  /** Puts `planned` where the first one was, and moves it down to where it belongs. */
  #sink(planned: Planned): void {
    const heap = this.#heap;
    const size = heap.length;
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= size) break;
      if (child + 1 < size && isBefore(heap[child + 1] as Planned, heap[child] as Planned)) child++;
      const below = heap[child] as Planned;
      if (isBefore(planned, below)) break;
      heap[parent] = below;
      parent = child;
    }
    heap[parent] = planned;
  }
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.sequence < b.sequence);
}
