// Clients that ask as fast as they are answered, and what came of it: how many, how fast, and how many failed how.
import type { Outcome } from "../../../core/base/outcome.ts";
import type { Random } from "../../../core/base/random.ts";
import type { KeyValues } from "../cluster/key-values.ts";
import { Latencies } from "./latencies.ts";
import { pause } from "../../waiting.ts";

export type LoadOptions = {
  readonly store: KeyValues;
  readonly random: Random;
  readonly clients: number;
  readonly durationMs: number;
  /** Of 100 operations, how many are reads. */
  readonly readPercent: number;
  readonly keys: number;
  readonly valueBytes: number;
  readonly onProgress: (done: number, elapsedMs: number) => void;
  readonly isOver: () => boolean;
};

export const OPERATIONS = ["get", "put"] as const;
type OperationName = (typeof OPERATIONS)[number];

export type OperationFigures = {
  readonly operation: OperationName | "all";
  readonly count: number;
  readonly perSecond: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number;
};

export type LoadFigures = {
  readonly seconds: number;
  readonly operations: readonly OperationFigures[];
  /** By code; "unknown" for outcomes that are not known. */
  readonly failures: Readonly<Record<string, number>>;
};

const PROGRESS_MS = 200;
/** A refusal that comes at once must not become a busy loop. */
const AFTER_FAILURE_MS = 20;

export async function runLoad(options: LoadOptions): Promise<LoadFigures> {
  const { clients, durationMs, onProgress } = options;
  const load = new Load(options);
  const startMs = performance.now();
  const progress = setInterval(() => onProgress(load.count, performance.now() - startMs), PROGRESS_MS);
  await Promise.all(Array.from({ length: clients }, (_, i) => load.work(options.random.child(`client ${i}`), startMs + durationMs)));
  clearInterval(progress);
  return load.figures((performance.now() - startMs) / 1_000);
}

class Load {
  readonly #options: LoadOptions;
  readonly #value: Uint8Array;
  readonly #latencies = { get: new Latencies(), put: new Latencies(), all: new Latencies() };
  readonly #failures: Record<string, number> = {};

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#value = new Uint8Array(options.valueBytes).fill("x".charCodeAt(0));
  }

  get count(): number {
    return this.#latencies.all.count;
  }

  async work(random: Random, untilMs: number): Promise<void> {
    const { keys, readPercent, isOver } = this.#options;
    while (performance.now() < untilMs && !isOver()) {
      const key = `bench/${random.between(0, keys - 1)}`;
      const operation = random.fraction() * 100 < readPercent ? "get" : "put";
      const startMs = performance.now();
      const outcome = await this.#ask(operation, key);
      if (outcome.kind === "done") {
        const tookMs = performance.now() - startMs;
        this.#latencies[operation].add(tookMs);
        this.#latencies.all.add(tookMs);
      } else await this.#failed(outcome.kind === "unknown" ? "unknown" : outcome.refusal.code);
    }
  }

  figures(seconds: number): LoadFigures {
    const operations = ([...OPERATIONS, "all"] as const)
      .filter((operation) => this.#latencies[operation].count > 0)
      .map((operation) => {
        const latencies = this.#latencies[operation];
        return {
          ...{ operation, count: latencies.count, perSecond: latencies.count / seconds },
          ...{ p50Ms: latencies.atMost(0.5), p99Ms: latencies.atMost(0.99), maxMs: latencies.maxMs },
        };
      });
    return { seconds, operations, failures: this.#failures };
  }

  #ask(operation: OperationName, key: string): Promise<Outcome<unknown>> {
    const { store } = this.#options;
    return operation === "get" ? store.get(key) : store.put(key, this.#value);
  }

  async #failed(code: string): Promise<void> {
    this.#failures[code] = (this.#failures[code] ?? 0) + 1;
    await pause(AFTER_FAILURE_MS);
  }
}
