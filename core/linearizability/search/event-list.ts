// Calls and returns of the operations that are not yet linearized, in order of time, as a doubly linked list (Wing and
// Gong 1993). Lifting an operation out and putting it back are constant time, as long as the last one out is the
// first one back.
import { present } from "../../base/assert.ts";
import type { DoneOperation } from "../history.ts";

export type EventNode<Input, Output> = {
  readonly kind: "start" | "call" | "return" | "end";
  /** Position among the operations in order of their calls. */
  readonly position: number;
  readonly operation: DoneOperation<Input, Output> | null;
  before: EventNode<Input, Output>;
  after: EventNode<Input, Output>;
  /** Of a call, its return. */
  match: EventNode<Input, Output>;
};

export class EventList<Input, Output> {
  readonly #start: EventNode<Input, Output> = node("start", 0, null);
  readonly #end: EventNode<Input, Output> = node("end", 0, null);

  constructor(operations: readonly DoneOperation<Input, Output>[]) {
    link(this.#start, this.#end);
    for (const event of eventsInOrder(operations)) {
      link(this.#end.before, event);
      link(event, this.#end);
    }
  }

  get isEmpty(): boolean {
    return this.#start.after === this.#end;
  }

  /** The first of the calls up to the first return: what may be linearized next. Follow `after` while it is a call. */
  get first(): EventNode<Input, Output> {
    return this.#start.after;
  }

  /** The first return: everything that follows it in time has to wait until its operation is linearized. */
  get barrier(): EventNode<Input, Output> {
    let event = this.first;
    while (event.kind === "call") event = event.after;
    return event;
  }

  lift(call: EventNode<Input, Output>): void {
    link(call.before, call.after);
    link(call.match.before, call.match.after);
  }

  putBack(call: EventNode<Input, Output>): void {
    call.match.before.after = call.match;
    call.match.after.before = call.match;
    call.before.after = call;
    call.after.before = call;
  }
}

function eventsInOrder<Input, Output>(operations: readonly DoneOperation<Input, Output>[]): EventNode<Input, Output>[] {
  const events: EventNode<Input, Output>[] = [];
  for (const [position, operation] of operations.entries()) {
    const call = node("call", position, operation);
    call.match = node("return", position, operation);
    events.push(call, call.match);
  }
  // At one moment calls come first: who overlaps in a single moment overlaps.
  return events.sort((a, b) => timeOf(a) - timeOf(b) || Number(a.kind === "return") - Number(b.kind === "return"));
}

function timeOf(event: EventNode<unknown, unknown>): number {
  const operation = present(event.operation, "an event's operation");
  return event.kind === "call" ? operation.calledAt : operation.outcome.returnedAt;
}

function node<Input, Output>(
  kind: EventNode<Input, Output>["kind"],
  position: number,
  operation: DoneOperation<Input, Output> | null,
): EventNode<Input, Output> {
  const self = { kind, position, operation } as EventNode<Input, Output>;
  self.before = self;
  self.after = self;
  self.match = self;
  return self;
}

function link<Input, Output>(before: EventNode<Input, Output>, after: EventNode<Input, Output>): void {
  before.after = after;
  after.before = before;
}
