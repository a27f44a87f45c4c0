// Of all that recorded clients were told, what a person asks about first: how long the longest call took, and when, and what of which
// key was not answered.
import type { Told } from "./recorded-clients.ts";

export type UnansweredCall = {
  /** Since the load began, as the call began. */
  readonly atMs: number;
  readonly tookMs: number;
  readonly call: string;
  readonly key: string;
  readonly why: string;
};

const UNANSWERED_KEPT = 20;

export class NotableCalls {
  readonly #startMs: number;
  readonly #unanswered: UnansweredCall[] = [];
  #longest = { tookMs: 0, atMs: 0 };

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  note({ input, outcome, startMs, endMs }: Told): void {
    const atMs = Math.round(startMs - this.#startMs);
    const tookMs = Math.round(endMs - startMs);
    if (tookMs > this.#longest.tookMs) this.#longest = { tookMs, atMs };
    if (outcome.kind === "done" || this.#unanswered.length === UNANSWERED_KEPT) return;
    const why = outcome.kind === "unknown" ? `unknown: ${outcome.after}` : outcome.refusal.code;
    this.#unanswered.push({ atMs, tookMs, call: input.kind, key: input.key, why });
  }

  get longest(): { readonly tookMs: number; readonly atMs: number } {
    return this.#longest;
  }

  /** The first of them. */
  get unanswered(): readonly UnansweredCall[] {
    return this.#unanswered;
  }
}
