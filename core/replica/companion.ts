// What a service does of its own accord, besides applying its log: a companion is told what time it is, whether its member
// leads, and what became of what it asked for; it answers with what is to be proposed and whom to ask. Pure, like everything
// in core. It keeps nothing that matters: its next life, or that of another member, goes on from the applied state alone.
import type { GroupId, Term } from "../base/ids.ts";
import type { Outcome } from "../base/outcome.ts";

export type CompanionEvent =
  /** At every tick. `nowMs` is this machine's monotonic clock. */
  | { readonly kind: "tick"; readonly nowMs: number; readonly isLeading: boolean; readonly term: Term }
  | { readonly kind: "proposalEnded"; readonly id: number; readonly outcome: Outcome<Uint8Array> }
  /** `configNumber`: the configuration that the one who answered has; null where that is not known. */
  | { readonly kind: "answered"; readonly ask: number; readonly outcome: Outcome<Uint8Array>; readonly configNumber: number | null };

export type CompanionEffect =
  /** Ends in `proposalEnded`, unless this life ends before. */
  | { readonly kind: "propose"; readonly id: number; readonly command: Uint8Array }
  /** Ends in `answered`, at the latest after `timeoutMs`. */
  | { readonly kind: "ask"; readonly ask: number; readonly question: CompanionQuestion; readonly timeoutMs: number };

export type CompanionQuestion =
  | {
      readonly to: "group";
      readonly group: GroupId;
      /** Where its members are: host:port of their peer ports. */
      readonly peers: readonly string[];
      readonly operation: AskedOperation;
      /** Whoever answered last could not tell, and may be cut off from its group: another one comes first. */
      readonly elsewhere: boolean;
    }
  /** For the configuration of this number, encoded, or the step by which it may be adopted where it is a settlement; for the oldest that they have if they don't have it any more; else nothing. */
  | { readonly to: "controllers"; readonly number: number };

/** A read may be answered by any member, from its applied state; a write is the leader's. */
export type AskedOperation = { readonly kind: "read" | "write"; readonly bytes: Uint8Array };

export interface Companion {
  step(event: CompanionEvent): readonly CompanionEffect[];
}
