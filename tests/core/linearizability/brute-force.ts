// The checker's naive twin: tries every order, over all keys at once, with a specification of its own. Shares no code
// with what it checks, remembers nothing, and is good for about eight operations.
import type { KvInput, KvOutput } from "../../../core/linearizability/kv-operations.ts";
import type { StoreHistory, StoreInput, StoreOperation, StoreOutput } from "../../../core/linearizability/store-operations.ts";

export type Store = ReadonlyMap<string, { readonly value: string; readonly version: number }>;

export function isLinearizableByBruteForce(history: StoreHistory): boolean {
  const happened = history.filter(({ outcome }) => outcome.kind !== "refused");
  return someOrderWorks(happened, new Map());
}

/** True if the order holds every answered operation once, keeps to real time, and each answer is what a store would say. */
export function isOrderOf(history: StoreHistory, order: StoreHistory): boolean {
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

type Ran<A> = { readonly after: Store; readonly answer: A };

export function runOnStore(store: Store, input: KvInput): Ran<KvOutput>;
export function runOnStore(store: Store, input: StoreInput): Ran<StoreOutput>;
export function runOnStore(store: Store, input: StoreInput): Ran<StoreOutput> {
  return input.kind === "txn" ? transact(store, input) : runOne(store, input);
}

function runOne(store: Store, input: KvInput): Ran<KvOutput> {
  const old = store.get(input.key);
  if (input.kind === "get") return { after: store, answer: old === undefined ? { kind: "absent" } : { kind: "found", ...old } };
  const version = old?.version ?? 0;
  if (input.ifVersion !== undefined && input.ifVersion !== version) return { after: store, answer: { kind: "versionMismatch", version } };
  const after = new Map(store);
  if (input.kind === "delete") return { after, answer: { kind: "deleted", deleted: after.delete(input.key) } };
  if (input.kind === "increment") {
    const text = old?.value ?? "0";
    if (!/^(0|-?[1-9]\d*)$/.test(text)) return { after: store, answer: { kind: "notAnInteger" } };
    const value = String(BigInt(text) + BigInt(input.by));
    after.set(input.key, { value, version: version + 1 });
    return { after, answer: { kind: "incremented", value, version: version + 1 } };
  }
  const value = input.kind === "put" ? input.value : `${old?.value ?? ""}${input.value}`;
  after.set(input.key, { value, version: version + 1 });
  return { after, answer: { kind: "written", version: version + 1, length: Buffer.byteLength(value) } };
}

function transact(store: Store, { compare, then, else: otherwise }: Extract<StoreInput, { readonly kind: "txn" }>): Ran<StoreOutput> {
  const succeeded = compare.every(({ key, version, value }) => {
    const old = store.get(key);
    return (version ?? old?.version ?? 0) === (old?.version ?? 0) && (value === undefined || old?.value === value);
  });
  const results: KvOutput[] = [];
  let after = store;
  for (const input of succeeded ? then : otherwise) {
    const ran = runOne(after, input);
    if (ran.answer.kind === "versionMismatch" || ran.answer.kind === "notAnInteger") {
      return { after: store, answer: { kind: "aborted", succeeded, operation: results.length, reason: ran.answer } };
    }
    results.push(ran.answer);
    after = ran.after;
  }
  return { after, answer: { kind: "transacted", succeeded, results } };
}

function someOrderWorks(left: StoreHistory, store: Store): boolean {
  if (left.every(({ outcome }) => outcome.kind === "unknown")) return true;
  return left.some((operation) => {
    if (left.some((other) => precedes(other, operation))) return false;
    const { after, answer } = runOnStore(store, operation.input);
    if (!isAnswer(operation, answer)) return false;
    const others = left.filter((other) => other !== operation);
    return someOrderWorks(others, after);
  });
}

function precedes(a: StoreOperation, b: StoreOperation): boolean {
  return a.outcome.kind === "done" && a.outcome.returnedAt < b.calledAt;
}

/** What was not recorded is not compared. */
function isAnswer({ outcome }: StoreOperation, answer: StoreOutput): boolean {
  return outcome.kind !== "done" || isContained(outcome.output, answer);
}

function isContained(recorded: unknown, answer: unknown): boolean {
  if (typeof recorded !== "object" || recorded === null) return recorded === undefined || recorded === answer;
  if (Array.isArray(recorded) && recorded.length !== (answer as unknown[]).length) return false;
  return Object.entries(recorded).every(([field, value]) => isContained(value, (Object(answer) as Record<string, unknown>)[field]));
}
