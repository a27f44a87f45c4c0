import { EMPTY_BYTES } from "../../../core/base/bytes.ts";
import { asIndex } from "../../../core/base/ids.ts";
import { lifeNumber } from "../../../core/replica/life-number.ts";
import { EffectQueue } from "../../../core/replica/effect-queue.ts";
import { PendingReads } from "../../../core/replica/pending-reads.ts";

const RETRY_MS = 600;

class Reading {
  readonly effects = new EffectQueue();
  readonly reads: PendingReads;

  constructor(boot = 1) {
    this.reads = new PendingReads({ boot: lifeNumber(boot, 0), retryMs: RETRY_MS, effects: this.effects });
  }

  add(request: number, deadlineMs = 5_000, arrivedAtStampMs = -Infinity): void {
    this.reads.add({ request, deadlineMs, query: EMPTY_BYTES, arrivedAtStampMs });
  }

  ask(nowMs = 0): number {
    const context = this.reads.takeQuestion(nowMs);
    if (context === null) throw new Error("nothing to ask");
    return context;
  }

  confirm(context: number, index: number): void {
    this.reads.answered({ kind: "confirmed", context, index: asIndex(index) });
  }

  served(applied: number): readonly number[] {
    return this.reads.takeServable(asIndex(applied)).map(({ request }) => request);
  }

  refused(): readonly (readonly [number, string])[] {
    return this.effects.take().flatMap((effect) => {
      return effect.kind === "reply" && effect.outcome.kind === "refused" ? [[effect.request, effect.outcome.refusal.code] as const] : [];
    });
  }
}

test("the reads of a turn share one question", () => {
  const reading = new Reading();
  reading.add(1);
  reading.add(2);
  const context = reading.ask();
  expect(reading.reads.takeQuestion(0)).toBeNull();
  reading.confirm(context, 0);
  expect(reading.served(0)).toEqual([1, 2]);
  expect(reading.reads.size).toBe(0);
});

test("while a question is under way the next one waits, but not for one that may be lost", () => {
  const reading = new Reading();
  reading.add(1);
  reading.ask(1_000);
  reading.add(2);
  expect(reading.reads.takeQuestion(1_049)).toBeNull();
  reading.add(3);
  const second = reading.ask(1_050);
  reading.confirm(second, 0);
  expect(reading.served(0)).toEqual([2, 3]);
});

test("a read that comes after the question waits for the next", () => {
  const reading = new Reading();
  reading.add(1);
  const first = reading.ask();
  reading.add(2);
  reading.confirm(first, 0);
  expect(reading.served(9)).toEqual([1]);
  const second = reading.ask();
  expect(second).not.toBe(first);
  reading.confirm(second, 0);
  expect(reading.served(9)).toEqual([2]);
});

test("a read waits until everything up to its index is applied", () => {
  const reading = new Reading();
  reading.add(1);
  reading.confirm(reading.ask(), 7);
  reading.add(2);
  reading.confirm(reading.ask(), 5);
  expect(reading.served(4)).toEqual([]);
  expect(reading.served(6)).toEqual([2]);
  expect(reading.served(7)).toEqual([1]);
});

test("a question that was dropped is asked again at the next tick, under another context", () => {
  const reading = new Reading();
  reading.add(1);
  const context = reading.ask();
  reading.reads.answered({ kind: "dropped", context });
  expect(reading.reads.takeQuestion(0)).toBeNull();
  reading.reads.ticked(25);
  const again = reading.ask(25);
  expect(again).not.toBe(context);
  reading.confirm(context, 0);
  expect(reading.served(9)).toEqual([]);
  reading.confirm(again, 0);
  expect(reading.served(9)).toEqual([1]);
});

test("a question without an answer is asked again, and the late answer to the first counts for nothing", () => {
  const reading = new Reading();
  reading.add(1);
  const context = reading.ask(0);
  reading.reads.ticked(RETRY_MS - 1);
  expect(reading.reads.takeQuestion(RETRY_MS - 1)).toBeNull();
  reading.reads.ticked(RETRY_MS);
  const again = reading.ask(RETRY_MS);
  reading.confirm(context, 0);
  expect(reading.served(9)).toEqual([]);
  reading.confirm(again, 0);
  expect(reading.served(9)).toEqual([1]);
});

test("a read before which much is still to be applied is refused, one that nearly can be served waits", () => {
  const reading = new Reading();
  reading.add(1);
  reading.confirm(reading.ask(), 100);
  reading.add(2);
  reading.confirm(reading.ask(), 111);
  reading.reads.refuseFarAhead(asIndex(1), 99);
  expect(reading.refused()).toEqual([[2, "starting"]]);
  expect(reading.served(100)).toEqual([1]);
  expect(reading.served(111)).toEqual([]);
  expect(reading.reads.size).toBe(0);
});

test("contexts differ between lives and fit the wire", () => {
  const seen = new Set<number>();
  for (const boot of [1, 2, 65_535]) {
    const reading = new Reading(boot);
    for (let i = 0; i < 3; i++) {
      reading.add(i);
      seen.add(reading.ask(i * 100));
    }
  }
  expect(seen.size).toBe(9);
  for (const context of seen) expect(context).toBeLessThan(2 ** 48);
});

test("at the deadline a read is refused, wherever it waits", () => {
  const reading = new Reading();
  reading.add(1, 100); // asked, then dropped
  reading.reads.answered({ kind: "dropped", context: reading.ask() });
  reading.add(2, 100); // confirmed, not applied
  reading.confirm(reading.ask(), 50);
  reading.add(3, 100); // asked
  const context = reading.ask();
  reading.add(4, 100); // not asked yet
  reading.add(5, 200);
  reading.reads.ticked(99);
  expect(reading.refused()).toEqual([]);
  reading.reads.ticked(100);
  expect(
    reading
      .refused()
      .map(([request]) => request)
      .sort(),
  ).toEqual([1, 2, 3, 4]);
  reading.confirm(context, 0);
  expect(reading.served(99)).toEqual([]);
  expect(reading.reads.size).toBe(1);
  reading.reads.ticked(200);
  expect(reading.refused()).toEqual([[5, "noQuorum"]]);
});

test("when the leader changes, what the old one was asked is asked anew at once, and its answer counts no more", () => {
  const reading = new Reading();
  reading.add(1);
  const before = reading.ask();
  reading.reads.leaderChanged();
  const after = reading.ask();
  expect(after).not.toBe(before);
  reading.confirm(before, 0);
  expect(reading.served(9)).toEqual([]);
  reading.confirm(after, 0);
  expect(reading.served(9)).toEqual([1]);
});

test("an abandoned read is neither asked for nor served nor refused", () => {
  const reading = new Reading();
  reading.add(1);
  reading.reads.abandon(1);
  expect(reading.reads.takeQuestion(0)).toBeNull();
  reading.add(2);
  const context = reading.ask();
  reading.reads.abandon(2);
  reading.confirm(context, 0);
  expect(reading.served(9)).toEqual([]);
  reading.reads.ticked(9_000);
  expect(reading.refused()).toEqual([]);
});

test("all are refused together", () => {
  const reading = new Reading();
  reading.add(1);
  const context = reading.ask();
  reading.add(2);
  reading.reads.refuseAll("shuttingDown", "");
  expect(reading.refused()).toEqual([
    [1, "shuttingDown"],
    [2, "shuttingDown"],
  ]);
  reading.confirm(context, 0);
  expect(reading.served(9)).toEqual([]);
  expect(reading.reads.size).toBe(0);
});

test("a read waits until what was due when it arrived has ended, and for nothing that is due later", () => {
  const reading = new Reading();
  reading.add(1, 5_000, 100);
  reading.add(2, 5_000, 200);
  reading.confirm(reading.ask(), 5);
  const servable = (unendedSinceMs: number): readonly number[] =>
    reading.reads.takeServable(asIndex(9), unendedSinceMs).map(({ request }) => request);
  expect(servable(90)).toEqual([]);
  expect(servable(101)).toEqual([1]);
  expect(servable(200)).toEqual([]);
  expect(servable(Infinity)).toEqual([2]);
});
