// The sequential specification of the key/value store, one key at a time: a version is 1 when the key is created and
// rises by one with every change; deletion ends it, and the next creation begins at 1 again.
import { utf8 } from "../base/bytes.ts";
import type { DoneOperation } from "./history.ts";
import { describeKvInput, describeKvOutput, describeKvState } from "./kv/description.ts";
import type { KvInput, KvOutput } from "./kv-operations.ts";
import { ALL_IS_SEEN, seenIn } from "./kv/visibility.ts";
import type { KvVisibility } from "./kv/visibility.ts";
import type { Model } from "./model.ts";

export type KvState = {
  /** 0: the key is absent. Where versions are not seen, 1 for every key that exists. */
  readonly version: number;
  /** Null stands for every value that no read begins with. */
  readonly value: string | null;
  /** In bytes; 0 where lengths are not seen. */
  readonly length: number;
};

/** What the store would answer, in full. */
type Answer = {
  readonly kind: KvOutput["kind"];
  readonly value?: string | null;
  readonly version?: number;
  readonly length?: number;
  readonly deleted?: boolean;
};

type Write = Extract<KvInput, { readonly kind: "put" | "append" }>;

const ABSENT: KvState = { version: 0, value: null, length: 0 };

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
      const needed = versionNeededBy(operation);
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

function apply(state: KvState, input: KvInput, seen: KvVisibility): { readonly state: KvState; readonly answer: Answer } {
  const { version, value } = state;
  if (input.kind === "get") return { state, answer: version === 0 ? { kind: "absent" } : { kind: "found", value, version } };
  if (input.ifVersion !== undefined && input.ifVersion !== version) return { state, answer: { kind: "versionMismatch", version } };
  if (input.kind === "delete") return { state: ABSENT, answer: { kind: "deleted", deleted: version > 0 } };
  const next = written(state, input, seen);
  return { state: next, answer: { kind: "written", version: next.version, length: next.length } };
}

function written(state: KvState, input: Write, seen: KvVisibility): KvState {
  const isAppended = input.kind === "append" && state.version > 0;
  const value = isAppended ? joined(state.value, input.value) : input.value;
  return {
    version: seen.versions ? state.version + 1 : 1,
    value: value !== null && seen.startsSomeRead(value) ? value : null,
    length: seen.lengths ? utf8(input.value).length + (isAppended ? state.length : 0) : 0,
  };
}

function joined(value: string | null, more: string): string | null {
  return value === null ? null : value + more;
}

function agrees(answer: Answer, recorded: Answer): boolean {
  return (
    answer.kind === recorded.kind &&
    (recorded.value === undefined || recorded.value === answer.value) &&
    (recorded.version === undefined || recorded.version === answer.version) &&
    (recorded.length === undefined || recorded.length === answer.length) &&
    (recorded.deleted === undefined || recorded.deleted === answer.deleted)
  );
}

function inputKey(input: KvInput, seen: KvVisibility): string {
  if (input.kind === "get") return "get";
  const kind = `${input.kind}?${input.ifVersion ?? ""}`;
  if (input.kind === "delete") return kind;
  const canBeSeen = input.kind === "put" ? seen.startsSomeRead(input.value) : seen.isPartOfSomeRead(input.value);
  return canBeSeen ? `${kind}=${input.value}` : `${kind}#${seen.lengths ? utf8(input.value).length : ""}`;
}

/** The version that the key must have for the operation to give its output, if the output tells. */
function versionNeededBy({ input, outcome: { output } }: DoneOperation<KvInput, KvOutput>): number | undefined {
  switch (output.kind) {
    case "found":
    case "versionMismatch":
      return output.version;
    case "absent":
      return 0;
    case "written":
      return output.version === undefined ? guardOf(input) : output.version - 1;
    case "deleted":
      return output.deleted ? guardOf(input) : 0;
  }
}

function guardOf(input: KvInput): number | undefined {
  return input.kind === "get" ? undefined : input.ifVersion;
}
