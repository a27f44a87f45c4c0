import type { GatheredRequest } from "../../../runtime/replica/write-gathering.ts";
import { GATHERING, WriteGathering } from "../../../runtime/replica/write-gathering.ts";

const { manyUnderWay, manyWaiting, patienceMs } = GATHERING;

/** Writes by number, and which of them have gone on, in their order. */
class Desk {
  readonly gone: number[] = [];
  readonly gathering = new WriteGathering(({ request }) => {
    this.gone.push(request.id);
  });
  #count = 0;

  /** How many of them need not wait. */
  write(count: number): number {
    let passed = 0;
    for (let i = 0; i < count; i++) if (!this.gathering.takes(write(++this.#count))) passed++;
    return passed;
  }
}

function write(id: number): GatheredRequest {
  const operation = { kind: "write", command: new Uint8Array(0), session: null } as const;
  return { kind: "clientRequest", request: { id, deadlineMs: Infinity, operation } };
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

let desk: Desk;
beforeEach(() => {
  jest.useFakeTimers();
  desk = new Desk();
});
afterEach(() => {
  desk.gathering.end();
  jest.useRealTimers();
});

test("while few are under way, and before anything was, nobody waits", () => {
  expect(desk.write(100)).toBe(100);
  desk.gathering.turned(manyUnderWay - 1);
  expect(desk.write(100)).toBe(100);
  desk.gathering.turned(0);
  expect(desk.write(100)).toBe(100);
});

test("while many are under way others wait, and go on in their order once they are many", () => {
  desk.gathering.turned(manyUnderWay);
  expect(desk.write(manyWaiting - 1)).toBe(0);
  expect(desk.gone).toEqual([]);
  expect(desk.write(1)).toBe(0);
  expect(desk.gone).toEqual(upTo(manyWaiting));
  // What comes before the next turn goes with them.
  expect(desk.write(3)).toBe(3);
  desk.gathering.turned(manyUnderWay + manyWaiting);
  expect(desk.write(1)).toBe(0);
});

test("those who were answered are waited for, and go on together with those who wait already", () => {
  desk.gathering.turned(16);
  desk.write(4);
  desk.gathering.turned(0);
  desk.write(11);
  expect(desk.gone).toEqual([]);
  desk.write(1); // 12 of 16 are back
  expect(desk.gone).toEqual(upTo(16));
});

test("who does not come back is waited for no longer than the patience lasts", () => {
  desk.gathering.turned(16);
  desk.gathering.turned(2);
  desk.write(3);
  jest.advanceTimersByTime(patienceMs - 1);
  expect(desk.gone).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(desk.gone).toEqual(upTo(3));
  expect(desk.write(1)).toBe(1);
});

test("what went on in time is not waited for again by a timer of before", () => {
  desk.gathering.turned(16);
  desk.gathering.turned(0);
  desk.write(12);
  desk.gathering.turned(12);
  desk.write(2);
  jest.advanceTimersByTime(10 * patienceMs);
  expect(desk.gone).toEqual(upTo(12));
});

/** One batch of 16 whose clients are answered and come back as `returning` of them, all within the patience. Says whether they were waited for. */
function answersSixteen(returning: number): boolean {
  desk.gathering.turned(16);
  desk.gathering.turned(0);
  const isExpecting = desk.write(returning) < returning;
  jest.advanceTimersByTime(patienceMs);
  return isExpecting;
}

test("clients that do not come back are waited for less and less often", () => {
  const waits = (count: number): number => Array.from({ length: count }, () => answersSixteen(1)).filter(Boolean).length;
  expect(waits(1)).toBe(1);
  expect(waits(2)).toBe(1); // once without
  expect(waits(3)).toBe(1); // twice without
  expect(waits(1_000)).toBeLessThan(20);
});

test.each([
  { name: "some come back late", returning: 4 },
  { name: "most come back in time", returning: 12 },
])("clients are waited for as before once $name", ({ returning }) => {
  for (let i = 0; i < 1_000; i++) answersSixteen(1);
  let turns = 0;
  while (!answersSixteen(returning)) turns++;
  expect(turns).toBeLessThanOrEqual(64);
  // In vain, once without, and then again.
  expect([answersSixteen(1), answersSixteen(1), answersSixteen(1)]).toEqual([true, false, true]);
});

test("what is under way may never end: nothing waits for it beyond a second tick", () => {
  desk.gathering.turned(manyUnderWay);
  desk.write(2);
  desk.gathering.ticked();
  expect(desk.gone).toEqual([]);
  desk.write(1);
  desk.gathering.ticked();
  expect(desk.gone).toEqual(upTo(3));
  // Of those that came since, none has waited for a tick.
  desk.gathering.turned(manyUnderWay);
  desk.write(1);
  desk.gathering.ticked();
  expect(desk.gone).toEqual(upTo(3));
});

test("before a member ends all go on, and nobody waits any more", () => {
  desk.gathering.turned(manyUnderWay);
  desk.write(2);
  desk.gathering.end();
  expect(desk.gone).toEqual(upTo(2));
  desk.gathering.turned(manyUnderWay);
  expect(desk.write(2)).toBe(2);
  desk.gathering.turned(0);
  expect(desk.write(2)).toBe(2);
});
