// Simulated time: what is planned happens in order, and nothing else does.
import { Random } from "../../../core/base/random.ts";

type Planned = { readonly atMs: number; readonly order: number; readonly run: () => void };

export class Timeline {
  readonly random: Random;
  nowMs = 0;
  #order = 0;
  #planned: Planned[] = [];

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  after(ms: number, run: () => void): void {
    const planned = { atMs: this.nowMs + ms, order: this.#order++, run };
    // A binary heap would be faster; runs are short.
    let at = this.#planned.length;
    while (at > 0 && (this.#planned[at - 1] as Planned).atMs > planned.atMs) at--;
    this.#planned.splice(at, 0, planned);
  }

  /** False: nothing is planned any more, or `untilMs` is over. */
  step(untilMs: number): boolean {
    const next = this.#planned[0];
    if (next === undefined || next.atMs > untilMs) return false;
    this.#planned.shift();
    this.nowMs = next.atMs;
    next.run();
    return true;
  }
}
