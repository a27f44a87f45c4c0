// The orders of one connection: a queue for each slot that has something under way.
import type { Asking } from "./slot-queue.ts";
import { SlotQueue } from "./slot-queue.ts";

export class SlotQueues {
  readonly #nowMs: () => number;
  readonly #bySlot = new Map<number, SlotQueue>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Slots that have something under way. */
  get size(): number {
    return this.#bySlot.size;
  }

  add(slot: number, asking: Asking): void {
    (this.#bySlot.get(slot) ?? this.#open(slot)).add(asking);
  }

  #open(slot: number): SlotQueue {
    const queue: SlotQueue = new SlotQueue({
      nowMs: this.#nowMs,
      onEmpty: () => {
        if (this.#bySlot.get(slot) === queue) this.#bySlot.delete(slot);
      },
    });
    this.#bySlot.set(slot, queue);
    return queue;
  }
}
