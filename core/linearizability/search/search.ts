// Looks for a linearization of one partition: Wing and Gong's depth-first search with Lowe's memory of visited places.
// Beyond that, unknown operations are placed only where no answered one leads on, in the shortest runs that help one;
// a place counts as visited if it was reached with fewer unknown operations; what fits and changes nothing is placed at
// once; and no state is left that can't come back while somebody still has to read it. ../README.md says why each is safe.
import { present } from "../../base/assert.ts";
import { EventList } from "./event-list.ts";
import type { EventNode } from "./event-list.ts";
import { isDone } from "../history.ts";
import type { DoneOperation, History, Operation } from "../history.ts";
import type { Model } from "../model.ts";
import type { StepBudget } from "./step-budget.ts";
import { Stretches } from "./stretches.ts";
import { UnknownPool, withOneMore } from "./unknown-pool.ts";
import type { Used } from "./unknown-pool.ts";
import { nameOfLinearized, Visited } from "./visited.ts";

export type SearchResult<Input, Output> =
  /** Each order holds every answered operation, and the unknown ones that it needs. */
  | { readonly kind: "found"; readonly orders: readonly [History<Input, Output>, ...History<Input, Output>[]] }
  | { readonly kind: "none" }
  | { readonly kind: "outOfBudget" };

/** What was linearized so far, last first; shared between all orders that begin alike. */
type Path<Input, Output> = { readonly operation: Operation<Input, Output>; readonly before: Path<Input, Output> } | null;

/** A state that can be reached without a further answered operation. */
type Place<State, Input, Output> = { readonly state: State; readonly used: Used; readonly path: Path<Input, Output> };

/** An answered operation that fits, and the state after it. */
type Move<State, Input, Output> = { readonly call: EventNode<Input, Output>; readonly state: State };

/** One level of the search: a set of answered operations is linearized, and the next one is wanted. */
type Level<State, Input, Output> = {
  /** How the level was entered, followed by runs of unknown operations from there, shortest first. */
  readonly places: Place<State, Input, Output>[];
  placeIndex: number;
  /** What is left to try in the current place, the first to try last; null before it was looked at. */
  moves: Move<State, Input, Output>[] | null;
  /** The one move of the current place can't be wrong: if it leads nowhere, nothing does. */
  isForced: boolean;
  /** The call whose linearization led here; null at the root. */
  readonly entered: EventNode<Input, Output> | null;
  /** Highest position that is linearized. */
  readonly last: number;
};

export class Search<State, Input, Output> {
  readonly #model: Model<State, Input, Output>;
  readonly #budget: StepBudget;
  readonly #events: EventList<Input, Output>;
  readonly #unknown: UnknownPool<Input, Output>;
  readonly #stretches: Stretches<State, Input, Output>;
  readonly #visited = new Visited();
  readonly #levels: Level<State, Input, Output>[] = [];
  /** By the state that they end in. */
  readonly #found = new Map<string, History<Input, Output>>();

  constructor(operations: History<Input, Output>, model: Model<State, Input, Output>, budget: StepBudget) {
    this.#model = model;
    this.#budget = budget;
    const answered = operations.filter(isDone).sort((a, b) => a.calledAt - b.calledAt);
    this.#events = new EventList(answered);
    const mayMatter = operations.filter((operation) => operation.outcome.kind === "unknown" && !model.isRead(operation.input));
    this.#unknown = new UnknownPool(mayMatter, (input) => model.inputKey(input));
    this.#stretches = new Stretches([...answered, ...mayMatter], model);
  }

  /** Stops after so many orders; all of them end in different states. */
  run(ordersMax = 1): SearchResult<Input, Output> {
    if (this.#events.isEmpty) return { kind: "found", orders: [[]] };
    this.#enter({ state: this.#model.initial, used: this.#unknown.noneUsed, path: null }, null);
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      this.#goOn(level);
      if (this.#budget.isSpent || this.#found.size >= ordersMax) break;
    }
    const [first, ...others] = this.#found.values();
    if (first !== undefined) return { kind: "found", orders: [first, ...others] };
    return this.#budget.isSpent ? { kind: "outOfBudget" } : { kind: "none" };
  }

  /** One move forward or back. */
  #goOn(level: Level<State, Input, Output>): void {
    const place = level.places[level.placeIndex];
    if (place === undefined) return this.#retreat(level);
    level.moves ??= this.#movesFrom(level, place);
    const move = level.moves.pop();
    if (move !== undefined) return this.#linearize(move, place);
    if (!level.isForced) this.#extendWithUnknown(level, place);
    level.placeIndex++;
    level.moves = null;
    level.isForced = false;
  }

  #movesFrom(level: Level<State, Input, Output>, place: Place<State, Input, Output>): Move<State, Input, Output>[] {
    const moves: Move<State, Input, Output>[] = [];
    for (let call = this.#events.first; call.kind === "call"; call = call.after) {
      const operation = operationOf(call);
      this.#budget.spend(1);
      const state = this.#model.step(place.state, operation.input, operation.outcome.output);
      if (state === null || !this.#stretches.allows(operation, place.state, state)) continue;
      // Without effect here means without effect later: every order in which it comes later holds with it here instead.
      level.isForced = state === place.state;
      if (level.isForced) return [{ call, state }];
      moves.push({ call, state });
    }
    return moves.reverse();
  }

  #linearize({ call, state }: Move<State, Input, Output>, place: Place<State, Input, Output>): void {
    const path = { operation: operationOf(call), before: place.path };
    this.#take(call);
    if (!this.#events.isEmpty) return this.#enter({ state, used: place.used, path }, call);
    const stateKey = this.#model.stateKey(state);
    if (!this.#found.has(stateKey)) this.#found.set(stateKey, orderOf(path));
    this.#putBack(call);
  }

  #enter(place: Place<State, Input, Output>, entered: EventNode<Input, Output> | null): void {
    const last = Math.max(entered?.position ?? -1, this.#levels.at(-1)?.last ?? -1);
    if (this.#isNew(place, last)) this.#levels.push({ places: [place], placeIndex: 0, moves: null, isForced: false, entered, last });
    else if (entered !== null) this.#putBack(entered);
  }

  #retreat(level: Level<State, Input, Output>): void {
    this.#levels.pop();
    if (level.entered !== null) this.#putBack(level.entered);
  }

  /** Adds every state that one more unknown operation leads to, if an answered operation can come of it. */
  #extendWithUnknown(level: Level<State, Input, Output>, place: Place<State, Input, Output>): void {
    const barrier = operationOf(this.#events.barrier).outcome.returnedAt;
    for (let classIndex = 0; classIndex < this.#unknown.classCount; classIndex++) {
      const operation = this.#unknown.next(classIndex, place.used, barrier);
      if (operation === null) continue;
      this.#budget.spend(1);
      const state = present(this.#model.step(place.state, operation.input, null), "an operation with an unknown output succeeds");
      if (state === place.state || !this.#stretches.allows(operation, place.state, state)) continue;
      const next = { state, used: withOneMore(place.used, classIndex), path: { operation, before: place.path } };
      if (this.#helps(next, barrier) && this.#isNew(next, level.last)) level.places.push(next);
    }
  }

  #helps(place: Place<State, Input, Output>, barrier: number): boolean {
    if (this.#model.canReach === undefined) return true;
    const unknownLeft = this.#unknown.calledBy(barrier) - place.used.reduce((sum, count) => sum + count, 0);
    for (let call = this.#events.first; call.kind === "call"; call = call.after) {
      this.#budget.spend(1);
      if (this.#model.canReach(place.state, operationOf(call), unknownLeft)) return true;
    }
    return false;
  }

  #isNew(place: Place<State, Input, Output>, last: number): boolean {
    const name = `${nameOfLinearized(this.#events.first, last)}|${this.#model.stateKey(place.state)}`;
    const { isNew, steps } = this.#visited.add(name, place.used);
    this.#budget.spend(steps);
    return isNew;
  }

  #take(call: EventNode<Input, Output>): void {
    this.#events.lift(call);
    this.#stretches.placed(operationOf(call));
  }

  #putBack(call: EventNode<Input, Output>): void {
    this.#events.putBack(call);
    this.#stretches.takenBack(operationOf(call));
  }
}

function operationOf<Input, Output>(event: EventNode<Input, Output>): DoneOperation<Input, Output> {
  return present(event.operation, "the operation of an event");
}

function orderOf<Input, Output>(path: Path<Input, Output>): History<Input, Output> {
  const order: Operation<Input, Output>[] = [];
  for (let step = path; step !== null; step = step.before) order.push(step.operation);
  return order.reverse();
}
