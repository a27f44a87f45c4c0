// Histories of a store that is right: every operation takes effect at one moment between its call and its return, those
// with an unknown outcome at some later moment or never. And ways to spoil them, of which some leave them right.
import type { Random } from "../../../core/base/random.ts";
import type { KvHistory, KvInput, KvOperation, KvOutput } from "../../../core/linearizability/kv-operations.ts";
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
  let store: Store = new Map();
  const history: KvOperation[] = [];
  for (const [position, plan] of planned(random, shape).entries()) {
    const input = randomInput(random, shape, { store, uniqueValue: `${position};` });
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
  const value = shape.values === Infinity ? uniqueValue : random.pick(["a", "b", "ab", "é", ""].slice(0, shape.values));
  return { kind, key, value, ...guard };
}

function asRecorded(random: Random, answer: KvOutput, shape: HistoryShape): KvOutput {
  if (random.chance(shape.versionShare)) return answer;
  if (answer.kind === "found") return { kind: "found", value: answer.value };
  if (answer.kind === "written")
    return random.chance(0.5) && answer.length !== undefined ? { kind: "written", length: answer.length } : { kind: "written" };
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
