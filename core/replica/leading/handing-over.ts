// When a leader should give its office to another: its event loop stalls again and again, its disk is short of space, its
// state is not its group's, or it is told to stop. (A slow disk is noticed by the consensus itself, which sees the others' disks.) Asked for again
// only after a while: where all members are in the same state, leadership must not go round and round. Loops that stall and disks that
// are full are mostly the machine's fault, which all members on it share: each time that somebody gives its office away for that, it
// keeps the next one twice as long. And whoever gave it away because of its state and has it again keeps it for a while: the other one's
// state may be wrong, too, and each change of office adds an entry, so that members never tell each other what they have at the same one.
import type { TransferReason } from "../../raft/ready.ts";

/** A tick that comes later than this is a stall: an election timeout of the followers has nearly passed. */
export const STALL_MS_MIN = 300;
export const STALLS_MAX = 3;
export const STALLS_WITHIN_MS = 5_000;
const RETRY_MS = 10_000;
const SLOW_RETRY_MS_MAX = 320_000;
/** Not for longer: another member may have room again, and this one would not know. */
const SHORT_RETRY_MS_MAX = 80_000;
/** Without a stall for so long, earlier ones say nothing about the next. */
const HEALTHY_MS = 60_000;
/** A member that stops, or that serves nobody, has no time to wait. */
const RETRY_IN_HASTE_MS = 1_000;
/** Two exchanges of digests, and something to spare. */
const CALM_MS = 3_000;

export type Condition = { readonly isStopping: boolean; readonly isDiverged: boolean; readonly isDiskShort: boolean };

/** For what the others may have as well: each attempt is followed by twice the rest. */
class Patience {
  readonly #retryMsMax: number;
  #retryMs = RETRY_MS;
  #nextMs = -Infinity;

  constructor(retryMsMax: number) {
    this.#retryMsMax = retryMsMax;
  }

  isOverAt(nowMs: number): boolean {
    return nowMs >= this.#nextMs;
  }

  attemptAt(nowMs: number): void {
    this.#nextMs = nowMs + this.#retryMs;
    this.#retryMs = Math.min(2 * this.#retryMs, this.#retryMsMax);
  }
}

export class HandingOver {
  #stalledAtMs: number[] = [];
  #nextAttemptMs = -Infinity;
  #lastStallMs = -Infinity;
  #forSlowness = new Patience(SLOW_RETRY_MS_MAX);
  #forShortage = new Patience(SHORT_RETRY_MS_MAX);
  #hasGivenAwayDiverged = false;
  #nextForDivergenceMs = -Infinity;

  ticked(previousMs: number, nowMs: number): void {
    this.#stalledAtMs = this.#stalledAtMs.filter((atMs) => nowMs - atMs <= STALLS_WITHIN_MS);
    if (nowMs - previousMs < STALL_MS_MIN) return;
    if (nowMs - this.#lastStallMs > HEALTHY_MS) this.#forSlowness = new Patience(SLOW_RETRY_MS_MAX);
    this.#lastStallMs = nowMs;
    this.#stalledAtMs.push(nowMs);
  }

  /** Stalls that the whole machine had, with all members on it, are no reason for each of them to pass on what it has just got. */
  startLeading(nowMs: number): void {
    this.#stalledAtMs = [];
    if (this.#hasGivenAwayDiverged) this.#nextForDivergenceMs = nowMs + CALM_MS;
  }

  /** Asked of a leader. Null: stay. A reason counts as an attempt. */
  reasonNow(nowMs: number, condition: Condition): TransferReason | null {
    if (!condition.isDiverged) this.#forgetDivergence();
    if (!condition.isDiskShort) this.#forShortage = new Patience(SHORT_RETRY_MS_MAX);
    const reason = this.#reason(nowMs, condition);
    if (reason === null || nowMs < this.#nextAttemptMs) return null;
    this.#nextAttemptMs = nowMs + (condition.isStopping || condition.isDiverged ? RETRY_IN_HASTE_MS : RETRY_MS);
    this.#stalledAtMs = [];
    if (reason === "divergence") this.#hasGivenAwayDiverged = true;
    if (reason === "slowLoop") this.#forSlowness.attemptAt(nowMs);
    if (reason === "diskFull") this.#forShortage.attemptAt(nowMs);
    return reason;
  }

  /** The attempt that was due for another reason need not be waited for. */
  atOnce(): void {
    this.#nextAttemptMs = -Infinity;
  }

  #forgetDivergence(): void {
    this.#hasGivenAwayDiverged = false;
    this.#nextForDivergenceMs = -Infinity;
  }

  #reason(nowMs: number, { isStopping, isDiverged, isDiskShort }: Condition): TransferReason | null {
    if (isStopping) return "shutdown";
    if (isDiverged) return nowMs >= this.#nextForDivergenceMs ? "divergence" : null;
    if (isDiskShort && this.#forShortage.isOverAt(nowMs)) return "diskFull";
    return this.#stalledAtMs.length >= STALLS_MAX && this.#forSlowness.isOverAt(nowMs) ? "slowLoop" : null;
  }
}
