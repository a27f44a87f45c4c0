import type { Operation } from "../../../../core/linearizability/history.ts";
import { KV_MODEL } from "../../../../core/linearizability/kv-model.ts";
import type { KvHistory, KvInput, KvOutput } from "../../../../core/linearizability/kv-operations.ts";
import { Search } from "../../../../core/linearizability/search/search.ts";
import { StepBudget } from "../../../../core/linearizability/search/step-budget.ts";

const key = "x";

function put(value: string, calledAt: number, returnedAt: number | null): Operation<KvInput, KvOutput> {
  const input = { kind: "put", key, value } as const;
  if (returnedAt === null) return { client: "c1", calledAt, input, outcome: { kind: "unknown" } };
  return { client: "c1", calledAt, input, outcome: { kind: "done", returnedAt, output: { kind: "written" } } };
}

function get(output: KvOutput, calledAt: number, returnedAt: number): Operation<KvInput, KvOutput> {
  return { client: "c2", calledAt, input: { kind: "get", key }, outcome: { kind: "done", returnedAt, output } };
}

function valuesOf(order: KvHistory): string[] {
  return order.map(({ input }) => ("value" in input ? input.value : input.kind));
}

function search(history: KvHistory, ordersMax: number) {
  return new Search(history, KV_MODEL, new StepBudget(10_000)).run(ordersMax);
}

test("orders that end in different states, as many as there are and no more than asked for", () => {
  const history = [put("a", 1, 9), put("b", 2, 9), put("c", 3, 9)];
  const lastValues = (ordersMax: number): string[] => {
    const result = search(history, ordersMax);
    return result.kind === "found" ? result.orders.map((order) => valuesOf(order).at(-1) ?? "") : [];
  };
  expect(lastValues(9).sort()).toEqual(["a", "b", "c"]);
  expect(lastValues(2)).toHaveLength(2);
});

test("unknown operations that nothing needs are left out", () => {
  const history = [put("a", 1, 2), put("never", 3, null), put("seen", 3, null), get({ kind: "found", value: "seen" }, 4, 5)];
  const result = search(history, 1);
  expect(result.kind === "found" && result.orders.map(valuesOf)).toEqual([["a", "seen", "get"]]);
});

test("an unknown operation has no effect before its call", () => {
  expect(search([get({ kind: "found", value: "a" }, 1, 2), put("a", 3, null)], 1).kind).toBe("none");
  expect(search([get({ kind: "found", value: "a" }, 1, 3), put("a", 3, null)], 1).kind).toBe("found");
});

test("a run of unknown operations can be needed", () => {
  const version4 = get({ kind: "found", value: "d", version: 4 }, 9, 10);
  const unknown = [put("a", 1, null), put("b", 2, null), put("c", 3, null), put("d", 4, null)];
  const result = search([...unknown, version4], 1);
  expect(result.kind === "found" && result.orders[0]).toHaveLength(5);
  expect(search([...unknown.slice(1), version4], 1).kind).toBe("none");
});

test("orders that were found before the steps ran out count", () => {
  const history = [put("a", 1, 9), put("b", 2, 9), put("c", 3, 9), put("d", 4, 9), put("e", 5, 9)];
  const result = new Search(history, KV_MODEL, new StepBudget(40)).run(100);
  expect(result.kind).toBe("found");
  expect(new Search(history, KV_MODEL, new StepBudget(5)).run(100).kind).toBe("outOfBudget");
});

test("runs that help nobody are not tried: the version that an answer needs bounds their length", () => {
  const unknown = Array.from({ length: 8 }, (_, i) => put("a".repeat(2 ** i), i, null));
  const appended: KvOutput = { kind: "written", version: 2, length: 1 };
  const impossible = { ...get(appended, 20, 21), input: { kind: "append", key, value: "b" } as const };
  const history = [...unknown, impossible];
  const { canReach, ...withoutReach } = KV_MODEL.focus?.(history) ?? KV_MODEL;
  const stepsIn = (model: typeof KV_MODEL): number => {
    const budget = new StepBudget(1_000_000);
    expect(new Search(history, model, budget).run().kind).toBe("none");
    return budget.spent;
  };
  expect(stepsIn({ ...withoutReach, canReach: (...target) => canReach?.(...target) ?? true })).toBeLessThan(1000);
  expect(stepsIn(withoutReach)).toBeGreaterThan(10_000);
});
