// What the checker has to know about the thing that is checked: a sequential specification, and a few hints that only
// save work. A wrong hint would make a good history look bad or the other way round, so each says what it promises.
import type { DoneOperation, History, Operation } from "./history.ts";

export interface Model<State, Input, Output> {
  /** The objects that an operation touches, at least one. Objects that no operation joins are checked apart. */
  keys(input: Input): readonly string[];
  readonly initial: State;
  /**
   * The state after the operation, or null if it could not have given this output. A null output is one that nobody
   * saw: then the operation always succeeds. To return the very state that was given promises that the operation is
   * without effect wherever it gives this output; with a null output, without effect here.
   */
  step(state: State, input: Input, output: Output | null): State | null;
  /** Promise: equal only for states that no sequence of operations can tell apart. */
  stateKey(state: State): string;
  /** Promise: such an operation never changes the state. Unknown ones are dropped. */
  isRead(input: Input): boolean;
  /** Promise: unknown operations with equal keys can stand for each other in every linearization. */
  inputKey(input: Input): string;
  /**
   * Promise: false only if no sequence of up to `unknownLeft` unknown operations leads from this state to one where
   * the operation gives its output. Without it every sequence is tried.
   */
  canReach?(state: State, operation: DoneOperation<Input, Output>, unknownLeft: number): boolean;
  /**
   * Promise: once a state with one of these names is followed by one with another or none, the name never comes back.
   * Null: nothing is known of this state.
   */
  stretchOf?(state: State): string | null;
  /**
   * Promise: the operation has no place in any linearization but in a state with this name; and if its outcome is
   * unknown, it has a place in every linearization, and ends the stretch.
   */
  stretchSeenBy?(operation: Operation<Input, Output>): string | null;
  /** The same model for one partition, which may forget what no output in it shows. */
  focus?(partition: History<Input, Output>): Model<State, Input, Output>;
  describeInput(input: Input): string;
  describeOutput(output: Output): string;
  describeState(state: State): string;
}
