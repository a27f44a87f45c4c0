import { utf8 } from "../../../core/base/bytes.ts";
import { asIndex, asTerm } from "../../../core/base/ids.ts";
import type { Outcome } from "../../../core/base/outcome.ts";
import { done, refused } from "../../../core/base/outcome.ts";
import { Random } from "../../../core/base/random.ts";
import { EffectQueue } from "../../../core/replica/effect-queue.ts";
import { PendingRequests } from "../../../core/replica/pending-requests.ts";
import { entryOf } from "./entries.ts";

class Waiting {
  readonly effects = new EffectQueue();
  readonly requests = new PendingRequests(this.effects);

  add(request: number, index: number, { term = 1, deadlineMs = 1_000, wants = "result" as "result" | "accepted" } = {}): void {
    this.requests.add({ request, entry: { index: asIndex(index), term: asTerm(term) }, deadlineMs, wants });
  }

  apply(index: number, term = 1, outcome: Outcome<Uint8Array> = done(utf8(String(index)))): void {
    this.requests.applied(entryOf("command", { index, term }), outcome);
  }

  /** What was answered since the last call, by request. */
  answers(): Readonly<Record<number, string>> {
    const answers: Record<number, string> = {};
    for (const effect of this.effects.take()) {
      if (effect.kind !== "reply") continue;
      const { outcome } = effect;
      if (outcome.kind === "done") answers[effect.request] = outcome.value.kind;
      else answers[effect.request] = outcome.kind === "refused" ? outcome.refusal.code : outcome.after;
    }
    return answers;
  }
}

test("an answer goes to whoever waits for that very entry", () => {
  const waiting = new Waiting();
  waiting.add(7, 3);
  waiting.apply(1);
  waiting.apply(2);
  expect(waiting.answers()).toEqual({});
  waiting.apply(3);
  expect(waiting.answers()).toEqual({ 7: "result" });
  expect(waiting.requests.size).toBe(0);
  waiting.apply(4);
  expect(waiting.answers()).toEqual({});
});

test("it says the result, the index and the term", () => {
  const waiting = new Waiting();
  waiting.add(7, 3, { term: 2 });
  waiting.apply(3, 2, done(utf8("answer")));
  expect(waiting.effects.take()[0]).toEqual({
    kind: "reply",
    request: 7,
    outcome: done({ kind: "result", result: utf8("answer"), index: 3, term: 2 }),
  });
});

test.each([
  { name: "refused by the service's rules", outcome: refused("serialForgotten", ""), term: 1, answer: "serialForgotten" },
  { name: "another leader's entry in its place", outcome: done(utf8("x")), term: 2, answer: "notLeader" },
  { name: "another's entry, refused for reasons of its own", outcome: refused("sessionExpired", ""), term: 2, answer: "notLeader" },
])("$name", ({ outcome, term, answer }) => {
  const waiting = new Waiting();
  waiting.add(1, 5);
  waiting.apply(5, term, outcome);
  expect(waiting.answers()).toEqual({ 1: answer });
});

test("who only waits for an entry to be committed hears that it is", () => {
  const waiting = new Waiting();
  waiting.add(1, 5, { wants: "accepted" });
  waiting.apply(5);
  expect(waiting.answers()).toEqual({ 1: "accepted" });
});

test("what is truncated is unknown, what stays in the log is still waited for", () => {
  const waiting = new Waiting();
  for (const index of [4, 5, 6]) waiting.add(index, index);
  waiting.requests.truncated(asIndex(5));
  expect(waiting.answers()).toEqual({ 5: "leadershipLost", 6: "leadershipLost" });
  waiting.apply(4);
  expect(waiting.answers()).toEqual({ 4: "result" });
});

test("a new entry at an index says that the old one there is gone", () => {
  const waiting = new Waiting();
  waiting.add(1, 5);
  waiting.add(2, 6);
  waiting.add(3, 5, { term: 2 });
  expect(waiting.answers()).toEqual({ 1: "leadershipLost", 2: "leadershipLost" });
  waiting.apply(5, 2);
  expect(waiting.answers()).toEqual({ 3: "result" });
});

test("an entry that was passed over is unknown", () => {
  const waiting = new Waiting();
  waiting.add(1, 5);
  waiting.apply(9);
  expect(waiting.answers()).toEqual({ 1: "leadershipLost" });
});

test("at its deadline a request is unknown, and is not answered again when its entry is applied", () => {
  const waiting = new Waiting();
  waiting.add(1, 1, { deadlineMs: 500 });
  waiting.add(2, 2, { deadlineMs: 300 });
  waiting.add(3, 3, { deadlineMs: 900 });
  waiting.requests.expire(299);
  expect(waiting.answers()).toEqual({});
  waiting.requests.expire(300);
  expect(waiting.answers()).toEqual({ 2: "deadline" });
  waiting.requests.expire(500);
  expect(waiting.answers()).toEqual({ 1: "deadline" });
  for (const index of [1, 2, 3]) waiting.apply(index);
  expect(waiting.answers()).toEqual({ 3: "result" });
});

test("nobody is told who asked to be forgotten", () => {
  const waiting = new Waiting();
  waiting.add(1, 1);
  waiting.add(2, 2);
  waiting.requests.abandon(1);
  expect(waiting.requests.size).toBe(1);
  waiting.apply(1);
  waiting.requests.expire(2_000);
  expect(waiting.answers()).toEqual({ 2: "deadline" });
});

test("all end together", () => {
  const waiting = new Waiting();
  waiting.add(1, 1);
  waiting.add(2, 2);
  waiting.requests.endAll("shutdown");
  expect(waiting.answers()).toEqual({ 1: "shutdown", 2: "shutdown" });
  expect(waiting.requests.size).toBe(0);
  waiting.add(3, 3);
  waiting.apply(3);
  expect(waiting.answers()).toEqual({ 3: "result" });
});

test.each([1, 2, 3])("each is answered exactly once, whatever happens (seed %i)", (seed) => {
  const random = new Random(seed);
  const waiting = new Waiting();
  const answered = new Map<number, number>();
  const count = (): void => {
    for (const request of Object.keys(waiting.answers())) answered.set(Number(request), (answered.get(Number(request)) ?? 0) + 1);
  };
  let [applied, last, term, request, nowMs] = [0, 0, 1, 0, 0];
  for (let step = 0; step < 6_000; step++) {
    nowMs += 1;
    if (random.chance(0.6)) waiting.add(++request, ++last, { term, deadlineMs: nowMs + random.between(1, 4_000) });
    else if (random.chance(0.8) && applied < last) waiting.apply(++applied, random.chance(0.95) ? term : term + 1);
    else if (random.chance(0.01) && applied < last) {
      last = random.between(applied, last - 1);
      term += 1;
      waiting.requests.truncated(asIndex(last + 1));
    }
    if (random.chance(0.1)) waiting.requests.expire(nowMs);
    count();
  }
  const open = waiting.requests.size;
  expect(answered.size + open).toBe(request);
  waiting.requests.endAll("shutdown");
  count();
  expect(answered.size).toBe(request);
  expect([...answered.values()].every((times) => times === 1)).toBe(true);
});
