// What a member knows about the soundness of its own state. The rules are in watching.ts and rebuilding.ts.
import type { LogIndex } from "../../base/ids.ts";
import { Checkpoints } from "./checkpoints.ts";
import { ScrubRounds } from "./scrub-rounds.ts";

export type DivergenceCause =
  /** Something in memory is not what was put there. */
  | "altered"
  /** A majority has another state at the same index. */
  | "minority"
  /** No majority has the same state. */
  | "noMajority";

export type Divergence = {
  readonly cause: DivergenceCause;
  readonly why: string;
  /** The last applied entry when it was found: from there on the group has to agree again. */
  readonly index: LogIndex;
  /**
   * `found`: its state is still the wrong one; a leader gives up its office first. `rebuilt`: it began anew from what its disk
   * holds, and serves nobody before a majority has agreed with that.
   */
  readonly stage: "found" | "rebuilt";
  /** When it came to this stage. */
  readonly sinceMs: number;
};

export class Watch {
  readonly checkpoints = new Checkpoints();
  readonly scrub = new ScrubRounds();
  /** Null: nothing speaks against this member's state. */
  divergence: Divergence | null = null;
  /** Since when members contradict each other while too few have spoken to tell who is right. */
  disputedSinceMs: number | null = null;
  nextExchangeMs = -Infinity;
  /** A peer has said something since states were compared last. */
  hasHeard = false;
  /** That no majority agrees even after a rebuild was said already. */
  hasToldSplit = false;

  /** Another state takes the place of this one. */
  forgetState(): void {
    this.checkpoints.forget();
    this.scrub.forget();
    this.disputedSinceMs = null;
  }
}
