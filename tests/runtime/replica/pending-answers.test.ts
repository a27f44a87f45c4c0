import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Outcome } from "../../../core/base/outcome.ts";
import { unknown } from "../../../core/base/outcome.ts";
import type { Reply } from "../../../core/replica/effects.ts";
import type { ClientOperation } from "../../../core/replica/events.ts";
import { PendingAnswers } from "../../../runtime/replica/pending-answers.ts";

const write = (bytes: number): ClientOperation => ({ kind: "write", command: new Uint8Array(bytes), session: null });
const DONE: Outcome<Reply> = { kind: "done", value: { kind: "accepted", term: 1 as never } };

describe("who waits for an answer", () => {
  test("gets it once", () => {
    const answers = new PendingAnswers();
    const got: Outcome<Reply>[] = [];
    const id = answers.add(write(1), (outcome) => got.push(outcome)) as number;
    answers.settle(id, DONE);
    answers.settle(id, unknown("deadline"));
    answers.endAll();
    expect(got).toEqual([DONE]);
    expect(answers.size).toBe(0);
  });

  test("is turned away at once when too many wait, or too much", () => {
    const answers = new PendingAnswers({ requestsMax: 2, bytesMax: 100 });
    const got: string[] = [];
    const add = (bytes: number): number | null => answers.add(write(bytes), ({ kind }) => got.push(kind));
    const first = add(90);
    expect(add(20)).toBeNull();
    expect(got).toEqual(["refused"]);
    expect(add(5)).not.toBeNull();
    expect(add(1)).toBeNull();
    answers.settle(first as number, DONE);
    expect(add(80)).not.toBeNull();
  });

  test("and gives up is not called; who still waits at the end learns that nothing is known", () => {
    const answers = new PendingAnswers();
    const got: unknown[] = [];
    const gone = answers.add(write(1), (outcome) => got.push(outcome)) as number;
    answers.add(write(1), (outcome) => got.push(outcome));
    answers.forget(gone);
    answers.endAll();
    expect(got).toEqual([unknown("shutdown")]);
  });
});

test("what was answered is given back with what is young, however old the one that keeps the answers is", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as (options?: { readonly type: "minor" }) => void;
  const answers = new PendingAnswers();
  const [waiting, rounds, size] = [16, 3_000, 1_000];
  const pass = (from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      const held = new Array<number>(size).fill(i);
      const id = answers.add(write(1), () => void held.pop()) as number;
      answers.settle(id - waiting, DONE);
    }
  };
  pass(0, 100);
  // The tables that are in use now are old from here on.
  collect();
  collect();
  const before = process.memoryUsage().heapUsed;
  pass(100, rounds);
  for (let i = 0; i < 3; i++) collect({ type: "minor" });
  expect(process.memoryUsage().heapUsed - before).toBeLessThan((rounds * size * 8) / 10);
});
