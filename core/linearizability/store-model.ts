// The whole store. A part of a history without transactions is about one key, and is left to the model of one key with all
// that it knows; where transactions join keys, their states are searched together.
import { assert } from "../base/assert.ts";
import { KV_MODEL } from "./kv-model.ts";
import type { KvHistory, KvInput, KvOperation, KvOutput } from "./kv-operations.ts";
import { describeKvInput, describeKvOutput, describeKvState } from "./kv/description.ts";
import { ABSENT, agrees, apply, inputKey, versionNeededBy } from "./kv/specification.ts";
import type { Answer, KvState } from "./kv/specification.ts";
import { ALL_IS_SEEN, seenIn } from "./kv/visibility.ts";
import type { KvVisibility } from "./kv/visibility.ts";
import type { Model } from "./model.ts";
import type { StoreComparison, StoreHistory, StoreInput, StoreOutput, StoreTransaction } from "./store-operations.ts";

/** Keys that are absent are not in the map. The state of one key alone, where that is what the model is about. */
export type StoreState = ReadonlyMap<string, KvState> | KvState;
type Keys = ReadonlyMap<string, KvState>;
type Seen = (key: string) => KvVisibility;

export const STORE_MODEL: Model<StoreState, StoreInput, StoreOutput> = {
  ...modelOfSeveral(() => ALL_IS_SEEN, { deletes: new Set(), changesMax: Number.MAX_SAFE_INTEGER }),
  focus(partition) {
    if (isOfOneKey(partition)) return (KV_MODEL.focus?.(partition) ?? KV_MODEL) as unknown as typeof STORE_MODEL;
    return modelOfSeveral(seenOfEachKey(partition), limitsIn(partition));
  },
};

function isOfOneKey(partition: StoreHistory): partition is KvHistory {
  return partition.every(({ input }) => input.kind !== "txn");
}

function modelOfSeveral(seen: Seen, limits: UnknownLimits): Model<StoreState, StoreInput, StoreOutput> {
  return {
    keys: keysOf,
    initial: new Map<string, KvState>(),
    step(state, input, output) {
      const before = keysIn(state);
      const { after, answer } = input.kind === "txn" ? transact(before, input, seen) : single(before, input, seen);
      return output === null || isAnswer(answer, output) ? after : null;
    },
    stateKey: (state) => JSON.stringify([...keysIn(state)].sort(([a], [b]) => (a < b ? -1 : 1))),
    canReach(state, { input, outcome: { output } }, unknownLeft) {
      const before = keysIn(state);
      const needed = versionsNeededBy(input, output);
      let isSettled = needed.size === keysOf(input).length;
      for (const [key, version] of needed) {
        const ahead = version - (before.get(key) ?? ABSENT).version;
        if (limits.deletes.has(key)) isSettled = false;
        else if (ahead < 0 || ahead > unknownLeft * limits.changesMax) return false;
        else if (ahead > 0) isSettled = false;
      }
      // No unknown operation on these keys may come in between, so they are as the operation finds them.
      if (!isSettled) return true;
      const { answer } = input.kind === "txn" ? transact(before, input, seen) : single(before, input, seen);
      return isAnswer(answer, output);
    },
    isRead: (input) => partsOf(input).every(({ kind }) => kind === "get"),
    inputKey: (input) => (input.kind === "txn" ? JSON.stringify(input) : JSON.stringify([input.key, inputKey(input, seen(input.key))])),
    describeInput: (input) => (input.kind === "txn" ? describeTransaction(input) : describeKvInput(input)),
    describeOutput,
    describeState: (state) =>
      [...keysIn(state)].map(([key, each]) => `${key}: ${describeKvState(each)}`).join(", ") || describeKvState(ABSENT),
  };
}

function keysIn(state: StoreState): Keys {
  assert("get" in state, "this model is about several keys");
  return state;
}

function keysOf(input: StoreInput): readonly string[] {
  if (input.kind !== "txn") return [input.key];
  return [...new Set([...input.compare, ...partsOf(input)].map(({ key }) => key))];
}

function partsOf(input: StoreInput): readonly KvInput[] {
  return input.kind === "txn" ? [...input.then, ...input.else] : [input];
}

type TransactionAnswer =
  | { readonly kind: "transacted"; readonly succeeded: boolean; readonly results: readonly Answer[] }
  | { readonly kind: "aborted"; readonly succeeded: boolean; readonly operation: number; readonly reason: Answer };

/** The very states that were given, if nothing has changed. */
type Applied<A> = { readonly after: Keys; readonly answer: A };

function single(before: Keys, input: KvInput, seen: Seen): Applied<Answer> {
  const old = before.get(input.key) ?? ABSENT;
  const { state, answer } = apply(old, input, seen(input.key));
  if (state === old) return { after: before, answer };
  const after = new Map(before);
  if (state.version === 0) after.delete(input.key);
  else after.set(input.key, state);
  return { after, answer };
}

const FAILURES: readonly KvOutput["kind"][] = ["versionMismatch", "notAnInteger", "overflow"];

function transact(before: Keys, transaction: StoreTransaction, seen: Seen): Applied<TransactionAnswer> {
  const succeeded = transaction.compare.every((comparison) => holds(before, comparison));
  const results: Answer[] = [];
  let keys = before;
  for (const input of succeeded ? transaction.then : transaction.else) {
    const { after, answer } = single(keys, input, seen);
    if (FAILURES.includes(answer.kind)) {
      return { after: before, answer: { kind: "aborted", succeeded, operation: results.length, reason: answer } };
    }
    results.push(answer);
    keys = after;
  }
  return { after: keys, answer: { kind: "transacted", succeeded, results } };
}

function holds(keys: Keys, { key, version, value }: StoreComparison): boolean {
  const state = keys.get(key) ?? ABSENT;
  return (version === undefined || version === state.version) && (value === undefined || (state.version > 0 && value === state.value));
}

function isAnswer(answer: Answer | TransactionAnswer, output: StoreOutput): boolean {
  if (answer.kind === "transacted") {
    if (output.kind !== "transacted" || output.succeeded !== answer.succeeded) return false;
    return output.results.length === answer.results.length && output.results.every((each, i) => agrees(answer.results[i] as Answer, each));
  }
  if (answer.kind === "aborted") {
    if (output.kind !== "aborted" || output.succeeded !== answer.succeeded) return false;
    return output.operation === answer.operation && agrees(answer.reason, output.reason);
  }
  return output.kind !== "transacted" && output.kind !== "aborted" && agrees(answer, output);
}

/** What operations of unknown outcome can do. */
type UnknownLimits = {
  /** Keys whose version they could set back. */
  readonly deletes: ReadonlySet<string>;
  /** How often one of them can change one key. */
  readonly changesMax: number;
};

function limitsIn(partition: StoreHistory): UnknownLimits {
  const unknown = partition.filter(({ outcome }) => outcome.kind === "unknown").map(({ input }) => partsOf(input));
  const deletes = unknown.flat().filter(({ kind }) => kind === "delete");
  return { deletes: new Set(deletes.map(({ key }) => key)), changesMax: Math.max(0, ...unknown.map(({ length }) => length)) };
}

/** The versions that keys must have for this output, where the output tells. */
function versionsNeededBy(input: StoreInput, output: StoreOutput): ReadonlyMap<string, number> {
  const needed = new Map<string, number>();
  const note = (key: string, version: number | undefined): void => {
    if (version !== undefined && !needed.has(key)) needed.set(key, version);
  };
  if (output.kind !== "transacted" && output.kind !== "aborted") {
    if (input.kind !== "txn") note(input.key, versionNeededBy(input, output));
    return needed;
  }
  if (input.kind !== "txn") return needed;
  if (output.succeeded) for (const { key, version } of input.compare) note(key, version);
  const branch = output.succeeded ? input.then : input.else;
  const before = new Set<string>();
  branch.forEach((part, i) => {
    const result = output.kind === "transacted" ? output.results[i] : i === output.operation ? output.reason : undefined;
    // A later part finds what earlier ones left.
    if (result !== undefined && !before.has(part.key)) note(part.key, versionNeededBy(part, result));
    before.add(part.key);
  });
  return needed;
}

/** What is seen of each key, by operations on it alone and by the parts of transactions. */
function seenOfEachKey(partition: StoreHistory): Seen {
  const histories = new Map<string, KvOperation[]>();
  const add = (operation: KvOperation): void => {
    const { key } = operation.input;
    const history = histories.get(key);
    if (history === undefined) histories.set(key, [operation]);
    else history.push(operation);
  };
  for (const operation of partition) {
    for (const each of alone(operation)) add(each);
  }
  const seen = new Map([...histories].map(([key, history]) => [key, seenIn(history)]));
  return (key) => seen.get(key) ?? ALL_IS_SEEN;
}

/** Operations on one key that show as much as this one does. They need not have happened so. */
function alone({ client, calledAt, input, outcome }: StoreHistory[number]): readonly KvOperation[] {
  if (input.kind !== "txn") return [{ client, calledAt, input, outcome: outcome as KvOperation["outcome"] }];
  const unknown = partsOf(input).map((part): KvOperation => ({ client, calledAt, input: part, outcome: { kind: "unknown" } }));
  const told = (part: KvInput, output: KvOutput): KvOperation => ({
    ...{ client, calledAt, input: part },
    outcome: { kind: "done", returnedAt: calledAt, output },
  });
  const compared = input.compare.map(({ key, version, value }) => {
    const read = { kind: "found", value: value ?? "" } as const;
    return told({ kind: "get", key }, version === undefined ? read : { ...read, version });
  });
  return [...unknown, ...compared, ...answersIn(input, outcome).map(([part, output]) => told(part, output))];
}

function answersIn(input: StoreTransaction, outcome: StoreHistory[number]["outcome"]): readonly (readonly [KvInput, KvOutput])[] {
  if (outcome.kind !== "done") return [];
  const { output } = outcome;
  if (output.kind !== "transacted" && output.kind !== "aborted") return [];
  const branch = output.succeeded ? input.then : input.else;
  const results = output.kind === "transacted" ? output.results : [output.reason];
  const first = output.kind === "transacted" ? 0 : output.operation;
  return results.flatMap((result, i) => {
    const part = branch[first + i];
    return part === undefined ? [] : [[part, result] as const];
  });
}

function describeTransaction({ compare, then, else: otherwise }: StoreTransaction): string {
  const conditions = compare.map(({ key, version, value }) =>
    [key, version === undefined ? "" : `v${version}`, value === undefined ? "" : JSON.stringify(value)]
      .filter((part) => part !== "")
      .join(" "),
  );
  const parts = (inputs: readonly KvInput[]): string =>
    inputs.map((input) => `${input.key} ${describeKvInput(input)}`).join("; ") || "nothing";
  const condition = conditions.length === 0 ? "" : `if ${conditions.join(" and ")}: `;
  return `${condition}${parts(then)}${otherwise.length === 0 ? "" : ` else: ${parts(otherwise)}`}`;
}

function describeOutput(output: StoreOutput): string {
  if (output.kind === "aborted") return `nothing, as ${output.operation + 1} would be ${describeKvOutput(output.reason)}`;
  if (output.kind !== "transacted") return describeKvOutput(output);
  return `${output.succeeded ? "then" : "else"}: ${output.results.map(describeKvOutput).join("; ") || "nothing"}`;
}
