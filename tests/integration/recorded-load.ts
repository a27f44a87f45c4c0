// Clients that work on a few keys at once and write down what they asked and what they were told. The keys change from
// round to round, so that each has a short history; at the end all of them are read once more: what was acknowledged
// must still be there.
import { KvClient } from "../../client/kv-client.ts";
import type { Outcome } from "../../core/base/outcome.ts";
import type { Random } from "../../core/base/random.ts";
import type { KvHistory, KvInput, KvOutput } from "../../core/linearizability/kv-operations.ts";
import type { OpenCall } from "../../core/linearizability/recorder.ts";
import { HistoryRecorder } from "../../core/linearizability/recorder.ts";

export type LoadOptions = {
  readonly endpoints: readonly string[];
  readonly clients: number;
  readonly random: Random;
  /** The least time from one call of a client to its next: the load should not be what is measured. */
  readonly paceMs: number;
};

/** `versions`: of each key, as this client last saw it. */
type Worker = { readonly name: string; readonly client: KvClient; readonly versions: Map<string, number> };

const KEYS_PER_ROUND = 4;
/** Half of the clients retry under their serials; the others send once, give up soon, and so often don't know. */
const PATIENT = { deadlineMs: 4_000, attemptMs: 700, exactlyOnce: true };
const IMPATIENT = { deadlineMs: 350, attemptMs: 350, exactlyOnce: false };

export class RecordedLoad {
  readonly #recorder = new HistoryRecorder<KvInput, KvOutput>();
  readonly #options: LoadOptions;
  readonly #working: readonly Promise<void>[];
  #round = 0;
  #written = 0;
  #acknowledged = 0;
  #unread = 0;
  #isOver = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#working = Array.from({ length: options.clients }, (_, i) => this.#work(i));
  }

  get size(): number {
    return this.#recorder.size;
  }

  /** Operations that were answered so far. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Keys that could not be read once more at the end: nobody knows what became of their writes. */
  get unread(): number {
    return this.#unread;
  }

  /** New keys from here on. */
  nextRound(): void {
    this.#round += 1;
  }

  /** Ends the load, and reads every key that was ever used. */
  async finish(): Promise<KvHistory> {
    this.#isOver = true;
    await Promise.all(this.#working);
    const client = new KvClient({ endpoints: this.#options.endpoints, deadlineMs: 15_000 });
    const keys = Array.from({ length: (this.#round + 1) * KEYS_PER_ROUND }, (_, i) =>
      keyOf(Math.floor(i / KEYS_PER_ROUND), i % KEYS_PER_ROUND),
    );
    const reader: Worker = { name: "reader", client, versions: new Map() };
    for (const key of keys) if ((await this.#perform(reader, { kind: "get", key })) !== "done") this.#unread += 1;
    await client.close();
    return this.#recorder.history();
  }

  async #work(i: number): Promise<void> {
    const name = `client-${i}`;
    const { endpoints, paceMs } = this.#options;
    const random = this.#options.random.child(name);
    const ordered = random.shuffled(endpoints);
    const client = new KvClient({ endpoints: ordered, ...(i % 2 === 0 ? PATIENT : IMPATIENT) });
    const worker: Worker = { name, client, versions: new Map() };
    while (!this.#isOver) {
      const startMs = performance.now();
      const input = this.#choose(random, worker.versions);
      await this.#perform(worker, input);
      const restMs = paceMs - (performance.now() - startMs);
      if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    }
    await client.close();
  }

  #choose(random: Random, versions: ReadonlyMap<string, number>): LoadInput {
    const key = keyOf(this.#round, random.between(0, KEYS_PER_ROUND - 1));
    const chosen = random.fraction();
    if (chosen < 0.4) return { kind: "get", key };
    this.#written += 1;
    const value = `${this.#written};`;
    if (chosen < 0.6) return { kind: "put", key, value };
    if (chosen < 0.85) return { kind: "append", key, value };
    if (chosen < 0.9) return { kind: "delete", key };
    return { kind: "put", key, value, ifVersion: versions.get(key) ?? 0 };
  }

  async #perform({ name, client, versions }: Worker, input: LoadInput): Promise<Outcome<KvOutput>["kind"]> {
    const call = this.#recorder.called(name, input);
    const output = await ask(client, input);
    if (output.kind === "done") {
      this.#acknowledged += 1;
      if ("version" in output.value && output.value.version !== undefined) versions.set(input.key, output.value.version);
      if (output.value.kind === "absent") versions.set(input.key, 0);
    }
    this.#record(call, output);
    return output.kind;
  }

  #record(call: OpenCall, outcome: Outcome<KvOutput>): void {
    if (outcome.kind === "done") this.#recorder.done(call, outcome.value);
    else if (outcome.kind === "refused") this.#recorder.refused(call, outcome.refusal.code);
  }
}

/** What the client can be asked. */
type LoadInput = Exclude<KvInput, { readonly kind: "increment" }>;

const keyOf = (round: number, i: number): string => `round-${round}/${i}`;

type InputOf<K extends LoadInput["kind"]> = Extract<LoadInput, { readonly kind: K }>;
type Ask = { readonly [K in LoadInput["kind"]]: (client: KvClient, input: InputOf<K>) => Promise<Outcome<KvOutput>> };

const ASK: Ask = {
  get: async (client, { key }) =>
    map(await client.get(key), (entry) =>
      entry === null ? { kind: "absent" } : { kind: "found", value: Buffer.from(entry.value).toString(), version: entry.version },
    ),
  put: async (client, { key, value, ifVersion }) =>
    guarded(
      map(await client.put(key, value, ifVersion === undefined ? {} : { ifVersion }), ({ version }) => ({ kind: "written", version })),
    ),
  append: async (client, { key, value }) =>
    map(await client.append(key, value), ({ version, length }) => ({ kind: "written", version, length })),
  delete: async (client, { key }) => map(await client.delete(key), ({ deleted }) => ({ kind: "deleted", deleted })),
};

function ask(client: KvClient, input: LoadInput): Promise<Outcome<KvOutput>> {
  return (ASK[input.kind] as (client: KvClient, input: LoadInput) => Promise<Outcome<KvOutput>>)(client, input);
}

function map<T>(outcome: Outcome<T>, output: (value: T) => KvOutput): Outcome<KvOutput> {
  return outcome.kind === "done" ? { kind: "done", value: output(outcome.value) } : outcome;
}

/** A guard that failed is an answer: it says what the key had instead. */
function guarded(outcome: Outcome<KvOutput>): Outcome<KvOutput> {
  if (outcome.kind !== "refused" || outcome.refusal.code !== "versionMismatch") return outcome;
  return { kind: "done", value: { kind: "versionMismatch", version: Number(outcome.refusal.details?.["version"]) } };
}
