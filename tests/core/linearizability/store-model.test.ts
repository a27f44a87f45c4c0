import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../../core/base/random.ts";
import { checkHistory } from "../../../core/linearizability/checker.ts";
import { explain, summaryOf } from "../../../core/linearizability/explanation.ts";
import { decodeHistory } from "../../../core/linearizability/history-file.ts";
import { KV_MODEL } from "../../../core/linearizability/kv-model.ts";
import { STORE_MODEL } from "../../../core/linearizability/store-model.ts";
import { STORE_READER } from "../../../core/linearizability/store-operations.ts";
import type { StoreHistory, StoreTransaction } from "../../../core/linearizability/store-operations.ts";
import { isLinearizableByBruteForce, isOrderOf } from "./brute-force.ts";
import { knownHistories } from "./known-histories.ts";
import { randomStoreHistory, spoiledStore } from "./random-history.ts";
import type { HistoryShape } from "./random-history.ts";

const FOLDER = join(__dirname, "histories", "transactions");

function known(prefix: "good" | "bad"): { readonly name: string; readonly history: StoreHistory }[] {
  const files = readdirSync(FOLDER).filter((file) => file.startsWith(`${prefix}-`));
  return files.sort().map((file) => {
    const outcome = decodeHistory(readFileSync(join(FOLDER, file), "utf8"), STORE_READER);
    if (outcome.kind !== "done") throw new Error(`${file}: ${JSON.stringify(outcome)}`);
    return { name: file.replace(".jsonl", ""), history: outcome.value };
  });
}

function verdictOn(history: StoreHistory): string {
  const verdict = checkHistory(history, STORE_MODEL);
  if (verdict.kind !== "linearizable") return verdict.kind;
  const isRight = verdict.orders.every(({ keys, operations }) => {
    const own = history.filter(({ input }) => STORE_MODEL.keys(input).some((key) => keys.includes(key)));
    return isOrderOf(own, operations);
  });
  return isRight ? "linearizable" : "an order that is none";
}

test.each(known("good"))("$name is linearizable", ({ history }) => {
  expect(isLinearizableByBruteForce(history)).toBe(true);
  expect(verdictOn(history)).toBe("linearizable");
});

test.each(known("bad"))("$name is a violation, and can be explained", ({ history }) => {
  expect(isLinearizableByBruteForce(history)).toBe(false);
  const verdict = checkHistory(history, STORE_MODEL);
  if (verdict.kind !== "violation") throw new Error(verdict.kind);
  expect(summaryOf(explain(verdict.partition.operations, STORE_MODEL), STORE_MODEL)).toContain("No order was found");
});

test("without transactions it is the model of one key, to the step", () => {
  for (const { history } of [...knownHistories("good"), ...knownHistories("bad")]) {
    const [whole, single] = [checkHistory(history, STORE_MODEL), checkHistory(history, KV_MODEL)];
    expect([whole.kind, whole.steps]).toEqual([single.kind, single.steps]);
  }
});

const smallShape = (random: Random): HistoryShape => ({
  clients: random.between(2, 4),
  operations: random.between(3, 7),
  keys: 2,
  unknownShare: random.pick([0, 0.2, 0.5]),
  refusedShare: 0.3,
  values: random.pick([2, 5, Infinity]),
  guardShare: random.pick([0, 0.3]),
  versionShare: random.pick([0, 0.5, 1]),
  kinds: random.pick([
    ["get", "put"],
    ["get", "append"],
    ["get", "put", "append", "delete"],
    ["get", "increment", "put"],
  ]),
  wholeTimes: random.chance(0.5),
});

test("4,000 small histories with transactions get the verdict of trying every order", () => {
  const counts = { good: 0, spoiledButLinearizable: 0, spoiled: 0 };
  const wrong: number[] = [];
  for (let seed = 1; seed <= 4_000; seed++) {
    const random = new Random(seed);
    const good = randomStoreHistory(random, smallShape(random), 0.5);
    const isSpoiled = seed % 2 === 0;
    const history = isSpoiled ? spoiledStore(random, good) : good;
    const expected = isLinearizableByBruteForce(history);
    if (verdictOn(history) !== (expected ? "linearizable" : "violation") || !(expected || isSpoiled)) wrong.push(seed);
    counts[isSpoiled ? (expected ? "spoiledButLinearizable" : "spoiled") : "good"]++;
  }
  expect(wrong).toEqual([]);
  expect(counts.spoiled).toBeGreaterThan(400);
  expect(counts.spoiledButLinearizable).toBeGreaterThan(400);
});

// Steps are the same on every machine.
test.each([
  { name: "5,000 operations of 10 clients", change: {}, stepsMax: 1_000_000 },
  { name: "nothing recorded but values", change: { operations: 1_000, unknownShare: 0, versionShare: 0 }, stepsMax: 200_000 },
  { name: "counters", change: { kinds: ["get", "increment"] as const }, stepsMax: 100_000 },
])("three keys that transactions join: $name", ({ change, stepsMax }) => {
  const shape: HistoryShape = {
    ...{ clients: 10, operations: 5_000, keys: 3, unknownShare: 0.01, refusedShare: 0.3, values: Infinity, guardShare: 0.1 },
    ...{ versionShare: 1, kinds: ["get", "put", "append", "get", "delete"], wholeTimes: false },
    ...change,
  };
  const history = randomStoreHistory(new Random(7), shape, 0.2);
  expect(checkHistory(history, STORE_MODEL, stepsMax).kind).toBe("linearizable");
});

const transaction: StoreTransaction = {
  kind: "txn",
  compare: [{ key: "x", version: 2, value: "a" }],
  then: [{ kind: "put", key: "y", value: "b" }],
  else: [{ kind: "get", key: "x" }],
};

test("the words of a picture", () => {
  expect(STORE_MODEL.describeInput(transaction)).toBe('if x v2 "a": y put "b" else: x get');
  expect(STORE_MODEL.describeInput({ ...transaction, compare: [], else: [] })).toBe('y put "b"');
  expect(STORE_MODEL.describeOutput({ kind: "transacted", succeeded: true, results: [{ kind: "written", version: 1 }] })).toBe(
    "then: ok v1",
  );
  expect(STORE_MODEL.describeOutput({ kind: "transacted", succeeded: false, results: [] })).toBe("else: nothing");
  expect(STORE_MODEL.describeOutput({ kind: "aborted", succeeded: true, operation: 0, reason: { kind: "overflow" } })).toBe(
    "nothing, as 1 would be overflow",
  );
  expect(STORE_MODEL.describeState(STORE_MODEL.initial)).toBe("absent");
});

test("one that only reads is a read, whatever it compares", () => {
  expect(STORE_MODEL.isRead({ ...transaction, then: [] })).toBe(true);
  expect(STORE_MODEL.isRead(transaction)).toBe(false);
});
