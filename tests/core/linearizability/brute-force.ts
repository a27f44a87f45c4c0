// The checker's naive twin: tries every order, over all keys at once, with a specification of its own. Shares no code
// with what it checks, remembers nothing, and is good for about eight operations.
import type { KvHistory, KvInput, KvOperation, KvOutput } from "../../../core/linearizability/kv-operations.ts";

export type Store = ReadonlyMap<string, { readonly value: string; readonly version: number }>;

export function isLinearizableByBruteForce(history: KvHistory): boolean {
  const happened = history.filter(({ outcome }) => outcome.kind !== "refused");
  return someOrderWorks(happened, new Map());
}

/** True if the order holds every answered operation once, keeps to real time, and each answer is what a store would say. */
export function isOrderOf(history: KvHistory, order: KvHistory): boolean {
  const placed = new Set(order);
  if (placed.size !== order.length || !order.every((operation) => history.includes(operation))) return false;
  if (!history.every((operation) => operation.outcome.kind !== "done" || placed.has(operation))) return false;
  if (order.some((operation, position) => order.slice(position + 1).some((later) => precedes(later, operation)))) return false;
  let store: Store = new Map();
  for (const operation of order) {
    const { after, answer } = runOnStore(store, operation.input);
    if (operation.outcome.kind === "refused" || !isAnswer(operation, answer)) return false;
    store = after;
  }
  return true;
}

export function runOnStore(store: Store, input: KvInput): { readonly after: Store; readonly answer: KvOutput } {
  const old = store.get(input.key);
  if (input.kind === "get") return { after: store, answer: old === undefined ? { kind: "absent" } : { kind: "found", ...old } };
  const version = old?.version ?? 0;
  if (input.ifVersion !== undefined && input.ifVersion !== version) return { after: store, answer: { kind: "versionMismatch", version } };
  const after = new Map(store);
  if (input.kind === "delete") return { after, answer: { kind: "deleted", deleted: after.delete(input.key) } };
  const value = input.kind === "put" ? input.value : `${old?.value ?? ""}${input.value}`;
  after.set(input.key, { value, version: version + 1 });
  return { after, answer: { kind: "written", version: version + 1, length: Buffer.byteLength(value) } };
}

function someOrderWorks(left: KvHistory, store: Store): boolean {
  if (left.every(({ outcome }) => outcome.kind === "unknown")) return true;
  return left.some((operation) => {
    if (left.some((other) => precedes(other, operation))) return false;
    const { after, answer } = runOnStore(store, operation.input);
    if (!isAnswer(operation, answer)) return false;
    const others = left.filter((other) => other !== operation);
    return someOrderWorks(others, after);
  });
}

function precedes(a: KvOperation, b: KvOperation): boolean {
  return a.outcome.kind === "done" && a.outcome.returnedAt < b.calledAt;
}

/** What was not recorded is not compared. */
function isAnswer({ outcome }: KvOperation, answer: KvOutput): boolean {
  if (outcome.kind !== "done") return true;
  return Object.entries(outcome.output).every(([field, value]) => value === undefined || Object(answer)[field] === value);
}
