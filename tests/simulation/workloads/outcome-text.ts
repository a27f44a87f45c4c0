// What a client was told, in a few words for whoever reads why a run is stuck.
import type { Outcome } from "../../../core/base/outcome.ts";

export function describeOutcome(outcome: Outcome<unknown>): string {
  switch (outcome.kind) {
    case "done":
      return "done";
    case "refused":
      return `${outcome.refusal.code} (${outcome.refusal.message})`;
    case "unknown":
      return `unknown after ${outcome.after}`;
  }
}
