// An answer that must not leave before the store has what it says. It may speak of several jobs; of one that turns out to
// belong to another coordinator it then says nothing.
import type { Outcome } from "../base/outcome.ts";
import { done } from "../base/outcome.ts";
import { idOf } from "../mapreduce/job-keys.ts";
import type { Orders, Verdict } from "./events.ts";

export type Hold = {
  readonly request: number;
  /** Writes that it waits for. */
  waitsFor: number;
  answer: HeldAnswer;
};

export type HeldAnswer =
  | { readonly kind: "orders"; readonly orders: Orders }
  | { readonly kind: "report"; readonly job: string; readonly verdict: Verdict; readonly orders: Orders }
  | { readonly kind: "value"; readonly job: string; readonly value: unknown }
  | { readonly kind: "lost"; readonly outcome: Outcome<never> };

export const NO_ORDERS: Orders = { assignments: [], end: [], moved: [], adopt: [], needed: 0, forget: [] };

/** A job is no longer ours: what was granted of it was not. */
export function withoutJob(answer: HeldAnswer, job: string, outcome: Outcome<never>): HeldAnswer {
  switch (answer.kind) {
    case "orders":
      return { ...answer, orders: strip(answer.orders, job) };
    case "report":
    case "value":
      return answer.job === job
        ? { kind: "lost", outcome }
        : answer.kind === "report"
          ? { ...answer, orders: strip(answer.orders, job) }
          : answer;
    case "lost":
      return answer;
  }
}

export function outcomeOf(answer: HeldAnswer): Outcome<unknown> {
  switch (answer.kind) {
    case "orders":
      return done(answer.orders);
    case "report":
      return done({ verdict: answer.verdict, ...answer.orders });
    case "value":
      return done(answer.value);
    case "lost":
      return answer.outcome;
  }
}

function strip(orders: Orders, job: string): Orders {
  return {
    ...orders,
    assignments: orders.assignments.filter((each) => idOf(each.job) !== job),
    end: orders.end.filter((each) => idOf(each.job) !== job),
    moved: orders.moved.filter((each) => idOf(each.job) !== job),
    adopt: orders.adopt.filter((each) => idOf(each.job) !== job),
  };
}
