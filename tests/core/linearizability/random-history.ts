// Histories of a store that is right: every operation takes effect at one moment between its call and its return, those
// with an unknown outcome at some later moment or never. And ways to spoil them, of which some leave them right.
import type { Random } from "../../../core/base/random.ts";
import type { KvHistory, KvInput, KvOperation, KvOutput } from "../../../core/linearizability/kv-operations.ts";
import type { StoreHistory, StoreInput, StoreOperation, StoreOutput } from "../../../core/linearizability/store-operations.ts";
import { runOnStore } from "./brute-force.ts";
import type { Store } from "./brute-force.ts";

export type HistoryShape = {
  readonly clients: number;
  readonly operations: number;
  readonly keys: number;
  readonly unknownShare: number;
  readonly refusedShare: number;
  /** Small numbers make values that several writes wrote. */
  readonly values: number;
  readonly guardShare: number;
  /** The share of versions and lengths that the client wrote down. */
  readonly versionShare: number;
  readonly kinds: readonly KvInput["kind"][];
  /** Times are whole numbers, so that many of them coincide. */
  readonly wholeTimes: boolean;
};

type Planned = { readonly client: string; readonly calledAt: number; readonly effectAt: number; readonly returnedAt: number };

export function randomHistory(random: Random, shape: HistoryShape): KvHistory {
  const inputs = (moment: Moment): KvInput => randomInput(random, shape, moment);
  return historyOf(random, shape, inputs) as KvHistory;
}

/** With transactions over several keys. */
export function randomStoreHistory(random: Random, shape: HistoryShape, transactionShare: number): StoreHistory {
  return historyOf(random, shape, (moment) =>
    random.chance(transactionShare) ? randomTransaction(random, shape, moment) : randomInput(random, shape, moment),
  );
}

function randomTransaction(random: Random, shape: HistoryShape, moment: Moment): StoreInput {
  const parts = (least: number): KvInput[] =>
    Array.from({ length: random.between(least, 2) }, (_, i) =>
      randomInput(random, shape, { ...moment, uniqueValue: `${i}${moment.uniqueValue}` }),
    );
  const key = `k${random.between(1, shape.keys)}`;
  const held = moment.store.get(key);
  const compare = random.pick([
    [],
    [{ key, version: random.chance(0.7) ? (held?.version ?? 0) : random.between(0, 3) }],
    [{ key, value: random.chance(0.7) ? (held?.value ?? "") : "a" }],
  ]);
  return { kind: "txn", compare, then: parts(1), else: random.chance(0.5) ? [] : parts(0) };
}

function historyOf(random: Random, shape: HistoryShape, inputOf: (moment: Moment) => StoreInput): StoreHistory {
  let store: Store = new Map();
  const history: StoreOperation[] = [];
  for (const [position, plan] of planned(random, shape).entries()) {
    const input = inputOf({ store, uniqueValue: `${position};` });
    const { client, calledAt, returnedAt } = plan;
    if (plan.effectAt === Infinity) {
      const outcome = random.chance(shape.refusedShare) ? ({ kind: "refused", returnedAt } as const) : ({ kind: "unknown" } as const);
      history.push({ client, calledAt, input, outcome });
      continue;
    }
    const { after, answer } = runOnStore(store, input);
    store = after;
    const outcome =
      returnedAt === Infinity
        ? ({ kind: "unknown" } as const)
        : ({ kind: "done", returnedAt, output: asRecorded(random, answer, shape) } as const);
    history.push({ client, calledAt, input, outcome });
  }
  return history;
}

/** In the order in which they take effect. */
function planned(random: Random, shape: HistoryShape): Planned[] {
  const plans: Planned[] = [];
  const round = (time: number): number => (shape.wholeTimes ? Math.round(time) : time);
  const clocks = Array.from({ length: shape.clients }, () => random.fraction() * 3);
  for (let i = 0; i < shape.operations; i++) {
    const client = i % shape.clients;
    const calledAt = (clocks[client] ?? 0) + random.fraction() * 2;
    const effectAt = calledAt + random.fraction() * (random.chance(0.05) ? 20 : 3);
    const returnedAt = effectAt + random.fraction() * 2;
    clocks[client] = returnedAt;
    const name = `c${client + 1}`;
    const isUnknown = random.chance(shape.unknownShare);
    const effectOfUnknown = random.pick([effectAt, effectAt + random.fraction() * 30, Infinity]);
    plans.push(
      isUnknown
        ? {
            client: name,
            calledAt: round(calledAt),
            effectAt: effectOfUnknown,
            returnedAt: effectOfUnknown === Infinity ? round(returnedAt) : Infinity,
          }
        : { client: name, calledAt: round(calledAt), effectAt, returnedAt: round(returnedAt) },
    );
  }
  return plans.sort((a, b) => a.effectAt - b.effectAt);
}

type Moment = { readonly store: Store; readonly uniqueValue: string };

function randomInput(random: Random, shape: HistoryShape, { store, uniqueValue }: Moment): KvInput {
  const key = `k${random.between(1, shape.keys)}`;
  const kind = random.pick(shape.kinds);
  if (kind === "get") return { kind, key };
  const version = store.get(key)?.version ?? 0;
  const guard = random.chance(shape.guardShare) ? { ifVersion: random.chance(0.7) ? version : random.between(0, 3) } : {};
  if (kind === "delete") return { kind, key, ...guard };
  if (kind === "increment") return { kind, key, by: String(random.between(-1, 2)), ...guard };
  const value = shape.values === Infinity ? uniqueValue : random.pick(["a", "b", "ab", "é", ""].slice(0, shape.values));
  return { kind, key, value, ...guard };
}

function asRecorded(random: Random, answer: StoreOutput, shape: HistoryShape): StoreOutput {
  if (answer.kind === "aborted") return answer;
  if (answer.kind !== "transacted") return asRecordedAlone(random, answer, shape);
  return { ...answer, results: answer.results.map((result) => asRecordedAlone(random, result, shape)) };
}

function asRecordedAlone(random: Random, answer: KvOutput, shape: HistoryShape): KvOutput {
  if (random.chance(shape.versionShare)) return answer;
  if (answer.kind === "found") return { kind: "found", value: answer.value };
  if (answer.kind === "written")
    return random.chance(0.5) && answer.length !== undefined ? { kind: "written", length: answer.length } : { kind: "written" };
  if (answer.kind === "incremented")
    return random.chance(0.5) ? { kind: "incremented" } : { kind: "incremented", value: answer.value ?? "" };
  return answer.kind === "versionMismatch" ? { kind: "versionMismatch" } : answer;
}

/** The history with some things changed; it may well be linearizable still. */
export function spoiled(random: Random, history: KvHistory): KvHistory {
  let changed = history;
  for (let times = random.between(2, 5); times > 0; times--) {
    const position = random.between(0, history.length - 1);
    const other = random.pick(history);
    changed = changed.map((operation, i) => (i === position ? random.pick(SPOILERS)(operation, other, random) : operation));
  }
  return changed;
}

/** One answer replaced by that of another operation of the same kind, or changed in one place. */
export function spoiledStore(random: Random, history: StoreHistory): StoreHistory {
  const position = random.between(0, history.length - 1);
  const donor = random.pick(history.filter(({ input }) => input.kind === history[position]?.input.kind));
  return history.map((operation, i) => {
    if (i !== position || operation.outcome.kind !== "done" || donor.outcome.kind !== "done") return operation;
    return {
      ...operation,
      outcome: { ...operation.outcome, output: spoiledOutput(random, operation.outcome.output, donor.outcome.output) },
    };
  });
}

function spoiledOutput(random: Random, output: StoreOutput, other: StoreOutput): StoreOutput {
  if (output.kind !== "transacted" || random.chance(0.4)) return other;
  if (random.chance(0.3) || output.results.length === 0) return { ...output, succeeded: !output.succeeded };
  const at = random.between(0, output.results.length - 1);
  const changed = (result: KvOutput): KvOutput =>
    result.kind === "found" ? { kind: "absent" } : "version" in result ? { ...result, version: (result.version ?? 0) + 1 } : result;
  return { ...output, results: output.results.map((result, i) => (i === at ? changed(result) : result)) };
}

/** The answer of one read replaced by the answer of a read that was about two thirds as far into the history. */
export function withStaleRead(history: KvHistory): KvHistory {
  const reads = history.filter(({ outcome }) => outcome.kind === "done" && outcome.output.kind === "found");
  const victim = reads[Math.floor(reads.length * 0.9)];
  const sameKey = reads.filter(({ input }) => input.key === victim?.input.key);
  const old = sameKey[Math.floor(sameKey.length * 0.6)];
  if (old?.outcome.kind !== "done") throw new Error("too few reads to spoil one");
  const { output } = old.outcome;
  return history.map((operation) => (operation === victim ? withOutput(operation, () => output) : operation));
}

type Spoiler = (operation: KvOperation, other: KvOperation, random: Random) => KvOperation;

const SPOILERS: readonly Spoiler[] = [
  /** Answers with what another operation was told. */
  (operation, other) =>
    other.outcome.kind === "done" ? withOutput(operation, () => (other.outcome as { output: KvOutput }).output) : operation,
  (operation, _, random) =>
    withOutput(operation, (output) =>
      "version" in output ? { ...output, version: (output.version ?? 0) + random.pick([-1, 1]) } : output,
    ),
  (operation) => withOutput(operation, (output) => ("length" in output ? { ...output, length: (output.length ?? 0) + 1 } : output)),
  (operation, other) =>
    withOutput(operation, (output) =>
      output.kind === "found" && "value" in other.input ? { ...output, value: other.input.value } : output,
    ),
  (operation) => withOutput(operation, (output) => (output.kind === "found" ? { ...output, value: output.value + output.value } : output)),
  (operation) => withOutput(operation, (output) => (output.kind === "found" ? { kind: "absent" } : output)),
  (operation) => withOutput(operation, (output) => (output.kind === "deleted" ? { ...output, deleted: !output.deleted } : output)),
  /** Says that it did not happen. */
  (operation) => ({ ...operation, outcome: { kind: "refused", returnedAt: operation.calledAt + 1 } }),
  /** Moves it in time. */
  (operation, other) => {
    const length = operation.outcome.kind === "unknown" ? 0 : operation.outcome.returnedAt - operation.calledAt;
    const calledAt = other.calledAt;
    return {
      ...operation,
      calledAt,
      outcome: operation.outcome.kind === "unknown" ? operation.outcome : { ...operation.outcome, returnedAt: calledAt + length },
    };
  },
  /** Pretends that the answer came at once. */
  (operation) => ({
    ...operation,
    outcome: operation.outcome.kind === "unknown" ? operation.outcome : { ...operation.outcome, returnedAt: operation.calledAt },
  }),
];

function withOutput(operation: KvOperation, change: (output: KvOutput) => KvOutput): KvOperation {
  if (operation.outcome.kind !== "done") return operation;
  return { ...operation, outcome: { ...operation.outcome, output: change(operation.outcome.output) } };
}
