// Whether and when a process that ended is started again. Whatever its code: a launcher that is choosy leaves a group without
// its majority. Only what no restart can help is left alone: a member that refuses its disk. Pure.
import { EXIT_CODES } from "../../../runtime/exit-codes.ts";

export type Ended = {
  readonly code: number | null;
  /** How long it had run. */
  readonly livedMs: number;
  /** The pause before the life that ended; null: it was the first. */
  readonly lastPauseMs: number | null;
};

export type Decision = { readonly kind: "restart"; readonly afterMs: number } | { readonly kind: "stop" };

export const PAUSE_MS = { first: 200, longest: 5_000 };
/** A life of this length makes the next pause a short one again. */
export const STABLE_MS = 10_000;

export function afterEnd({ code, livedMs, lastPauseMs }: Ended): Decision {
  if (code === EXIT_CODES.needsPerson) return { kind: "stop" };
  // It ended to begin anew, on purpose.
  if (code === EXIT_CODES.startBlank || lastPauseMs === null || livedMs >= STABLE_MS) return { kind: "restart", afterMs: PAUSE_MS.first };
  return { kind: "restart", afterMs: Math.min(2 * lastPauseMs, PAUSE_MS.longest) };
}
