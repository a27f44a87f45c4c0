import { getEventListeners } from "node:events";
import { answeredBy, NoAnswer, pause } from "../../client/waiting.ts";

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const listeners = (signal: AbortSignal): number => getEventListeners(signal, "abort").length;

async function isOver(waiting: Promise<unknown>): Promise<boolean> {
  let over = false;
  void waiting.finally(() => (over = true));
  await jest.advanceTimersByTimeAsync(0);
  return over;
}

test("a pause lasts its time, and leaves nothing at the signal", async () => {
  const { signal } = new AbortController();
  const waiting = pause(100, signal);
  await jest.advanceTimersByTimeAsync(99);
  expect(await isOver(waiting)).toBe(false);
  await jest.advanceTimersByTimeAsync(1);
  expect(await isOver(waiting)).toBe(true);
  expect(listeners(signal)).toBe(0);
});

test("a pause that is called off ends at once, and leaves no timer", async () => {
  const over = new AbortController();
  const waiting = pause(100, over.signal);
  over.abort();
  expect(await isOver(waiting)).toBe(true);
  expect(await isOver(pause(100, over.signal))).toBe(true);
  expect(jest.getTimerCount()).toBe(0);
});

test("an answer in time is the answer, and no timer is left", async () => {
  expect(await answeredBy(performance.now() + 100, Promise.resolve(7))).toBe(7);
  await expect(answeredBy(performance.now() + 100, Promise.reject(new Error("refused")))).rejects.toThrow("refused");
  expect(jest.getTimerCount()).toBe(0);
});

test("what never answers is not waited for beyond the deadline", async () => {
  const waiting = answeredBy(performance.now() + 100, new Promise(() => undefined));
  const failed = expect(waiting).rejects.toThrow(NoAnswer);
  await jest.advanceTimersByTimeAsync(100);
  await failed;
});

test("what no timer can wait for is not over at once", async () => {
  for (const ms of [Infinity, 30 * 86_400_000]) {
    const pausing = pause(ms);
    const answering = answeredBy(performance.now() + ms, new Promise(() => undefined));
    answering.catch(() => undefined);
    await jest.advanceTimersByTimeAsync(1_000);
    expect([await isOver(pausing), await isOver(answering)]).toEqual([false, false]);
  }
});
