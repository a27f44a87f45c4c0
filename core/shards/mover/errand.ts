// One thing that a leader sees to, step by step: a shard that it pulls, one that it gives away, the next configuration. At
// most one question or proposal of an errand is under way; what is to be done next follows from the replicated state, so an
// errand can be dropped at any moment and begun anew by whoever leads then.
import type { Outcome } from "../../base/outcome.ts";
import type { CompanionQuestion } from "../../replica/companion.ts";

export type Action =
  | { readonly kind: "ask"; readonly question: CompanionQuestion; readonly timeoutMs: number }
  | { readonly kind: "propose"; readonly command: Uint8Array };

export interface Errand {
  /** What is to be done now; null: nothing before the next look. */
  next(): Action | null;
  /** How that ended, after how long, and how long to wait before the next action. */
  answered(outcome: Outcome<Uint8Array>, tookMs: number): number;
  proposalEnded(outcome: Outcome<Uint8Array>, tookMs: number): number;
}

/** How often is looked again where nothing can be done but wait. */
export const PAUSE_MS = 100;
/** While a shard serves nobody. */
export const SHORT_PAUSE_MS = 20;
export const ASK_TIMEOUT_MS = 2_000;
/** For a chunk, as long as it comes: one holds an item at least, of up to 1.4 MB as it is sent. */
export const COPY_TIMEOUT_MS = 20_000;
