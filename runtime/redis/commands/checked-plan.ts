// The plan of a command, if all of it can be done: operations are done one after the other, and one that turned out to be impossible
// would leave the others done, or all of a transaction undone.
import type { KvOperation } from "../../../core/kv/commands.ts";
import { KEY_BYTES_MAX, OPERATIONS_MAX, VALUE_BYTES_MAX } from "../../../core/kv/limits.ts";
import { VALUE_TOO_LARGE } from "../error-texts.ts";
import type { Arguments, DataCommand, ErrorText, Plan } from "./command.ts";

/** A text is the error that is answered, and nothing is done. */
export function checkedPlan(command: DataCommand, args: Arguments): Plan | ErrorText {
  const plan = command.plan(args);
  if (typeof plan === "string") return plan;
  if (plan.operations.length > OPERATIONS_MAX) return `ERR a command has at most ${OPERATIONS_MAX} operations`;
  for (const operation of plan.operations) {
    const why = whyImpossible(operation);
    if (why !== null) return why;
  }
  return plan;
}

function whyImpossible(operation: KvOperation): ErrorText | null {
  const why = whyNoKey(operation.key) ?? (operation.kind === "rename" ? whyNoKey(operation.to) : null);
  if (why !== null) return why;
  return operation.kind === "put" && operation.value.length > VALUE_BYTES_MAX ? VALUE_TOO_LARGE : null;
}

function whyNoKey({ length }: Uint8Array): ErrorText | null {
  return length === 0 || length > KEY_BYTES_MAX ? `ERR a key has 1 to ${KEY_BYTES_MAX} bytes, not ${length}` : null;
}
