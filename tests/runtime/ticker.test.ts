import type { TickReport } from "../../runtime/ticker.ts";
import { CATCH_UP_TICKS_MAX, REST_TICKS_MAX, Ticker } from "../../runtime/ticker.ts";
import { DEFAULT_TIMING } from "../../core/raft/inputs.ts";
import { ManualClock } from "./manual-clock.ts";

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** Its owner may rest for so many ticks whenever it was told of one. */
function start(restTicks: () => number = () => 1): {
  readonly clock: ManualClock;
  readonly reports: TickReport[];
  readonly ticker: Ticker;
} {
  const clock = new ManualClock();
  const reports: TickReport[] = [];
  const ticker: Ticker = new Ticker({
    clock,
    tickMs: 25,
    onTick: (report) => {
      reports.push(report);
      ticker.rest(restTicks());
    },
  });
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

test("who rests is woken for the last of its ticks only, and misses none", () => {
  const { clock, reports } = start(() => 4);
  pass(clock, 1_000);
  expect(reports.map(({ ticks }) => ticks)).toEqual([1, ...Array.from({ length: 9 }, () => 4)]);
  expect(reports.every(({ lateMs, forgiven }) => lateMs === 0 && forgiven === 0)).toBe(true);
});

test("nobody rests for longer than two heartbeats, nor for so long that a stall makes it stand for election", () => {
  const { clock, reports } = start(() => 1_000);
  pass(clock, 25 + 25 * REST_TICKS_MAX);
  expect(reports.map(({ ticks }) => ticks)).toEqual([1, REST_TICKS_MAX]);
  expect(REST_TICKS_MAX).toBe(2 * DEFAULT_TIMING.heartbeatTicks);
  expect(REST_TICKS_MAX + CATCH_UP_TICKS_MAX).toBeLessThan(DEFAULT_TIMING.electionTicks);
});

test("who is woken before its time gets the ticks that have passed, and rests on from there", () => {
  const { clock, reports, ticker } = start(() => 4);
  pass(clock, 25);
  expect(ticker.passed()).toBe(0);
  pass(clock, 60);
  expect(ticker.passed()).toBe(2);
  expect(ticker.passed()).toBe(0);
  ticker.rest(4); // from the 75th millisecond on
  pass(clock, 89);
  expect(reports).toHaveLength(1);
  pass(clock, 1);
  expect(reports.map(({ ticks }) => ticks)).toEqual([1, 4]);
});

test("a rest that is moved on again and again sets a timer anew only when the last one has fired", () => {
  const clock = new ManualClock();
  const [reports, timers]: [TickReport[], number[]] = [[], []];
  const ticker: Ticker = new Ticker({
    clock,
    onTick: (report) => {
      reports.push(report);
      ticker.rest(REST_TICKS_MAX);
    },
    startTimer: (ms, run) => {
      timers.push(ms);
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  });
  ticker.start();
  pass(clock, 25);
  for (let i = 0; i < 10; i++) {
    pass(clock, 100);
    expect(ticker.passed()).toBe(4);
    ticker.rest(REST_TICKS_MAX);
  }
  expect(reports).toHaveLength(1);
  // The first tick's, the first rest's, and each time that one fires the rest that is left.
  expect(timers).toEqual([25, 200, ...Array.from({ length: 9 }, () => 100)]);
  pass(clock, 200);
  expect(reports.map(({ ticks }) => ticks)).toEqual([1, REST_TICKS_MAX]);
});

test("who has something to do does not rest on", () => {
  const { clock, reports, ticker } = start(() => 8);
  pass(clock, 25);
  pass(clock, 60);
  expect(ticker.passed()).toBe(2);
  ticker.rest(1);
  pass(clock, 15);
  expect(reports.map(({ ticks }) => ticks)).toEqual([1, 1]);
});

test("what was missed in a stall comes one by one, by its timer and after what has arrived", () => {
  let restTicks = 4;
  const { clock, reports, ticker } = start(() => restTicks);
  pass(clock, 25);
  pause(clock, 175);
  expect(ticker.passed()).toBe(0);
  restTicks = 8;
  jest.advanceTimersByTime(100);
  pass(clock, 3);
  expect(reports.map(({ ticks }) => ticks)).toEqual([1, 4, 1, 1, 1]);
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
