// Why a history did not pass, in terms that a person can follow. Prefixes of a linearizable history are
// linearizable, so there is a first return that no order explains; up to the return before it everything has one.
import { present } from "../base/assert.ts";
import { isDone } from "./history.ts";
import type { DoneOperation, History, Operation } from "./history.ts";
import type { Model } from "./model.ts";
import { Search } from "./search/search.ts";
import { StepBudget } from "./search/step-budget.ts";

export type Explanation<Input, Output> = {
  /** Orders of all that had returned before, with different states at their ends; at least one. */
  readonly orders: readonly History<Input, Output>[];
  /** The next answer, for which no order was found. */
  readonly stuck: DoneOperation<Input, Output>;
};

const ORDERS_MAX = 4;
/** For each prefix that is tried. Where it does not suffice, the orders end earlier than they could. */
const STEPS_MAX = 1_000_000;
/** For more than one order. They are good to have, and not worth the wait. */
const STEPS_FOR_OTHERS_MAX = 100_000;

/** The operations are all of one partition, and no order of them was found. */
export function explain<State, Input, Output>(
  operations: History<Input, Output>,
  model: Model<State, Input, Output>,
): Explanation<Input, Output> {
  const returned = operations.filter(isDone).sort((a, b) => a.outcome.returnedAt - b.outcome.returnedAt);
  let orders: Explanation<Input, Output>["orders"] = [[]];
  let explained = 0;
  let unexplained = returned.length;
  while (explained + 1 < unexplained) {
    const middle = (explained + unexplained) >>> 1;
    const prefix = new Prefix(operations, returned.slice(0, middle));
    const found = prefix.ordersIn(model.focus?.(prefix.operations) ?? model, { ordersMax: 1, stepsMax: STEPS_MAX });
    if (found.length === 0) unexplained = middle;
    else [explained, orders] = [middle, found];
  }
  // A narrowed model takes states for one that a person would not.
  const longest = new Prefix(operations, returned.slice(0, explained));
  const others = longest.ordersIn(model, { ordersMax: ORDERS_MAX, stepsMax: STEPS_FOR_OTHERS_MAX });
  return { orders: others.length > 0 ? others : orders, stuck: present(returned[unexplained - 1], "an answer that can't be explained") };
}

/** The states that the model goes through. */
export function statesAlong<State, Input, Output>(order: History<Input, Output>, model: Model<State, Input, Output>): readonly State[] {
  let state = model.initial;
  return order.map(({ input, outcome }) => {
    const answered = outcome.kind === "done" ? model.step(state, input, outcome.output) : null;
    // An order may need what was still open at its end; the answer that came later need not fit in.
    state = answered ?? present(model.step(state, input, null), "an operation with an unknown output succeeds");
    return state;
  });
}

/** One sentence for a log or a failing test. */
export function summaryOf<State, Input, Output>({ orders, stuck }: Explanation<Input, Output>, model: Model<State, Input, Output>): string {
  const { client, calledAt, input, outcome } = stuck;
  const ends = orders.map((order) => model.describeState(statesAlong(order, model).at(-1) ?? model.initial));
  return (
    `No order was found in which ${client} could be told ${model.describeOutput(outcome.output)} by ${model.describeInput(input)} on ` +
    `${model.keys(input).join(", ")}, called at ${calledAt} and returned at ${outcome.returnedAt}. ` +
    `All that had returned before has an order, which leaves ${ends.join(", or ")}.`
  );
}

type Limits = { readonly ordersMax: number; readonly stepsMax: number };

/** The history as it stood when the last of these operations had returned: what was still open then is unknown. */
class Prefix<Input, Output> {
  readonly #originals = new Map<Operation<Input, Output>, Operation<Input, Output>>();

  constructor(operations: History<Input, Output>, returned: readonly DoneOperation<Input, Output>[]) {
    const answered = new Set<Operation<Input, Output>>(returned);
    const moment = returned.at(-1)?.outcome.returnedAt ?? -Infinity;
    for (const operation of operations) {
      if (operation.outcome.kind === "refused" || operation.calledAt > moment) continue;
      this.#originals.set(answered.has(operation) ? operation : { ...operation, outcome: { kind: "unknown" } }, operation);
    }
  }

  get operations(): History<Input, Output> {
    return [...this.#originals.keys()];
  }

  ordersIn<State>(model: Model<State, Input, Output>, limits: Limits): readonly History<Input, Output>[] {
    const result = new Search(this.operations, model, new StepBudget(limits.stepsMax)).run(limits.ordersMax);
    if (result.kind !== "found") return [];
    return result.orders.map((order) => order.map((operation) => present(this.#originals.get(operation), "an operation of the prefix")));
  }
}
