// The clock of one lab: nothing passes but what is planned here, so a lab of a minute runs in a blink and the same seed
// gives the same run.
import { EventQueue } from "../simulation/world/event-queue.ts";
import type { Action } from "../simulation/world/event-queue.ts";

export class LabTime {
  readonly #planned = new EventQueue();
  #nowUs = 0;

  get nowMs(): number {
    return this.#nowUs / 1_000;
  }

  after(delayMs: number, action: Action): void {
    this.#planned.add(this.#nowUs + Math.max(0, Math.round(delayMs * 1_000)), action);
  }

  /** Lets the next thing happen. False: nothing is planned any more. */
  step(): boolean {
    this.#nowUs = Math.max(this.#nowUs, Math.min(this.#planned.nextAtUs, Number.MAX_SAFE_INTEGER));
    const action = this.#planned.take();
    action?.();
    return action !== null;
  }
}
