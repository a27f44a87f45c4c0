// What is worth a line in the log, and would be worth thousands: whoever is refused asks again several times a second. The same is said
// once a minute at most.
import type { Clock } from "../clock.ts";

const AGAIN_MS = 60_000;
const MATTERS_MAX = 256;

export class Seldom {
  readonly #clock: Clock;
  /** The one that was said longest ago first. */
  readonly #saidMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether this is to be said now; if so, it counts as said. */
  isDue(matter: string): boolean {
    const nowMs = this.#clock.monotonicMs();
    const saidMs = this.#saidMs.get(matter);
    if (saidMs !== undefined && nowMs - saidMs < AGAIN_MS) return false;
    this.#saidMs.delete(matter);
    this.#saidMs.set(matter, nowMs);
    const [oldest] = this.#saidMs.keys();
    if (this.#saidMs.size > MATTERS_MAX && oldest !== undefined) this.#saidMs.delete(oldest);
    return true;
  }
}
