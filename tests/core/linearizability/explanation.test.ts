import { Random } from "../../../core/base/random.ts";
import { explain, statesAlong, summaryOf } from "../../../core/linearizability/explanation.ts";
import { isDone } from "../../../core/linearizability/history.ts";
import { KV_MODEL } from "../../../core/linearizability/kv-model.ts";
import type { KvHistory } from "../../../core/linearizability/kv-operations.ts";
import { isLinearizableByBruteForce, isOrderOf } from "./brute-force.ts";
import { knownHistories, knownHistory } from "./known-histories.ts";
import { randomHistory, spoiled } from "./random-history.ts";

/** The history as it stood at the n-th return, by its definition. */
function prefixOf(history: KvHistory, returns: number): KvHistory {
  const returned = history.filter(isDone).sort((a, b) => a.outcome.returnedAt - b.outcome.returnedAt);
  const known = new Set<unknown>(returned.slice(0, returns));
  const moment = returned[returns - 1]?.outcome.returnedAt ?? -Infinity;
  const called = history.filter(({ calledAt, outcome }) => calledAt <= moment && outcome.kind !== "refused");
  return called.map((operation) => (known.has(operation) ? operation : { ...operation, outcome: { kind: "unknown" } }));
}

test.each([
  { name: "bad-stale-read", stuck: ["c2", 5], ends: ['"b" v2'] },
  { name: "bad-lost-update", stuck: ["c2", 6], ends: ['"b" v2'] },
  { name: "bad-lost-write", stuck: ["c3", 7], ends: ['"c" v3'] },
  { name: "bad-duplicate-append", stuck: ["c1", 8], ends: ['"1;2;3;" v3'] },
  { name: "bad-append-lost", stuck: ["c2", 5], ends: ['"1;2;" v2'] },
  { name: "bad-value-never-written", stuck: ["c1", 4], ends: ['"a" v1'] },
  { name: "bad-effect-after-refusal", stuck: ["c3", 7], ends: ['"a" v1'] },
  { name: "bad-version-goes-back", stuck: ["c1", 5], ends: ['"b" v2'] },
  { name: "bad-unknown-write-comes-and-goes", stuck: ["c3", 6], ends: ['"b" v2'] },
  { name: "bad-unknown-write-seen-twice", stuck: ["c3", 10], ends: ['"c" v3'] },
  { name: "bad-readers-disagree", stuck: ["c4", 7], ends: ['"b" v2'] },
  { name: "bad-read-from-the-future", stuck: ["c2", 1], ends: ["absent"] },
  { name: "bad-delete-undone", stuck: ["c2", 5], ends: ["absent"] },
])("$name: the first answer without an order is $stuck", ({ name, stuck, ends }) => {
  const explanation = explain(knownHistory(`${name}.jsonl`), KV_MODEL);
  expect([explanation.stuck.client, explanation.stuck.calledAt]).toEqual(stuck);
  const states = explanation.orders.map((order) => KV_MODEL.describeState(statesAlong(order, KV_MODEL).at(-1) ?? KV_MODEL.initial));
  expect(states).toEqual(ends);
});

test.each(knownHistories("bad"))("$name: the summary names who was told what", ({ history }) => {
  const explanation = explain(history, KV_MODEL);
  const summary = summaryOf(explanation, KV_MODEL);
  expect(summary).toContain(explanation.stuck.client);
  expect(summary).toContain(KV_MODEL.describeOutput(explanation.stuck.outcome.output));
});

test("orders that end in different states are all told", () => {
  const put = (client: string, value: string) => ({
    ...{ client, calledAt: 1, input: { kind: "put", key: "x", value } as const },
    outcome: { kind: "done", returnedAt: 2, output: { kind: "written" } } as const,
  });
  const read = { client: "c3", calledAt: 3, input: { kind: "get", key: "x" } as const };
  const history: KvHistory = [
    put("c1", "a"),
    put("c2", "b"),
    { ...read, outcome: { kind: "done", returnedAt: 4, output: { kind: "absent" } } },
  ];
  const { orders } = explain(history, KV_MODEL);
  expect(orders).toHaveLength(2);
  expect(summaryOf(explain(history, KV_MODEL), KV_MODEL)).toMatch(/leaves ("a" v2, or "b" v2|"b" v2, or "a" v2)/);
});

test("the longest prefix that has an order is found, and the order is one: 1,000 violations against brute force", () => {
  let violations = 0;
  for (let seed = 1; violations < 1000; seed++) {
    const random = new Random(seed);
    const shape = { clients: 3, operations: random.between(3, 7), keys: 1, unknownShare: 0.2, refusedShare: 0.3, values: 3 };
    const rest = { guardShare: 0.2, versionShare: 0.6, kinds: ["get", "put", "append", "delete"], wholeTimes: random.chance(0.5) } as const;
    const history = spoiled(random, randomHistory(random, { ...shape, ...rest }));
    if (isLinearizableByBruteForce(history)) continue;
    violations++;
    const { orders, stuck } = explain(history, KV_MODEL);
    const returned = history.filter(isDone).sort((a, b) => a.outcome.returnedAt - b.outcome.returnedAt);
    const position = returned.indexOf(stuck);
    expect(isLinearizableByBruteForce(prefixOf(history, position))).toBe(true);
    expect(isLinearizableByBruteForce(prefixOf(history, position + 1))).toBe(false);
    const prefix = prefixOf(history, position);
    const inPrefix = new Map(
      prefix.map((operation) => [`${operation.client} ${operation.calledAt} ${JSON.stringify(operation.input)}`, operation]),
    );
    for (const order of orders) {
      const names = order.map(({ client, calledAt, input }) => `${client} ${calledAt} ${JSON.stringify(input)}`);
      if (inPrefix.size < prefix.length) continue; // two operations of one name: nothing to compare
      expect(isOrderOf(prefix, names.map((name) => inPrefix.get(name)) as unknown as KvHistory)).toBe(true);
    }
  }
});
