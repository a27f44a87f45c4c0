import type { Tick } from "../../runtime/turn-ticks.ts";
import { TurnTicks } from "../../runtime/turn-ticks.ts";
import { ManualClock } from "./manual-clock.ts";

type Timer = { readonly dueMs: number; readonly run: () => void };

/** One turn whenever the ticks ask for it, as a host has it; `turn()` is one that something else asked for. */
class Turns {
  readonly clock = new ManualClock();
  readonly #startMs = this.clock.nowMs;
  readonly #ticks: TurnTicks;
  #timer: Timer | null = null;
  #isAskedFor = false;
  asked = 0;
  quietTicks = 1;

  constructor() {
    this.#ticks = new TurnTicks({
      clock: this.clock,
      startTimer: (ms, run) => {
        this.#timer = { dueMs: this.clock.nowMs + ms, run };
        return () => (this.#timer = null);
      },
      onTick: () => (this.#isAskedFor = true),
    });
    this.#ticks.start();
  }

  /** Before what arrived, and behind it; each tick by its time since the start. */
  turn(): { readonly before: readonly number[]; readonly behind: readonly number[] } {
    const times = (ticks: readonly Tick[]): readonly number[] => ticks.map(({ monotonicMs }) => monotonicMs - this.#startMs);
    const turn = { before: times(this.#ticks.before()), behind: times(this.#ticks.behind()) };
    this.#ticks.rest(() => {
      this.asked += 1;
      return this.quietTicks;
    });
    return turn;
  }

  /** The clock goes on, and a timer that is due fires. */
  pass(ms: number): ReturnType<Turns["turn"]> | null {
    this.clock.advance(ms);
    if (this.#timer !== null && this.clock.nowMs >= this.#timer.dueMs) this.#timer.run();
    if (!this.#isAskedFor) return null;
    this.#isAskedFor = false;
    return this.turn();
  }

  get hasTimer(): boolean {
    return this.#timer !== null;
  }

  stop(): void {
    this.#ticks.stop();
  }
}

test("the tick that is due comes behind what arrived", () => {
  const turns = new Turns();
  expect(turns.pass(24)).toBeNull();
  expect(turns.pass(1)).toEqual({ before: [], behind: [25] });
});

test("a turn between two ticks has none, and asks nobody for how long it is quiet", () => {
  const turns = new Turns();
  turns.pass(25);
  expect(turns.asked).toBe(1);
  turns.clock.advance(10);
  expect(turns.turn()).toEqual({ before: [], behind: [] });
  expect(turns.asked).toBe(1);
});

test("those of a rest come before what arrived, each at its own time, and the last one behind it", () => {
  const turns = new Turns();
  turns.quietTicks = 4;
  turns.pass(25);
  expect(turns.pass(99)).toBeNull();
  expect(turns.pass(1)).toEqual({ before: [50, 75, 100], behind: [125] });
});

test("who is woken in a rest gets the ticks that have passed, and may be asked for the next one only", () => {
  const turns = new Turns();
  turns.quietTicks = 8;
  turns.pass(25);
  turns.quietTicks = 1;
  turns.clock.advance(60);
  // Stamped with when they are read: no earlier than they were due, and never in the future.
  expect(turns.turn()).toEqual({ before: [60, 85], behind: [] });
  expect(turns.pass(14)).toBeNull();
  expect(turns.pass(1)).toEqual({ before: [], behind: [100] });
});

test("ticks whose process stood still carry the time of now, and no tick is older than the one before it", () => {
  const turns = new Turns();
  turns.quietTicks = 2;
  turns.pass(25);
  const { before = [], behind = [] } = turns.pass(10_000) ?? {};
  expect([...before, ...behind]).toEqual([10_000, 10_025]);
  turns.clock.advance(-500);
  const next = turns.pass(1_000);
  expect(Math.min(...(next?.before ?? []), ...(next?.behind ?? []))).toBeGreaterThanOrEqual(10_025);
});

test("who stopped is not woken any more", () => {
  const turns = new Turns();
  turns.stop();
  expect(turns.hasTimer).toBe(false);
  expect(turns.pass(1_000)).toBeNull();
});
