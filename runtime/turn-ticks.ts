// The ticks of a host's turns, in their order with what has arrived. The one that is due comes behind it, so that what peers
// sent is read before silence is counted. Those that passed while the core rested come before it: it had nothing to do in
// them, and what arrived since must not be counted as that much older. The simulator's host has its ticks from here, too.
import type { Clock } from "./clock.ts";
import type { TickerOptions } from "./ticker.ts";
import { Ticker, TICK_MS } from "./ticker.ts";

export type Tick = { readonly kind: "tick"; readonly monotonicMs: number; readonly wallMs: number };

export type TurnTicksOptions = Pick<TickerOptions, "onTick" | "startTimer"> & { readonly clock: Clock };

const NONE: readonly Tick[] = [];

export class TurnTicks {
  readonly #clock: Clock;
  readonly #ticker: Ticker;
  #isDue = false;
  /** Before the one that is due. */
  #rested = 0;
  #mayRest = false;
  #lastMs = 0;

  constructor({ clock, onTick, ...options }: TurnTicksOptions) {
    this.#clock = clock;
    this.#ticker = new Ticker({
      ...options,
      clock,
      onTick: (report) => {
        this.#rested = report.ticks - 1;
        this.#isDue = true;
        onTick(report);
      },
    });
  }

  start(): void {
    this.#ticker.start();
  }

  stop(): void {
    this.#ticker.stop();
  }

  /** Asked for first in a turn. */
  before(): readonly Tick[] {
    this.#mayRest = this.#isDue || this.#ticker.isResting;
    if (!this.#mayRest) return NONE;
    const count = this.#rested + this.#ticker.passed();
    this.#rested = 0;
    return Array.from({ length: count }, (_, i) => this.#tick(count - 1 - i + (this.#isDue ? 1 : 0)));
  }

  /** Asked for when everything that arrived is stepped. */
  behind(): readonly Tick[] {
    if (!this.#isDue) return NONE;
    this.#isDue = false;
    return [this.#tick(0)];
  }

  /** At the end of the turn; a turn without a tick and outside of a rest changes nothing, and asks nobody. */
  rest(quietTicks: () => number): void {
    if (this.#mayRest) this.#ticker.rest(quietTicks());
  }

  /** Each carries about its own time: those who come together were not late. `later`: how many more this turn has. */
  #tick(later: number): Tick {
    this.#lastMs = Math.max(this.#lastMs, this.#clock.monotonicMs() - later * TICK_MS);
    return { kind: "tick", monotonicMs: this.#lastMs, wallMs: this.#clock.wallMs() };
  }
}
