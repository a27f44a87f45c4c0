// The key/value store one key at a time: the specification is kv/specification.ts, and here is what saves work.
import { describeKvInput, describeKvOutput, describeKvState } from "./kv/description.ts";
import type { KvInput, KvOutput } from "./kv-operations.ts";
import { ABSENT, agrees, apply, inputKey, versionNeededBy } from "./kv/specification.ts";
import type { KvState } from "./kv/specification.ts";
import { ALL_IS_SEEN, seenIn } from "./kv/visibility.ts";
import type { KvVisibility } from "./kv/visibility.ts";
import type { Model } from "./model.ts";

export const KV_MODEL = kvModel(ALL_IS_SEEN);

function kvModel(seen: KvVisibility): Model<KvState, KvInput, KvOutput> {
  return {
    keys: (input) => [input.key],
    initial: ABSENT,
    step(state, input, output) {
      const change = apply(state, input, seen);
      return output === null || agrees(change.answer, output) ? change.state : null;
    },
    stateKey: ({ version, value, length }) => (value === null ? `${version}#${length}` : `${version}=${value}`),
    isRead: (input) => input.kind === "get",
    inputKey: (input) => inputKey(input, seen),
    canReach(state, operation, unknownLeft) {
      const needed = versionNeededBy(operation.input, operation.outcome.output);
      if (needed === undefined) return true;
      // Every unknown operation that has an effect raises the version by one, but for a delete, which ends it.
      if (seen.unknownDeletes && needed + 1 <= unknownLeft) return true;
      if (needed === state.version) return agrees(apply(state, operation.input, seen).answer, operation.outcome.output);
      return needed > state.version && needed - state.version <= unknownLeft;
    },
    stretchOf: ({ value }) => (value !== null && seen.lineage.isHeldOnce(value) ? value : null),
    stretchSeenBy: ({ input, outcome }) => {
      if (outcome.kind !== "done" || outcome.output.kind !== "found") return seen.lineage.heldBefore(input);
      return seen.lineage.isHeldOnce(outcome.output.value) ? outcome.output.value : null;
    },
    focus: (partition) => kvModel(seenIn(partition)),
    describeInput: describeKvInput,
    describeOutput: describeKvOutput,
    describeState: describeKvState,
  };
}
