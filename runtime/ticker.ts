// When the next tick is due. Ticks keep to a fixed schedule, so that timers which fire a little late don't add up; after a
// stall at most a few are made up for, each in a turn of its own, and the rest is forgiven: time that a process did not
// live through says nothing about its peers, whose messages may wait unread in its sockets. Thus after SIGCONT a follower
// reads its heartbeats before it could miss one, and a leader learns from the tick's own clock how long it was away.
//
// To wake up costs an idle process more than what it does then. So while its owner rests, its ticks wait for the last of them,
// or for whatever wakes the process before: then those that have passed come first, so that nobody's time is ever behind.
import type { Clock } from "./clock.ts";

export const TICK_MS = 25;
/** Less than a third of the shortest election timeout (12 ticks). */
export const CATCH_UP_TICKS_MAX = 3;
/** Two heartbeats: who hears one in time is not woken by its own clock at all. */
export const REST_TICKS_MAX = 8;

export type TickReport = {
  /** How long after its time the tick came. */
  readonly lateMs: number;
  /** Ticks that will never come. */
  readonly forgiven: number;
  /** That come together, now. */
  readonly ticks: number;
};

/** Returns what takes it back. */
export type StartTimer = (ms: number, run: () => void) => () => void;

export type TickerOptions = {
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly tickMs?: number;
  readonly onTick: (report: TickReport) => void;
  readonly startTimer?: StartTimer;
};

const startTimeout: StartTimer = (ms, run) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

export class Ticker {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #startTimer: StartTimer;
  readonly #tickMs: number;
  readonly #onTick: TickerOptions["onTick"];
  /** When the last tick was due that has come. */
  #lastMs = 0;
  /** So many come together when the timer fires. */
  #ahead = 1;
  #stopTimer: (() => void) | null = null;

  constructor({ clock, tickMs = TICK_MS, onTick, startTimer = startTimeout }: TickerOptions) {
    this.#clock = clock;
    this.#startTimer = startTimer;
    this.#tickMs = tickMs;
    this.#onTick = onTick;
  }

  get isResting(): boolean {
    return this.#ahead > 1;
  }

  start(): void {
    this.#lastMs = this.#clock.monotonicMs();
    this.#ahead = 1;
    this.#arm();
  }

  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  /** The next `ticks` may come together. Asked for again whenever the owner has done something; 1 ends a rest. */
  rest(ticks: number): void {
    // What was missed in a stall comes one by one.
    const isBehind = this.#clock.monotonicMs() >= this.#lastMs + this.#tickMs;
    const ahead = isBehind ? 1 : Math.max(1, Math.min(ticks, REST_TICKS_MAX));
    if (this.#stopTimer === null || ahead === this.#ahead) return;
    this.#ahead = ahead;
    this.#arm();
  }

  /** How many of the ticks that wait have passed: they are the caller's now. When all have, they come by the timer. */
  passed(): number {
    if (!this.isResting) return 0;
    const passed = Math.floor((this.#clock.monotonicMs() - this.#lastMs) / this.#tickMs);
    if (passed >= this.#ahead) return 0;
    this.#lastMs += passed * this.#tickMs;
    this.#ahead -= passed;
    return passed;
  }

  #arm(): void {
    this.stop();
    const dueMs = this.#lastMs + this.#ahead * this.#tickMs;
    // Never below 1 ms: between two ticks the event loop goes round once and reads its sockets.
    const waitMs = Math.max(1, Math.ceil(dueMs - this.#clock.monotonicMs()));
    this.#stopTimer = this.#startTimer(waitMs, () => this.#fire());
  }

  #fire(): void {
    const ticks = this.#ahead;
    const dueMs = this.#lastMs + ticks * this.#tickMs;
    const lateMs = Math.max(0, this.#clock.monotonicMs() - dueMs);
    const forgiven = Math.max(0, Math.floor(lateMs / this.#tickMs) - CATCH_UP_TICKS_MAX);
    this.#lastMs = dueMs + forgiven * this.#tickMs;
    this.#ahead = 1;
    this.#arm();
    this.#onTick({ lateMs, forgiven, ticks });
  }
}
