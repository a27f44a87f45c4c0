import type { TickReport } from "../../runtime/ticker.ts";
import { CATCH_UP_TICKS_MAX, Ticker } from "../../runtime/ticker.ts";
import { DEFAULT_TIMING } from "../../core/raft/inputs.ts";
import { ManualClock } from "./manual-clock.ts";

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

function start(mayRest: () => boolean = () => false): {
  readonly clock: ManualClock;
  readonly reports: TickReport[];
  readonly ticker: Ticker;
} {
  const clock = new ManualClock();
  const reports: TickReport[] = [];
  const ticker = new Ticker({ clock, tickMs: 25, onTick: (report) => reports.push(report), mayRest });
  ticker.start();
  return { clock, reports, ticker };
}

/** Time that the process lives through. */
function pass(clock: ManualClock, ms: number): void {
  for (let i = 0; i < ms; i++) {
    clock.advance(1);
    jest.advanceTimersByTime(1);
  }
}

/** A pause: the clock moved, and nothing of the process ran. */
function pause(clock: ManualClock, ms: number): void {
  clock.advance(ms);
}

test("forty ticks a second", () => {
  const { clock, reports } = start();
  pass(clock, 1_000);
  expect(reports).toHaveLength(40);
});

test("who has nothing under way is woken half as often, and misses no tick", () => {
  const { clock, reports } = start(() => true);
  pass(clock, 1_000);
  expect(reports).toHaveLength(20);
  expect(reports.reduce((sum, { ticks }) => sum + ticks, 0)).toBe(39);
  expect(reports.every(({ lateMs, forgiven }) => lateMs === 0 && forgiven === 0)).toBe(true);
});

test("rest ends with the next tick, and what was missed in a stall comes one by one", () => {
  let isAtRest = true;
  const { clock, reports } = start(() => isAtRest);
  pass(clock, 75);
  expect(reports.map(({ ticks }) => ticks)).toEqual([1, 2]);
  isAtRest = false;
  pass(clock, 100);
  expect(reports.map(({ ticks }) => ticks)).toEqual([1, 2, 2, 1, 1]);
  isAtRest = true;
  pause(clock, 75);
  pass(clock, 28);
  expect(reports.slice(5).map(({ ticks }) => ticks)).toEqual([1, 1, 1, 1]);
});

test("timers that fire late don't slow the schedule down", () => {
  const { clock, reports } = start();
  for (let i = 0; i < 40; i++) {
    pass(clock, 20);
    pause(clock, 5); // each timer comes about 5 ms late
  }
  expect(reports.length).toBeGreaterThanOrEqual(38);
  expect(reports.length).toBeLessThanOrEqual(40);
});

test("a short stall is made up for, one tick at a time", () => {
  const { clock, reports } = start();
  pause(clock, 75);
  jest.advanceTimersByTime(25);
  expect(reports).toHaveLength(1);
  pass(clock, 1);
  expect(reports).toHaveLength(2);
  pass(clock, 24);
  expect(reports.length).toBe(4);
  expect(reports.every(({ forgiven }) => forgiven === 0)).toBe(true);
});

test("a long pause costs a few ticks and not an election", () => {
  const { clock, reports } = start();
  pause(clock, 60_000);
  jest.advanceTimersByTime(25);
  pass(clock, 20);
  expect(reports.length).toBe(1 + CATCH_UP_TICKS_MAX);
  expect(reports.length).toBeLessThan(DEFAULT_TIMING.electionTicks / 2);
  expect(reports[0]?.lateMs).toBeGreaterThan(59_000);
  const forgiven = reports.reduce((sum, report) => sum + report.forgiven, 0);
  expect(forgiven + reports.length).toBeGreaterThanOrEqual(2_400);
});

test("no tick after the end", () => {
  const { clock, reports, ticker } = start();
  ticker.stop();
  pass(clock, 200);
  expect(reports).toHaveLength(0);
});
