// A failing history can be long, and what matters is near the answer that has no place. Decides which operations are
// drawn, and what became of each in one of the orders that hold up to there.
import { endOf } from "../history.ts";
import type { DoneOperation, History, Operation } from "../history.ts";

export type Role =
  /** Has a place in the order. */
  | "placed"
  /** The answer that was not explained. Its effect may still have a place. */
  | "stuck"
  /** Had no answer yet when the stuck one came, and no effect so far. */
  | "later"
  /** Outcome unknown, and the order does without it. */
  | "unneeded"
  | "refused";

/** Which one in the order, from 1, and the earliest moment at which it can have taken effect there. */
export type Place = { readonly number: number; readonly moment: number };

export type Shown<Input, Output> = { readonly operation: Operation<Input, Output>; readonly role: Role; readonly place: Place | null };

export type PictureWindow<Input, Output> = {
  readonly from: number;
  readonly to: number;
  /** In order of their calls. */
  readonly shown: readonly Shown<Input, Output>[];
  /** Called before the picture begins, outcome unknown, and could still take effect in it. */
  readonly stillOpen: History<Input, Output>;
};

/** So many of the order's last operations are drawn. */
export const PLACED_MAX = 24;
const CALLS_AFTER_MAX = 6;

export function windowAround<Input, Output>(
  operations: History<Input, Output>,
  order: History<Input, Output>,
  stuck: DoneOperation<Input, Output>,
): PictureWindow<Input, Output> {
  const moments = momentsOf(order);
  const places = new Map(order.map((operation, position) => [operation, { number: position + 1, moment: moments[position] ?? 0 }]));
  const all = [...operations]
    .sort((a, b) => a.calledAt - b.calledAt)
    .map((operation) => {
      const place = places.get(operation) ?? null;
      return { operation, place, role: operation === stuck ? ("stuck" as const) : roleOf(operation, place) };
    });
  const from = moments.at(-PLACED_MAX) ?? -Infinity;
  const callsAfter = all.map(({ operation }) => operation.calledAt).filter((calledAt) => calledAt > stuck.outcome.returnedAt);
  const to = callsAfter[CALLS_AFTER_MAX - 1] ?? Infinity;
  return {
    from,
    to,
    shown: all.filter(({ operation, place }) => operation.calledAt <= to && lastOfInterest(operation, place) >= from),
    stillOpen: all.filter(({ operation, role }) => role === "unneeded" && operation.calledAt < from).map(({ operation }) => operation),
  };
}

/** The earliest moments at which they can have taken effect in this order: no operation before its call. */
function momentsOf(order: History<unknown, unknown>): readonly number[] {
  let moment = -Infinity;
  return order.map((operation) => (moment = Math.max(moment, operation.calledAt)));
}

function roleOf(operation: Operation<unknown, unknown>, place: Place | null): Role {
  if (place !== null) return "placed";
  const { kind } = operation.outcome;
  if (kind === "refused") return kind;
  return kind === "done" ? "later" : "unneeded";
}

/** An open end says nothing of when the operation matters; its place, if it has one, does. */
function lastOfInterest(operation: Operation<unknown, unknown>, place: Place | null): number {
  return operation.outcome.kind === "unknown" ? (place?.moment ?? operation.calledAt) : endOf(operation);
}
