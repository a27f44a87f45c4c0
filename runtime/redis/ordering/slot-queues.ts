// The orders of one connection: a queue for each slot that has something under way. They come and go with nearly every request, so they are
// kept in lists of their own: a map in which so much comes and goes leaves tables behind that keep alive what was in them.
import type { Asking, SlotQueueOptions } from "./slot-queue.ts";
import { SlotQueue } from "./slot-queue.ts";

/** As few requests as a connection has under way, no list has many queues. */
const LISTS = 64;

export class SlotQueues {
  readonly #options: SlotQueueOptions;
  /** By the remainders of slots; none until the first request about one. */
  readonly #lists: (SlotQueue | null)[] = [];
  #size = 0;

  constructor(nowMs: () => number) {
    this.#options = { nowMs, onEmpty: (queue) => this.#close(queue) };
  }

  /** Slots that have something under way. */
  get size(): number {
    return this.#size;
  }

  add(slot: number, asking: Asking): void {
    let queue = this.#lists[slot % LISTS] ?? null;
    while (queue !== null && queue.slot !== slot) queue = queue.next;
    (queue ?? this.#open(slot)).add(asking);
  }

  #open(slot: number): SlotQueue {
    if (this.#lists.length === 0) for (let i = 0; i < LISTS; i++) this.#lists.push(null);
    const queue = new SlotQueue(slot, this.#options);
    queue.next = this.#lists[slot % LISTS] ?? null;
    this.#lists[slot % LISTS] = queue;
    this.#size++;
    return queue;
  }

  #close(closed: SlotQueue): void {
    const first = this.#lists[closed.slot % LISTS] ?? null;
    if (first === closed) this.#lists[closed.slot % LISTS] = closed.next;
    else {
      let before = first;
      while (before !== null && before.next !== closed) before = before.next;
      if (before !== null) before.next = closed.next;
    }
    closed.next = null;
    this.#size--;
  }
}
