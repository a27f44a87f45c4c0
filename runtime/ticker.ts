// When the next tick is due. Ticks keep to a fixed schedule, so that timers which fire a little late don't add up; after a
// stall at most a few are made up for, each in a turn of its own, and the rest is forgiven: time that a process did not
// live through says nothing about its peers, whose messages may wait unread in its sockets. Thus after SIGCONT a follower
// reads its heartbeats before it could miss one, and a leader learns from the tick's own clock how long it was away.
//
// To wake up costs an idle process more than what it does then. So while its owner rests, its ticks wait for the last of them,
// or for whatever wakes the process before: then those that have passed come first, so that nobody's time is ever behind. For the
// same reason a timer is set once its owner has said how long it rests, and one that would fire too early is left to do so: Node
// wakes the process for a timer that was taken back all the same.
import type { Clock } from "./clock.ts";

export const TICK_MS = 25;
/** Less than a third of the shortest election timeout (12 ticks). */
export const CATCH_UP_TICKS_MAX = 3;
/** Two heartbeats. With those that are made up for it is less than an election timeout: no stall alone makes anybody stand. */
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
  #isRunning = false;
  /** Set, and for a tick that is due then. */
  #timer: { readonly dueMs: number; readonly stop: () => void } | null = null;

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
    this.#isRunning = true;
    this.#lastMs = this.#clock.monotonicMs();
    this.#ahead = 1;
    this.#arm();
  }

  stop(): void {
    this.#isRunning = false;
    this.#takeTimerBack();
  }

  /** The next `ticks` may come together. To be said after every tick, or none follows; 1 ends a rest. */
  rest(ticks: number): void {
    // What was missed in a stall comes one by one.
    const isBehind = this.#clock.monotonicMs() >= this.#lastMs + this.#tickMs;
    this.#ahead = isBehind ? 1 : Math.max(1, Math.min(ticks, REST_TICKS_MAX));
    if (this.#isRunning) this.#arm();
  }

  /** How many of the ticks that wait have passed: they are the caller's now. When all have, they come by the timer. */
  passed(): number {
    if (!this.isResting) return 0;
    // A timer may fire a part of a millisecond early.
    const passed = Math.max(0, Math.floor((this.#clock.monotonicMs() - this.#lastMs) / this.#tickMs));
    if (passed >= this.#ahead) return 0;
    this.#lastMs += passed * this.#tickMs;
    this.#ahead -= passed;
    return passed;
  }

  get #dueMs(): number {
    return this.#lastMs + this.#ahead * this.#tickMs;
  }

  #arm(): void {
    const dueMs = this.#dueMs;
    if (this.#timer !== null && this.#timer.dueMs <= dueMs) return;
    this.#takeTimerBack();
    // Never below 1 ms: between two ticks the event loop goes round once and reads its sockets.
    const waitMs = Math.max(1, Math.ceil(dueMs - this.#clock.monotonicMs()));
    this.#timer = { dueMs, stop: this.#startTimer(waitMs, () => this.#wake(dueMs)) };
  }

  #takeTimerBack(): void {
    this.#timer?.stop();
    this.#timer = null;
  }

  #wake(dueMs: number): void {
    this.#timer = null;
    if (dueMs < this.#dueMs) this.#arm();
    else this.#fire();
  }

  #fire(): void {
    const ticks = this.#ahead;
    const dueMs = this.#dueMs;
    const lateMs = Math.max(0, this.#clock.monotonicMs() - dueMs);
    const forgiven = Math.max(0, Math.floor(lateMs / this.#tickMs) - CATCH_UP_TICKS_MAX);
    this.#lastMs = dueMs + forgiven * this.#tickMs;
    this.#ahead = 1;
    this.#onTick({ lateMs, forgiven, ticks });
  }
}
