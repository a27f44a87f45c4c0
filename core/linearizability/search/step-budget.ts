// How much work a check may take, counted in steps and not in time, so that a verdict does not depend on the machine.
import { assert } from "../../base/assert.ts";

export class StepBudget {
  readonly #max: number;
  #spent = 0;

  constructor(max: number) {
    assert(max > 0, "a budget allows at least one step");
    this.#max = max;
  }

  spend(steps: number): void {
    this.#spent += steps;
  }

  get isSpent(): boolean {
    return this.#spent > this.#max;
  }

  get spent(): number {
    return this.#spent;
  }
}
