// What a recorded operation is as a call of the client library, and its answer as the history's. A guard that failed is an
// answer: it says what the key had instead.
import type { KvClient } from "../../client/kv-client.ts";
import type { Operation, Comparison } from "../../client/operations.ts";
import { op } from "../../client/operations.ts";
import type { Outcome } from "../../core/base/outcome.ts";
import { done } from "../../core/base/outcome.ts";
import type { KvInput, KvOutput } from "../../core/linearizability/kv-operations.ts";
import type { StoreComparison, StoreInput, StoreOutput, StoreTransaction } from "../../core/linearizability/store-operations.ts";

export async function askStore(client: KvClient, input: StoreInput): Promise<Outcome<StoreOutput>> {
  return input.kind === "txn" ? askTransaction(client, input) : askOne(client, input);
}

async function askTransaction(client: KvClient, { compare, then, else: otherwise }: StoreTransaction): Promise<Outcome<StoreOutput>> {
  const outcome = await client.txn({ compare: compare.map(comparison), then: then.map(operation), else: otherwise.map(operation) });
  if (outcome.kind !== "done") return outcome;
  const { succeeded, results } = outcome.value;
  const inputs = succeeded ? then : otherwise;
  return done({ kind: "transacted", succeeded, results: results.map((result, i) => outputOf(inputs[i] as KvInput, result)) });
}

async function askOne(client: KvClient, input: KvInput): Promise<Outcome<StoreOutput>> {
  const outcome = await CALLS[input.kind](client, input as never);
  if (outcome.kind === "done") return done(outputOf(input, outcome.value));
  if (outcome.kind !== "refused" || outcome.refusal.code !== "versionMismatch") return outcome;
  return done({ kind: "versionMismatch", version: Number(outcome.refusal.details?.["version"]) });
}

type InputOf<K extends KvInput["kind"]> = Extract<KvInput, { readonly kind: K }>;
type Calls = { readonly [K in KvInput["kind"]]: (client: KvClient, input: InputOf<K>) => Promise<Outcome<unknown>> };

const CALLS: Calls = {
  get: (client, { key }) => client.get(key),
  put: (client, { key, value, ifVersion }) => client.put(key, value, { ifVersion }),
  append: (client, { key, value, ifVersion }) => client.append(key, value, { ifVersion }),
  increment: (client, { key, by, ifVersion }) => client.increment(key, BigInt(by), { ifVersion }),
  delete: (client, { key, ifVersion }) => client.delete(key, { ifVersion }),
};

const OPERATIONS: { readonly [K in KvInput["kind"]]: (input: InputOf<K>) => Operation } = {
  get: ({ key }) => op.get(key),
  put: ({ key, value, ifVersion }) => op.put(key, value, { ifVersion }),
  append: ({ key, value, ifVersion }) => op.append(key, value, { ifVersion }),
  increment: ({ key, by, ifVersion }) => op.increment(key, BigInt(by), { ifVersion }),
  delete: ({ key, ifVersion }) => op.delete(key, { ifVersion }),
};

const operation = (input: KvInput): Operation => OPERATIONS[input.kind](input as never);

function comparison({ key, version, value }: StoreComparison): Comparison {
  return value === undefined ? { key, version: version ?? 0 } : { key, value };
}

type Result = {
  readonly value?: Uint8Array | bigint;
  readonly version?: number;
  readonly length?: number;
  readonly deleted?: boolean;
} | null;

/** Only what the result says. */
function outputOf({ kind }: KvInput, result: unknown): KvOutput {
  const { value, version = 0, length, deleted = false } = (result as Result) ?? {};
  if (result === null) return { kind: "absent" };
  if (kind === "get") return { kind: "found", value: Buffer.from(value as Uint8Array).toString(), version };
  if (kind === "increment") return { kind: "incremented", value: String(value), version };
  if (kind === "delete") return { kind: "deleted", deleted };
  return length === undefined ? { kind: "written", version } : { kind: "written", version, length };
}
