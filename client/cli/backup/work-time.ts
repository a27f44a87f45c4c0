// The time that a backup or a restore has: until its deadline, or until Ctrl-C. Asked between two calls, so that whatever it ends is ended
// in order.
import { timeText } from "../grammar/parsing.ts";
import type { Interrupts } from "../interrupts.ts";
import { CODES, Trouble } from "../trouble.ts";

/** A group that has just lost its leader, or that is being updated, answers within a few seconds; one that was just installed within a minute. */
const CALL_MS = 120_000;

export class WorkTime {
  readonly #untilMs: number;
  readonly #ms: number;
  readonly #interrupts: Pick<Interrupts, "isInterrupted">;

  constructor(ms: number, interrupts: Pick<Interrupts, "isInterrupted">) {
    this.#ms = ms;
    this.#untilMs = performance.now() + ms;
    this.#interrupts = interrupts;
  }

  /** Throws where there is none left. */
  check(): void {
    if (this.#interrupts.isInterrupted()) throw new Trouble("interrupted", null, CODES.interrupted);
    if (performance.now() >= this.#untilMs) throw new Trouble(`not done within ${timeText(this.#ms)}`, "give it more: --timeout 6h");
  }

  /** For the next call. */
  callMs(): number {
    this.check();
    return Math.min(CALL_MS, this.#untilMs - performance.now());
  }
}
