// Clients that work on a few keys at once and write down what they asked and what they were told, for the checker. The keys
// change from round to round, so that each has a short history; at the end all are read once more: what was acknowledged must
// still be there.
import type { Outcome } from "../../../core/base/outcome.ts";
import type { Random } from "../../../core/base/random.ts";
import type { KvHistory, KvInput, KvOutput } from "../../../core/linearizability/kv-operations.ts";
import { HistoryRecorder } from "../../../core/linearizability/recorder.ts";
import type { KeyValues } from "../cluster/key-values.ts";

export type RecordOptions = {
  /** One for each client. */
  readonly stores: readonly KeyValues[];
  readonly random: Random;
  readonly durationMs: number;
  /** What all keys begin with; nobody else uses it. */
  readonly prefix: string;
  readonly onProgress: (operations: number, elapsedMs: number) => void;
  readonly isOver: () => boolean;
};

/** `unread`: keys whose last state could not be read. */
export type Recorded = { readonly history: KvHistory; readonly unread: number };

const KEYS_PER_ROUND = 6;
const ROUND_MS = 1_000;
const PROGRESS_MS = 200;
const REST_MS = 2;

export async function recordClients(options: RecordOptions): Promise<Recorded> {
  const clients = new RecordedClients(options);
  const startMs = performance.now();
  const progress = setInterval(() => options.onProgress(clients.size, performance.now() - startMs), PROGRESS_MS);
  await Promise.all(options.stores.map((store, i) => clients.work(store, { name: `client-${i}`, startMs })));
  clearInterval(progress);
  return clients.finish();
}

type Worker = { readonly name: string; readonly startMs: number };

class RecordedClients {
  readonly #recorder = new HistoryRecorder<KvInput, KvOutput>();
  readonly #options: RecordOptions;
  #round = 0;
  #written = 0;

  constructor(options: RecordOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#recorder.size;
  }

  async work(store: KeyValues, { name, startMs }: Worker): Promise<void> {
    const { durationMs, isOver } = this.#options;
    const random = this.#options.random.child(name);
    const versions = new Map<string, number>();
    for (;;) {
      const elapsedMs = performance.now() - startMs;
      if (elapsedMs >= durationMs || isOver()) return;
      this.#round = Math.floor(elapsedMs / ROUND_MS);
      await this.#perform(store, { name, input: this.#choose(random, versions), versions });
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
    }
  }

  async finish(): Promise<Recorded> {
    const [store] = this.#options.stores;
    let unread = 0;
    for (let round = 0; round <= this.#round; round++) {
      for (let i = 0; i <= KEYS_PER_ROUND; i++) {
        const input: KvInput = { kind: "get", key: this.#key(round, i) };
        if (store === undefined || !(await this.#perform(store, { name: "reader", input, versions: new Map() }))) unread += 1;
      }
    }
    return { history: this.#recorder.history(), unread };
  }

  #key(round: number, i: number): string {
    return `${this.#options.prefix}${round}/${i}`;
  }

  /** One more key in each round. */
  #counter(round: number): string {
    return this.#key(round, KEYS_PER_ROUND);
  }

  #choose(random: Random, versions: ReadonlyMap<string, number>): KvInput {
    const key = this.#key(this.#round, random.between(0, KEYS_PER_ROUND - 1));
    const chosen = random.fraction();
    if (chosen < 0.4) return { kind: "get", key };
    if (chosen < 0.45) return { kind: "increment", key: this.#counter(this.#round), by: "1" };
    this.#written += 1;
    const value = `${this.#written};`;
    if (chosen < 0.6) return { kind: "put", key, value };
    if (chosen < 0.85) return { kind: "append", key, value };
    if (chosen < 0.9) return { kind: "delete", key };
    return { kind: "put", key, value, ifVersion: versions.get(key) ?? 0 };
  }

  /** Whether it was answered. */
  async #perform(
    store: KeyValues,
    asked: { readonly name: string; readonly input: KvInput; readonly versions: Map<string, number> },
  ): Promise<boolean> {
    const { name, input, versions } = asked;
    const call = this.#recorder.called(name, input);
    const outcome = await ask(store, input);
    if (outcome.kind === "unknown") return false;
    if (outcome.kind === "refused") {
      this.#recorder.refused(call);
      return false;
    }
    const output = outcome.value;
    this.#recorder.done(call, output);
    if ("version" in output && output.version !== undefined) versions.set(input.key, output.version);
    if (output.kind === "absent") versions.set(input.key, 0);
    return true;
  }
}

async function ask(store: KeyValues, input: KvInput): Promise<Outcome<KvOutput>> {
  switch (input.kind) {
    case "get":
      return mapped(await store.get(input.key), (entry) =>
        entry === null ? { kind: "absent" } : { kind: "found", value: Buffer.from(entry.value).toString(), version: entry.version },
      );
    case "put": {
      const guard = input.ifVersion === undefined ? {} : { ifVersion: input.ifVersion };
      return guarded(mapped(await store.put(input.key, input.value, guard), ({ version }) => ({ kind: "written", version })));
    }
    case "append":
      return mapped(await store.append(input.key, input.value), ({ version, length }) => ({ kind: "written", version, length }));
    case "increment":
      return mapped(await store.increment(input.key, BigInt(input.by)), ({ value, version }) => ({
        kind: "incremented",
        value: String(value),
        version,
      }));
    case "delete":
      return mapped(await store.delete(input.key), ({ deleted }) => ({ kind: "deleted", deleted }));
  }
}

function mapped<T>(outcome: Outcome<T>, output: (value: T) => KvOutput): Outcome<KvOutput> {
  return outcome.kind === "done" ? { kind: "done", value: output(outcome.value) } : outcome;
}

/** A guard that failed is an answer: it says what the key had instead. */
function guarded(outcome: Outcome<KvOutput>): Outcome<KvOutput> {
  if (outcome.kind !== "refused" || outcome.refusal.code !== "versionMismatch") return outcome;
  return { kind: "done", value: { kind: "versionMismatch", version: Number(outcome.refusal.details?.["version"]) } };
}
