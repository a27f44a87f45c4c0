// Writes a history down while it happens. The recorder numbers calls and returns itself, so that the order in which
// they were reported is the real-time order, without a clock and without two events at one moment.
import { assert } from "../base/assert.ts";
import type { History, Operation, OperationOutcome } from "./history.ts";

/** One call whose outcome has not been reported yet. */
export type OpenCall = { readonly position: number };

export class HistoryRecorder<Input, Output> {
  readonly #operations: Operation<Input, Output>[] = [];
  #moment = 0;

  /** Report the call before the request leaves. Until an outcome is reported, it is unknown. */
  called(client: string, input: Input): OpenCall {
    const position = this.#operations.length;
    this.#operations.push({ client, calledAt: ++this.#moment, input, outcome: { kind: "unknown" } });
    return { position };
  }

  /** Report the answer after it arrived. */
  done(call: OpenCall, output: Output): void {
    this.#close(call, { kind: "done", returnedAt: ++this.#moment, output });
  }

  refused(call: OpenCall, why?: string): void {
    this.#close(call, { kind: "refused", returnedAt: ++this.#moment, ...(why === undefined ? {} : { why }) });
  }

  history(): History<Input, Output> {
    return [...this.#operations];
  }

  get size(): number {
    return this.#operations.length;
  }

  #close(call: OpenCall, outcome: OperationOutcome<Output>): void {
    const operation = this.#operations[call.position];
    assert(operation?.outcome.kind === "unknown", "an operation returns once");
    this.#operations[call.position] = { ...operation, outcome };
  }
}
