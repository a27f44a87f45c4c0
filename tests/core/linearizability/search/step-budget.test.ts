import { StepBudget } from "../../../../core/linearizability/search/step-budget.ts";

test("a budget is spent by the step after the last", () => {
  const budget = new StepBudget(3);
  budget.spend(2);
  budget.spend(1);
  expect([budget.isSpent, budget.spent]).toEqual([false, 3]);
  budget.spend(1);
  expect([budget.isSpent, budget.spent]).toEqual([true, 4]);
});

test("a budget of nothing is a mistake", () => {
  expect(() => new StepBudget(0)).toThrow("a budget allows at least one step");
});
