// The operations of one partition whose outcome nobody knows. They are grouped into classes whose members can stand
// for each other, and a class is used in the order of its calls: whatever a later one could do, the earlier one can.
// So a choice among hundreds of them shrinks to one count per class.
import { present } from "../../base/assert.ts";
import type { History, Operation } from "../history.ts";

/** How many of each class are linearized. Never changed in place. */
export type Used = readonly number[];

export class UnknownPool<Input, Output> {
  readonly #classes: readonly Operation<Input, Output>[][];
  readonly #calls: readonly number[];

  constructor(operations: History<Input, Output>, classOf: (input: Input) => string) {
    const inOrder = [...operations].sort((a, b) => a.calledAt - b.calledAt);
    const classes = new Map<string, Operation<Input, Output>[]>();
    for (const operation of inOrder) {
      const name = classOf(operation.input);
      const members = classes.get(name);
      if (members === undefined) classes.set(name, [operation]);
      else members.push(operation);
    }
    this.#classes = [...classes.values()];
    this.#calls = inOrder.map((operation) => operation.calledAt);
  }

  get noneUsed(): Used {
    return this.#classes.map(() => 0);
  }

  get classCount(): number {
    return this.#classes.length;
  }

  /** The next member of the class, if it was called by then. */
  next(classIndex: number, used: Used, moment: number): Operation<Input, Output> | null {
    const operation = this.#classes[classIndex]?.[countAt(used, classIndex)];
    return operation !== undefined && operation.calledAt <= moment ? operation : null;
  }

  /** How many were called by then. */
  calledBy(moment: number): number {
    let low = 0;
    let high = this.#calls.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (present(this.#calls[middle], "a call in range") <= moment) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export function withOneMore(used: Used, classIndex: number): Used {
  return used.with(classIndex, countAt(used, classIndex) + 1);
}

/** Whoever used no more of any class can still do all that the other can. */
export function usesNoMore(a: Used, b: Used): boolean {
  if (a === b) return true;
  for (let i = 0; i < a.length; i++) if (countAt(a, i) > countAt(b, i)) return false;
  return true;
}

function countAt(used: Used, classIndex: number): number {
  return used[classIndex] as number;
}
