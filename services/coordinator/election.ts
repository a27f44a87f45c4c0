// Which coordinator has the jobs: whoever holds a lock in the store. That only saves work, two at once would do no harm: what
// protects a job is its fence. Beside the lock lies where its holder is, so that the others can hand on what they are asked.
import type { KvClient } from "../../client/kv-client.ts";
import type { Lock } from "../../client/lock.ts";
import type { Logger } from "../../runtime/logger.ts";
import { pause } from "../../client/waiting.ts";

export type ElectionOptions = {
  readonly kv: KvClient;
  readonly origin: string;
  readonly logger: Logger;
  readonly onElected: () => void;
  readonly onLost: () => void;
};

const NAME = "coordinator";
const PLACE_KEY = "{jobs}/coordinator";
const TTL_MS = 2_500;
const TRY_MS = 30_000;
const PAUSE_MS = 200;
/** How often the active one looks whether it is still what lies there. */
const KEEP_MS = 1_000;
/** Where the active one is may be as old as this. */
const PLACE_MS = 250;

export class Election {
  readonly #options: ElectionOptions;
  readonly #stopped = new AbortController();
  #lock: Lock | null = null;
  #place: { readonly origin: string | null; readonly atMs: number } | null = null;
  #looking: Promise<string | null> | null = null;

  constructor(options: ElectionOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#run();
  }

  get isElected(): boolean {
    return this.#lock?.isHeld === true;
  }

  /** Where the active coordinator is; null: nobody knows. */
  async leader(): Promise<string | null> {
    if (this.isElected) return this.#options.origin;
    if (this.#place !== null && performance.now() - this.#place.atMs < PLACE_MS) return this.#place.origin;
    this.#looking ??= this.#look().finally(() => (this.#looking = null));
    return this.#looking;
  }

  /** Lets somebody else have it at once. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#lock?.release();
  }

  async #look(): Promise<string | null> {
    const entry = await this.#options.kv.get(PLACE_KEY, { deadlineMs: 2_000 });
    const origin = entry.kind === "done" ? (entry.value?.text ?? null) : null;
    this.#place = { origin, atMs: performance.now() };
    return origin;
  }

  /**
   * For as long as it has the jobs: what lies there decides to whom the others hand on what they are asked. A write may fail, and
   * one of an earlier holder, whose outcome nobody knew, may come after it.
   */
  async #keepPlace({ signal }: Lock): Promise<void> {
    const { kv, origin } = this.#options;
    while (!signal.aborted) {
      const found = await kv.get(PLACE_KEY, { signal });
      const isThere = found.kind === "done" && found.value?.text === origin;
      const isKept = isThere || (await kv.put(PLACE_KEY, origin, { signal })).kind === "done";
      await pause(isKept ? KEEP_MS : PAUSE_MS, signal);
    }
  }

  async #run(): Promise<void> {
    const { kv, logger, onElected, onLost } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const outcome = await kv.lock(NAME, { ttlMs: TTL_MS, deadlineMs: TRY_MS, signal });
      if (outcome.kind !== "done") {
        await pause(PAUSE_MS, signal);
        continue;
      }
      const lock = outcome.value;
      this.#lock = lock;
      logger.info({ event: "elected", fence: lock.fence }, "this coordinator has the jobs");
      onElected();
      void this.#keepPlace(lock);
      await aborted(lock.signal);
      this.#lock = null;
      this.#place = null;
      logger.warn({ event: "leaseLost" }, "this coordinator does not have the jobs any more");
      onLost();
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
