// Clients that work on a few keys at once and write down what they asked and what they were told, for the checker. The keys
// change from round to round, so that each has a short history; at the end all are read once more: what was acknowledged must
// still be there.
import type { Outcome } from "../../../core/base/outcome.ts";
import type { Random } from "../../../core/base/random.ts";
import type { KvHistory, KvInput, KvOutput } from "../../../core/linearizability/kv-operations.ts";
import { HistoryRecorder } from "../../../core/linearizability/recorder.ts";
import type { Door } from "./door.ts";
import { pause } from "../../waiting.ts";

/** `readsOnly`: for a door that may answer late, or not at all, and through which nothing must be written. */
export type RecordedClient = { readonly door: Door; readonly readsOnly?: boolean };

/** What one client was told, when it was. */
export type Told = {
  readonly input: KvInput;
  readonly outcome: Outcome<KvOutput>;
  readonly startMs: number;
  readonly endMs: number;
};

export type RecordOptions = {
  /** The first one reads everything at the end. */
  readonly clients: readonly RecordedClient[];
  readonly random: Random;
  readonly durationMs: number;
  /** What all keys begin with; nobody else uses it. */
  readonly prefix: string;
  readonly onProgress: (operations: number, elapsedMs: number) => void;
  /** How long a client rests between two operations. */
  readonly restMs?: number;
  readonly onTold?: (told: Told) => void;
  readonly isOver: () => boolean;
};

/** `unread`: keys whose last state could not be read. */
export type Recorded = { readonly history: KvHistory; readonly unread: number };

const KEYS_PER_ROUND = 6;
const ROUND_MS = 1_000;
const PROGRESS_MS = 200;
const READ_ATTEMPTS = 3;
const READERS = 8;
/** Once so much time went by in vain, the keys that are left count as unread. */
const VAIN_MS = 60_000;
const REST_MS_DEFAULT = 2;
/**
 * A reader asks on while it is not answered: a member that goes on after a pause then finds questions that are younger than what
 * was written meanwhile. Its door gives each up after a while, so that they don't heap up.
 */
const SILENT_MS = 50;

export async function recordClients(options: RecordOptions): Promise<Recorded> {
  const clients = new RecordedClients(options);
  const startMs = performance.now();
  const progress = setInterval(() => options.onProgress(clients.size, performance.now() - startMs), PROGRESS_MS);
  await Promise.all(options.clients.map((client, i) => clients.work(client, { name: `client-${i}`, startMs })));
  clearInterval(progress);
  return clients.finish();
}

type Choosing = { readonly key: string; readonly door: Door; readonly versions: ReadonlyMap<string, number> };
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

  async work({ door, readsOnly = false }: RecordedClient, { name, startMs }: Worker): Promise<void> {
    const { durationMs, isOver } = this.#options;
    const random = this.#options.random.child(name);
    const versions = new Map<string, number>();
    const unanswered = new Set<Promise<unknown>>();
    for (;;) {
      const elapsedMs = performance.now() - startMs;
      if (elapsedMs >= durationMs || isOver()) break;
      this.#round = Math.floor(elapsedMs / ROUND_MS);
      const key = this.#key(this.#round, random.between(0, KEYS_PER_ROUND - 1));
      const input: KvInput = readsOnly ? { kind: "get", key } : this.#choose(random, { key, door, versions });
      const asked = this.#perform(door, { name, input, versions });
      unanswered.add(asked);
      void asked.finally(() => unanswered.delete(asked));
      await (readsOnly ? Promise.race([asked, pause(SILENT_MS)]) : asked);
      await pause(this.#options.restMs ?? REST_MS_DEFAULT);
    }
    await Promise.all(unanswered);
  }

  async finish(): Promise<Recorded> {
    const keys: string[] = [];
    for (let round = 0; round <= this.#round; round++) for (let i = 0; i <= KEYS_PER_ROUND; i++) keys.push(this.#key(round, i));
    let unread: readonly string[] = keys;
    for (let attempt = 0; attempt < READ_ATTEMPTS && unread.length > 0; attempt++) unread = await this.#readAll(unread);
    return { history: this.#recorder.history(), unread: unread.length };
  }

  /** Those that could not be read. Several at a time: one after the other, a long run's many keys take as long as the run. */
  async #readAll(keys: readonly string[]): Promise<readonly string[]> {
    const door = this.#options.clients[0]?.door;
    if (door === undefined) return keys;
    const waiting = [...keys];
    const unread: string[] = [];
    let vainMs = 0;
    const readOn = async (name: string): Promise<void> => {
      for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) {
        const startMs = performance.now();
        const isInVain = vainMs > VAIN_MS;
        if (!isInVain && (await this.#perform(door, { name, input: { kind: "get", key }, versions: new Map() }))) continue;
        unread.push(key);
        if (!isInVain) vainMs += (performance.now() - startMs) / READERS;
      }
    };
    await Promise.all(Array.from({ length: READERS }, (_, i) => readOn(`reader-${i}`)));
    return unread;
  }

  #key(round: number, i: number): string {
    return `${this.#options.prefix}${round}/${i}`;
  }

  /** One more key in each round. */
  #counter(round: number): string {
    return this.#key(round, KEYS_PER_ROUND);
  }

  #choose(random: Random, { key, door, versions }: Choosing): KvInput {
    const chosen = random.fraction();
    if (chosen < 0.4) return { kind: "get", key };
    if (chosen < 0.45) return { kind: "increment", key: this.#counter(this.#round), by: "1" };
    this.#written += 1;
    const value = `${this.#written};`;
    if (chosen < 0.6) return { kind: "put", key, value };
    if (chosen < 0.85) return { kind: "append", key, value };
    if (chosen < 0.9) return { kind: "delete", key };
    return door.hasGuards ? { kind: "put", key, value, ifVersion: versions.get(key) ?? 0 } : { kind: "append", key, value };
  }

  /** Whether it was answered. */
  async #perform(
    door: Door,
    asked: { readonly name: string; readonly input: KvInput; readonly versions: Map<string, number> },
  ): Promise<boolean> {
    const { name, input, versions } = asked;
    const call = this.#recorder.called(name, input);
    const startMs = performance.now();
    const outcome = await door.perform(input);
    this.#options.onTold?.({ input, outcome, startMs, endMs: performance.now() });
    if (outcome.kind === "unknown") return false;
    if (outcome.kind === "refused") {
      this.#recorder.refused(call, `${outcome.refusal.code}: ${outcome.refusal.message}`);
      return false;
    }
    const output = outcome.value;
    this.#recorder.done(call, output);
    if ("version" in output && output.version !== undefined) versions.set(input.key, output.version);
    if (output.kind === "absent") versions.set(input.key, 0);
    return true;
  }
}
