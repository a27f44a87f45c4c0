import { Random } from "../../../core/base/random.ts";
import { checkHistory } from "../../../core/linearizability/checker.ts";
import type { Verdict } from "../../../core/linearizability/checker.ts";
import type { History } from "../../../core/linearizability/history.ts";
import { KV_MODEL } from "../../../core/linearizability/kv-model.ts";
import type { KvHistory, KvInput, KvOutput } from "../../../core/linearizability/kv-operations.ts";
import type { Model } from "../../../core/linearizability/model.ts";
import { isLinearizableByBruteForce, isOrderOf } from "./brute-force.ts";
import { knownHistories, knownHistory } from "./known-histories.ts";
import { randomHistory, spoiled, withStaleRead } from "./random-history.ts";
import type { HistoryShape } from "./random-history.ts";

/** Every order that the checker claims to have found is one. */
function ordersHold(history: KvHistory, verdict: Verdict<KvInput, KvOutput>): boolean {
  if (verdict.kind !== "linearizable") return false;
  return verdict.orders.every(({ keys, operations }) =>
    isOrderOf(
      history.filter(({ input }) => keys.includes(input.key)),
      operations,
    ),
  );
}

test.each(knownHistories("good"))("$name is linearizable", ({ history }) => {
  expect(isLinearizableByBruteForce(history)).toBe(true);
  expect(ordersHold(history, checkHistory(history, KV_MODEL))).toBe(true);
});

test.each(knownHistories("bad"))("$name is a violation", ({ history }) => {
  expect(isLinearizableByBruteForce(history)).toBe(false);
  expect(checkHistory(history, KV_MODEL)).toMatchObject({ kind: "violation", partition: { keys: ["x"] } });
});

test("an empty history and one of which nothing is known are linearizable", () => {
  const unknown: KvHistory = [{ client: "c1", calledAt: 1, input: { kind: "put", key: "x", value: "a" }, outcome: { kind: "unknown" } }];
  expect(checkHistory([] as KvHistory, KV_MODEL).kind).toBe("linearizable");
  expect(checkHistory(unknown, KV_MODEL).kind).toBe("linearizable");
});

test("a violation on one key is found whatever the others hold, and names the key", () => {
  const good = knownHistory("good-guarded-race.jsonl").map((operation) => ({ ...operation, input: { ...operation.input, key: "y" } }));
  const bad = knownHistory("bad-lost-write.jsonl");
  for (const history of [
    [...good, ...bad],
    [...bad, ...good],
  ]) {
    const verdict = checkHistory(history, KV_MODEL);
    expect(verdict).toMatchObject({ kind: "violation", partition: { keys: ["x"], operations: bad } });
  }
});

describe("against brute force", () => {
  const smallShape = (random: Random): HistoryShape => ({
    clients: random.between(2, 4),
    operations: random.between(3, 8),
    keys: random.pick([1, 1, 1, 2]),
    unknownShare: random.pick([0, 0.2, 0.5]),
    refusedShare: 0.3,
    values: random.pick([2, 5, Infinity]),
    guardShare: random.pick([0, 0.3]),
    versionShare: random.pick([0, 0.5, 1]),
    kinds: random.pick([
      ["get", "put"],
      ["get", "append"],
      ["get", "put", "append", "delete"],
      ["get", "put", "get", "delete"],
      ["get", "increment", "increment", "put"],
      ["get", "increment", "append", "delete"],
    ]),
    wholeTimes: random.chance(0.5),
  });

  test("10,000 small histories get the verdict of trying every order, half of them corrupted", () => {
    const counts = { good: 0, spoiledButLinearizable: 0, spoiled: 0 };
    const wrong: number[] = [];
    for (let seed = 1; seed <= 10_000; seed++) {
      const random = new Random(seed);
      const good = randomHistory(random, smallShape(random));
      const isSpoiled = seed % 2 === 0;
      const history = isSpoiled ? spoiled(random, good) : good;
      const expected = isLinearizableByBruteForce(history);
      const verdict = checkHistory(history, KV_MODEL);
      const isRight = expected ? ordersHold(history, verdict) : verdict.kind === "violation";
      if (!isRight || !(expected || isSpoiled)) wrong.push(seed);
      counts[isSpoiled ? (expected ? "spoiledButLinearizable" : "spoiled") : "good"]++;
    }
    console.log(`checked against brute force: ${JSON.stringify(counts)}`);
    expect(wrong).toEqual([]);
    expect(counts.good).toBe(5000);
    expect(counts.spoiled).toBeGreaterThan(1500);
    expect(counts.spoiledButLinearizable).toBeGreaterThan(1500);
  });

  test("hints save work and change no verdict: 2,000 histories too long for brute force", () => {
    const { keys, initial, stateKey, describeInput, describeOutput, describeState } = KV_MODEL;
    const withoutHints: typeof KV_MODEL = {
      ...{ keys, initial, stateKey, describeInput, describeOutput, describeState },
      step(state, input, output) {
        const next = KV_MODEL.step(state, input, output);
        return next === null ? null : { ...next };
      },
      isRead: () => false,
      inputKey: (input) => JSON.stringify(input),
    };
    const counts = { linearizable: 0, violation: 0, outOfBudget: 0 };
    const wrong: number[] = [];
    for (let seed = 1; seed <= 2000; seed++) {
      const random = new Random(seed);
      const good = randomHistory(random, {
        ...smallShape(random),
        operations: random.between(9, 24),
        unknownShare: random.pick([0, 0.1, 0.3]),
      });
      const history = random.chance(0.5) ? spoiled(random, good) : good;
      const plain = checkHistory(history, withoutHints, 300_000);
      const hinted = checkHistory(history, KV_MODEL);
      counts[plain.kind]++;
      if (plain.kind !== "outOfBudget" && plain.kind !== hinted.kind) wrong.push(seed);
    }
    expect(wrong).toEqual([]);
    expect(counts.linearizable).toBeGreaterThan(500);
    expect(counts.violation).toBeGreaterThan(400);
    expect(counts.outOfBudget).toBeLessThan(100);
  });
});

describe("the budget", () => {
  test("running out of steps is not a pass, whatever the history", () => {
    for (const { history } of [...knownHistories("good"), ...knownHistories("bad")]) {
      expect(checkHistory(history, KV_MODEL, 1)).toMatchObject({ kind: "outOfBudget", partition: { keys: ["x"] } });
    }
  });

  test("the verdict depends on the number of steps and on nothing else", () => {
    const history = knownHistory("good-unknown-append-between.jsonl");
    const { steps } = checkHistory(history, KV_MODEL);
    expect(checkHistory(history, KV_MODEL, steps)).toMatchObject({ kind: "linearizable", steps });
    expect(checkHistory(history, KV_MODEL, Math.floor(steps / 2)).kind).toBe("outOfBudget");
  });
});

describe("long histories", () => {
  const longShape: HistoryShape = {
    clients: 10,
    operations: 20_000,
    keys: 30,
    unknownShare: 0.02,
    refusedShare: 0.3,
    values: Infinity,
    guardShare: 0.1,
    versionShare: 1,
    kinds: ["get", "put", "append", "delete", "get"],
    wholeTimes: false,
  };

  // Steps are the same on every machine; a step takes well under a microsecond.
  test.each([
    { name: "20,000 operations of 10 clients on 30 keys", change: {}, stepsMax: 300_000 },
    { name: "nothing recorded but values", change: { versionShare: 0 }, stepsMax: 300_000 },
    { name: "every tenth outcome unknown", change: { unknownShare: 0.1 }, stepsMax: 1_000_000 },
    { name: "values that many wrote", change: { values: 3, unknownShare: 0.05 }, stepsMax: 1_000_000 },
    { name: "one hot key", change: { keys: 1, operations: 5000, kinds: ["get", "put"] }, stepsMax: 500_000 },
    { name: "one hot key of appends", change: { keys: 1, operations: 1000, kinds: ["get", "append"] }, stepsMax: 200_000 },
    {
      name: "two hundred unknown writes on one key",
      change: { keys: 1, operations: 1000, unknownShare: 0.3, clients: 5 },
      stepsMax: 1_000_000,
    },
  ] satisfies { name: string; change: Partial<HistoryShape>; stepsMax: number }[])("$name", ({ change, stepsMax }) => {
    const history = randomHistory(new Random(7), { ...longShape, ...change });
    expect(history.filter(({ outcome }) => outcome.kind === "unknown").length).toBeGreaterThanOrEqual(history.length / 100);
    expect(checkHistory(history, KV_MODEL, stepsMax).kind).toBe("linearizable");
  });

  test.each([
    { name: "20,000 operations of 10 clients on 30 keys", change: {} },
    { name: "every tenth outcome unknown", change: { unknownShare: 0.1 } },
    { name: "nothing recorded but values", change: { versionShare: 0 } },
  ] satisfies { name: string; change: Partial<HistoryShape> }[])("one stale read among $name", ({ change }) => {
    const history = randomHistory(new Random(8), { ...longShape, ...change });
    expect(checkHistory(history, KV_MODEL, 1_000_000).kind).toBe("linearizable");
    expect(checkHistory(withStaleRead(history), KV_MODEL, 1_000_000).kind).toBe("violation");
  });
});

describe("a model of its own", () => {
  type Accounts = Readonly<Record<string, number>>;
  type Transfer = { readonly from: string; readonly to: string } | { readonly read: string };

  /** Accounts begin with 1; a transfer moves 1. It joins two keys, so both have to be explained by one order. */
  const transfers: Model<Accounts, Transfer, number | "ok"> = {
    keys: (input) => ("read" in input ? [input.read] : [input.from, input.to]),
    initial: {},
    step(state, input, output) {
      const balance = (account: string): number => state[account] ?? 1;
      if ("read" in input) return output === null || output === balance(input.read) ? state : null;
      return { ...state, [input.from]: balance(input.from) - 1, [input.to]: balance(input.to) + 1 };
    },
    stateKey: (state) => JSON.stringify(Object.entries(state).sort()),
    isRead: (input) => "read" in input,
    inputKey: (input) => JSON.stringify(input),
    describeInput: (input) => JSON.stringify(input),
    describeOutput: (output) => String(output),
    describeState: (state) => JSON.stringify(state),
  };

  function historyOf(second: number, transfer: "done" | "unknown"): History<Transfer, number | "ok"> {
    const outcome = transfer === "done" ? ({ kind: "done", returnedAt: 9, output: "ok" } as const) : ({ kind: "unknown" } as const);
    return [
      { client: "c1", calledAt: 1, input: { from: "a", to: "b" }, outcome },
      { client: "c2", calledAt: 2, input: { read: "a" }, outcome: { kind: "done", returnedAt: 3, output: 0 } },
      { client: "c2", calledAt: 4, input: { read: "b" }, outcome: { kind: "done", returnedAt: 5, output: second } },
      { client: "c3", calledAt: 4, input: { read: "z" }, outcome: { kind: "done", returnedAt: 5, output: 1 } },
    ];
  }

  test.each([
    { name: "both ends of a transfer move at once", second: 2, transfer: "done" as const, kind: "linearizable" },
    { name: "money between two accounts", second: 1, transfer: "done" as const, kind: "violation" },
    { name: "an unknown transfer that happened", second: 2, transfer: "unknown" as const, kind: "linearizable" },
    { name: "half an unknown transfer", second: 1, transfer: "unknown" as const, kind: "violation" },
  ])("joined keys: $name", ({ second, transfer, kind }) => {
    expect(checkHistory(historyOf(second, transfer), transfers).kind).toBe(kind);
  });
});
