// When the next tick is due. Ticks keep to a fixed schedule, so that timers which fire a little late don't add up; after a
// stall at most a few are made up for, each in a turn of its own, and the rest is forgiven: time that a process did not
// live through says nothing about its peers, whose messages may wait unread in its sockets. Thus after SIGCONT a follower
// reads its heartbeats before it could miss one, and a leader learns from the tick's own clock how long it was away.
//
// To wake up costs an idle process more than what it does then. So while its owner has nothing under way, two ticks come
// together, at the time of the second.
import type { Clock } from "./clock.ts";

export const TICK_MS = 25;
/** Less than a third of the shortest election timeout (12 ticks). */
export const CATCH_UP_TICKS_MAX = 3;

export type TickReport = {
  /** How long after its time the tick came. */
  readonly lateMs: number;
  /** Ticks that will never come. */
  readonly forgiven: number;
  /** That come together, now. */
  readonly ticks: number;
};

export type TickerOptions = {
  readonly clock: Clock;
  readonly tickMs?: number;
  readonly onTick: (report: TickReport) => void;
  /** Whether the next tick may wait for the one after it. */
  readonly mayRest?: () => boolean;
};

export class Ticker {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #onTick: TickerOptions["onTick"];
  readonly #mayRest: () => boolean;
  /** Of the last of the ticks that come next, and how many they are. */
  #dueMs = 0;
  #next = 1;
  #timer: NodeJS.Timeout | null = null;

  constructor({ clock, tickMs = TICK_MS, onTick, mayRest = () => false }: TickerOptions) {
    this.#clock = clock;
    this.#tickMs = tickMs;
    this.#onTick = onTick;
    this.#mayRest = mayRest;
  }

  start(): void {
    this.stop();
    this.#dueMs = this.#clock.monotonicMs() + this.#tickMs;
    this.#next = 1;
    this.#arm();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #arm(): void {
    // Never below 1 ms: between two ticks the event loop goes round once and reads its sockets.
    const waitMs = Math.max(1, Math.ceil(this.#dueMs - this.#clock.monotonicMs()));
    this.#timer = setTimeout(() => {
      this.#fire();
    }, waitMs);
  }

  #fire(): void {
    const now = this.#clock.monotonicMs();
    const lateMs = Math.max(0, now - this.#dueMs);
    const forgiven = Math.max(0, Math.floor(lateMs / this.#tickMs) - CATCH_UP_TICKS_MAX);
    const ticks = this.#next;
    const isBehind = lateMs >= this.#tickMs;
    this.#next = !isBehind && this.#mayRest() ? 2 : 1;
    this.#dueMs += (this.#next + forgiven) * this.#tickMs;
    this.#arm();
    this.#onTick({ lateMs, forgiven, ticks });
  }
}
