// Clients of the store as programs use it: the library with its defaults, so five seconds for each call and each write once.
// They work on a few keys at once, single calls and transactions, and write down what they asked, what they were told, when,
// and after which attempts. At the end every key is read once more: what was acknowledged must still be there.
import type { Outcome } from "../../core/base/outcome.ts";
import type { Random } from "../../core/base/random.ts";
import type { OpenCall } from "../../core/linearizability/recorder.ts";
import { HistoryRecorder } from "../../core/linearizability/recorder.ts";
import type { StoreHistory, StoreInput, StoreOutput } from "../../core/linearizability/store-operations.ts";
import { KvClient } from "../../client/kv-client.ts";
import type { Attempt } from "./attempt-log.ts";
import { AttemptLog } from "./attempt-log.ts";
import { askStore } from "./store-calls.ts";

export type StoreLoadOptions = {
  readonly endpoints: readonly string[];
  readonly clients: number;
  readonly random: Random;
  /** The least time from one call of a client to its next: the load should not be what is measured. */
  readonly paceMs: number;
  /** Names of families of keys, of which the clients use some at a time. Keys of one family are of one slot. */
  readonly familyOf?: (round: number, i: number) => string;
};

/** One call as its client saw it. */
export type Told = {
  readonly input: StoreInput;
  readonly outcome: Outcome<StoreOutput>;
  readonly startMs: number;
  readonly endMs: number;
  readonly attempts: readonly Attempt[];
};

type Worker = { readonly name: string; readonly client: KvClient; readonly log: AttemptLog; readonly versions: Map<string, number> };

const FAMILIES_PER_ROUND = 4;
const MEMBERS = ["a", "b"] as const;

export class StoreLoad {
  readonly #recorder = new HistoryRecorder<StoreInput, StoreOutput>();
  readonly #options: StoreLoadOptions;
  readonly #working: readonly Promise<void>[];
  readonly #told: Told[] = [];
  #round = 0;
  #written = 0;
  #isOver = false;

  constructor(options: StoreLoadOptions) {
    this.#options = options;
    this.#working = Array.from({ length: options.clients }, (_, i) => this.#work(i));
  }

  /** In the order of their ends. */
  get told(): readonly Told[] {
    return this.#told;
  }

  /** Calls that were answered with success. */
  get done(): number {
    return this.#told.filter(({ outcome }) => outcome.kind === "done").length;
  }

  /** New keys from here on. */
  nextRound(): void {
    this.#round += 1;
  }

  /** Ends the load, and reads every key that was ever used. */
  async finish(): Promise<StoreHistory> {
    this.#isOver = true;
    await Promise.all(this.#working);
    const reader = this.#worker("reader", this.#options.endpoints);
    for (let round = 0; round <= this.#round; round++) {
      for (const key of this.#keys(round)) await this.#perform(reader, { kind: "get", key });
    }
    await reader.client.close();
    return this.#recorder.history();
  }

  async #work(i: number): Promise<void> {
    const { endpoints, paceMs } = this.#options;
    const random = this.#options.random.child(`client-${i}`);
    const worker = this.#worker(`client-${i}`, random.shuffled(endpoints));
    while (!this.#isOver) {
      const startMs = performance.now();
      await this.#perform(worker, this.#choose(random, worker.versions));
      const restMs = paceMs - (performance.now() - startMs);
      if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    }
    await worker.client.close();
  }

  #worker(name: string, endpoints: readonly string[]): Worker {
    const log = new AttemptLog();
    return { name, log, client: new KvClient({ endpoints, transport: log }), versions: new Map() };
  }

  #keys(round: number): readonly string[] {
    const { familyOf = (round, i) => `round-${round}/${i}` } = this.#options;
    const families = Array.from({ length: FAMILIES_PER_ROUND }, (_, i) => familyOf(round, i));
    return families.flatMap((family) => MEMBERS.map((member) => `{${family}}/${member}`));
  }

  #choose(random: Random, versions: ReadonlyMap<string, number>): StoreInput {
    const keys = this.#keys(this.#round);
    const at = random.between(0, FAMILIES_PER_ROUND - 1) * MEMBERS.length;
    const [key = "", other = ""] = random.shuffled(keys.slice(at, at + MEMBERS.length));
    const chosen = random.fraction();
    if (chosen < 0.3) return { kind: "get", key };
    this.#written += 1;
    const value = `${this.#written};`;
    if (chosen < 0.45) return { kind: "put", key, value };
    if (chosen < 0.8) return { kind: "append", key, value };
    if (chosen < 0.85) return { kind: "delete", key };
    if (chosen < 0.92) return { kind: "put", key, value, ifVersion: versions.get(key) ?? 0 };
    const compare = [{ key, version: versions.get(key) ?? 0 }];
    return {
      kind: "txn",
      compare,
      then: [
        { kind: "append", key, value },
        { kind: "put", key: other, value },
      ],
      else: [{ kind: "get", key }],
    };
  }

  async #perform({ name, client, log, versions }: Worker, input: StoreInput): Promise<void> {
    const call = this.#recorder.called(name, input);
    const startMs = performance.now();
    log.begin();
    const outcome = await askStore(client, input);
    this.#told.push({ input, outcome, startMs, endMs: performance.now(), attempts: log.take() });
    this.#record(call, outcome);
    if (outcome.kind === "done" && input.kind !== "txn") noteVersion(versions, input.key, outcome.value);
  }

  #record(call: OpenCall, outcome: Outcome<StoreOutput>): void {
    if (outcome.kind === "done") this.#recorder.done(call, outcome.value);
    else if (outcome.kind === "refused") this.#recorder.refused(call, outcome.refusal.code);
  }
}

function noteVersion(versions: Map<string, number>, key: string, output: StoreOutput): void {
  if ("version" in output && output.version !== undefined) versions.set(key, output.version);
  if (output.kind === "absent" || output.kind === "deleted") versions.set(key, 0);
}
