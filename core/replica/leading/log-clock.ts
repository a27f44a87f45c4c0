// What time it is, as the group will know it. A leader stamps every command; everybody decides by these stamps alone what
// has expired, so no single clock may move them far:
//
// - a new leader starts from the middle of the clocks that it knows of, never below the last stamp;
// - from there it follows its own monotonic clock, slewed towards the middle of the clocks by at most 1 %;
// - only where a majority's clocks agree that it is behind (a laptop slept) does it step forward. It never steps back.
import type { MemberId } from "../../base/ids.ts";
import type { LocalTime } from "../local-time.ts";
import type { PeerTable } from "../peers/peer-table.ts";

/** By how much of the time that has passed the clock may be slewed. */
export const SLEW_MAX = 0.01;
/** Being behind by less than this is left to slewing. */
export const STEP_MS_MIN = 1_000;
/** What a peer said longer ago says too little of its clock now. */
export const EVIDENCE_AGE_MS_MAX = 10_000;

export type LogClockOptions = { readonly self: MemberId; readonly now: LocalTime; readonly peers: PeerTable };

export class LogClock {
  readonly #options: LogClockOptions;
  /** The latest stamp that was applied or given, and our time then. */
  #lastStampMs = 0;
  #lastStampAtMs = 0;
  /** While leading: the group's time, and our time when it was that. */
  #leading: { timeMs: number; atMs: number } | null = null;

  constructor(options: LogClockOptions) {
    this.#options = options;
  }

  /** Log time has come this far by what was applied. */
  follow(stampMs: number): void {
    if (stampMs <= this.#lastStampMs) return;
    this.#lastStampMs = stampMs;
    this.#lastStampAtMs = this.#options.now.monotonicMs;
    // What came from another group may have brought a later time along; the clock goes on from there.
    if (this.#leading !== null) this.#leading.timeMs = Math.max(this.#leading.timeMs, stampMs);
  }

  /** Log time of a leader; -Infinity for everybody else, who must not decide anything by it. */
  get leadingMs(): number {
    return this.#leading === null ? -Infinity : Math.max(this.#lastStampMs, Math.floor(this.#leading.timeMs));
  }

  startLeading(voters: readonly MemberId[]): void {
    const timeMs = Math.max(this.#lastStampMs, middle(this.#readings(voters)));
    this.#leading = { timeMs, atMs: this.#options.now.monotonicMs };
  }

  stopLeading(): void {
    this.#leading = null;
  }

  /** Called at every tick; does something only while leading. */
  advance(voters: readonly MemberId[]): void {
    const leading = this.#leading;
    if (leading === null) return;
    const { monotonicMs } = this.#options.now;
    const elapsedMs = Math.max(0, monotonicMs - leading.atMs);
    const readings = this.#readings(voters);
    const unslewedMs = leading.timeMs + elapsedMs;
    leading.timeMs = unslewedMs + clamp(middle(readings) - unslewedMs, elapsedMs * SLEW_MAX);
    leading.atMs = monotonicMs;
    const agreedMs = agreedByMajority(readings, voters.length);
    if (agreedMs !== null && agreedMs - leading.timeMs >= STEP_MS_MIN) leading.timeMs = agreedMs;
  }

  /** For the next entry of this leader. */
  stamp(): number {
    const stampMs = Math.max(this.#lastStampMs, Math.floor(this.#leading?.timeMs ?? 0));
    this.follow(stampMs);
    return stampMs;
  }

  /** What a member that may not lead takes log time to be: good enough to date a client id. */
  estimateMs(voters: readonly MemberId[]): number {
    if (this.#leading !== null) return Math.max(this.#lastStampMs, Math.floor(this.#leading.timeMs));
    const sinceLastMs = this.#options.now.monotonicMs - this.#lastStampAtMs;
    const followedMs = this.#lastStampMs === 0 ? 0 : this.#lastStampMs + sinceLastMs;
    return Math.floor(Math.max(followedMs, middle(this.#readings(voters))));
  }

  /** What the clocks of these members say now, as far as is known: the highest first. Our own is always known. */
  #readings(voters: readonly MemberId[]): readonly number[] {
    const { self, now, peers } = this.#options;
    const readings = [now.wallMs];
    for (const member of voters) {
      const clock = member === self ? null : peers.get(member)?.clock;
      if (clock === null || clock === undefined) continue;
      const ageMs = now.monotonicMs - clock.heardAtMs;
      if (ageMs <= EVIDENCE_AGE_MS_MAX) readings.push(clock.wallMs + ageMs);
    }
    return readings.sort((a, b) => b - a);
  }
}

/** Of an even number, the lower of the two in the middle: time that comes too late does less harm than time too early. */
function middle(descending: readonly number[]): number {
  return descending[Math.floor(descending.length / 2)] as number;
}

/** What a majority of all voters' clocks have reached; null when too few of them are known to say so. */
function agreedByMajority(descending: readonly number[], voters: number): number | null {
  return descending[Math.floor(voters / 2)] ?? null;
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(value, -most), most);
}
