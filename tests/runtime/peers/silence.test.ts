import { Silence } from "../../../runtime/peers/silence.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function silences(count: number): readonly Silence[] {
  const heardMs = new Map<string, number>();
  return Array.from({ length: count }, () => new Silence({ silenceMs: 100, heardMs, whom: "small a:1" }));
}

const areOver = (all: readonly Silence[]): readonly boolean[] => all.map(({ signal }) => signal.aborted);

test("it is over when nothing has come for so long, and begins anew with all that comes", () => {
  const [one] = silences(1) as [Silence];
  one.sent();
  jest.advanceTimersByTime(90);
  one.heard();
  jest.advanceTimersByTime(90);
  expect(one.signal.aborted).toBe(false);
  jest.advanceTimersByTime(20);
  expect(one.signal.aborted).toBe(true);
});

test("who waits for a connection hears what others are told, and who has one does not", () => {
  const all = silences(3);
  const [told, sent] = all as [Silence, Silence];
  told.sent();
  sent.sent();
  jest.advanceTimersByTime(90);
  told.heard();
  jest.advanceTimersByTime(90);
  expect(areOver(all)).toEqual([false, true, false]);
  jest.advanceTimersByTime(20);
  expect(areOver(all)).toEqual([true, true, true]);
});

test("where nobody is told anything, nobody waits for a connection any longer than that", () => {
  const all = silences(3);
  all[0]?.sent();
  jest.advanceTimersByTime(101);
  expect(areOver(all)).toEqual([true, true, true]);
});

test("a connection that comes late is given all of its time", () => {
  const [one] = silences(1) as [Silence];
  jest.advanceTimersByTime(90);
  one.sent();
  jest.advanceTimersByTime(90);
  expect(one.signal.aborted).toBe(false);
  one.end();
  jest.advanceTimersByTime(1_000);
  expect(one.signal.aborted).toBe(false);
});
