// Looks ahead. Some things can be true of the state during one stretch only, such as holding a value that a single
// operation wrote. Everybody who saw that has to be placed before the stretch ends, so a step that ends it too early
// is refused at once, and not when the search gets to the one who was left behind.
import type { History, Operation } from "../history.ts";
import type { Model } from "../model.ts";

export class Stretches<State, Input, Output> {
  readonly #model: Model<State, Input, Output>;
  /** How many operations have to be placed in a stretch and are not yet. Unknown ones count as long as it lasts. */
  readonly #waiting = new Map<string, number>();

  constructor(operations: History<Input, Output>, model: Model<State, Input, Output>) {
    this.#model = model;
    for (const operation of operations) this.takenBack(operation);
  }

  /** Whether the operation may lead from the one state to the other. */
  allows(operation: Operation<Input, Output>, state: State, next: State): boolean {
    const stretch = this.#stretchOf(state);
    const needed = this.#neededBy(operation);
    if (needed !== null && needed !== stretch) return false;
    if (stretch === null || stretch === this.#stretchOf(next)) return true;
    return (this.#waiting.get(stretch) ?? 0) === (needed === null ? 0 : 1);
  }

  placed(operation: Operation<Input, Output>): void {
    this.#count(this.#neededBy(operation), -1);
  }

  takenBack(operation: Operation<Input, Output>): void {
    this.#count(this.#neededBy(operation), 1);
  }

  #stretchOf(state: State): string | null {
    return this.#model.stretchOf?.(state) ?? null;
  }

  #neededBy(operation: Operation<Input, Output>): string | null {
    return this.#model.stretchSeenBy?.(operation) ?? null;
  }

  #count(stretch: string | null, change: number): void {
    if (stretch !== null) this.#waiting.set(stretch, (this.#waiting.get(stretch) ?? 0) + change);
  }
}
