// Decides whether a history could have come from one copy that did one operation at a time, each between its call and
// its return. Only "linearizable" is a pass: a check that ran out of steps has shown nothing.
import type { History } from "./history.ts";
import type { Model } from "./model.ts";
import { partitionHistory } from "./search/partition.ts";
import type { Partition } from "./search/partition.ts";
import { Search } from "./search/search.ts";
import { StepBudget } from "./search/step-budget.ts";

export type Verdict<Input, Output> =
  /** `orders`: for each partition one order that explains every answer, for whoever does not believe it. */
  { readonly kind: "linearizable"; readonly steps: number; readonly orders: readonly Partition<Input, Output>[] } | Failure<Input, Output>;

/** `outOfBudget` is not a pass either: no order was found, and not all were tried. */
export type Failure<Input, Output> = {
  readonly kind: "violation" | "outOfBudget";
  readonly steps: number;
  /** Where it failed. What is wrong there is a second question: explanation.ts. */
  readonly partition: Partition<Input, Output>;
};

/** Some seconds of work and some hundred megabytes in the worst case; a history of 20,000 operations needs a hundredth. */
export const STEPS_MAX_DEFAULT = 5_000_000;

export function checkHistory<State, Input, Output>(
  history: History<Input, Output>,
  model: Model<State, Input, Output>,
  stepsMax = STEPS_MAX_DEFAULT,
): Verdict<Input, Output> {
  const budget = new StepBudget(stepsMax);
  const orders: Partition<Input, Output>[] = [];
  for (const partition of partitionHistory(history, (input) => model.keys(input))) {
    const { keys, operations } = partition;
    const result = new Search(operations, model.focus?.(operations) ?? model, budget).run();
    if (result.kind !== "found") return { kind: result.kind === "none" ? "violation" : "outOfBudget", steps: budget.spent, partition };
    orders.push({ keys, operations: result.orders[0] });
  }
  return { kind: "linearizable", steps: budget.spent, orders };
}
