// What clients saw: one record per operation, with the moment of its call, and of its return if it had one.
// Times only need to rise: two intervals that share a moment count as overlapping, so a coarse clock can hide a
// violation but never invents one.

export type Operation<Input, Output> = {
  readonly client: string;
  readonly calledAt: number;
  readonly input: Input;
  readonly outcome: OperationOutcome<Output>;
};

export type OperationOutcome<Output> =
  | { readonly kind: "done"; readonly returnedAt: number; readonly output: Output }
  /** May have taken effect at any moment after the call, may still do so, or never will. */
  | { readonly kind: "unknown" }
  /** Did not happen and will not. Kept for the picture, because a refusal that was a lie is seen nowhere else; and in whose words it was refused. */
  | { readonly kind: "refused"; readonly returnedAt: number; readonly why?: string };

export type History<Input, Output> = readonly Operation<Input, Output>[];

/** An operation whose answer is known and has to be explained. */
export type DoneOperation<Input, Output> = Operation<Input, Output> & {
  readonly outcome: { readonly kind: "done"; readonly returnedAt: number; readonly output: Output };
};

export function isDone<Input, Output>(operation: Operation<Input, Output>): operation is DoneOperation<Input, Output> {
  return operation.outcome.kind === "done";
}

/** When the operation was over; an unknown one never is. */
export function endOf(operation: Operation<unknown, unknown>): number {
  return operation.outcome.kind === "unknown" ? Infinity : operation.outcome.returnedAt;
}
