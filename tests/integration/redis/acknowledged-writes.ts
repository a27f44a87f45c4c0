// A client that writes one key after the other, and what it was told: afterwards nothing that was acknowledged may be missing, and
// how long it had to wait between two acknowledgements is known.
import type { RedisClient } from "./clients.ts";
import { check, sleep } from "../test-case.ts";

const PACE_MS = 20;
/** A call that neither library ends by itself, and no server answers, is given up here. */
const CALL_MS = 30_000;

export type Written = { readonly key: string; readonly value: string };

export class AcknowledgedWrites {
  readonly client: RedisClient;
  readonly acknowledged: Written[] = [];
  errors = 0;
  readonly errorTexts = new Set<string>();
  longestGapMs = 0;
  #isOver = false;
  #lastMs = performance.now();
  readonly #done: Promise<void>;

  constructor(client: RedisClient, prefix: string) {
    this.client = client;
    this.#done = this.#run(prefix);
  }

  /** What comes is measured from now on. */
  resetGap(): void {
    this.longestGapMs = 0;
    this.#lastMs = performance.now();
  }

  get gapMs(): number {
    return Math.max(this.longestGapMs, performance.now() - this.#lastMs);
  }

  async finish(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  async #run(prefix: string): Promise<void> {
    for (let n = 0; !this.#isOver; n++) {
      const written = { key: `${prefix}:${n}`, value: `${prefix} wrote ${n}` };
      try {
        await Promise.race([
          this.client.set(written.key, written.value),
          sleep(CALL_MS).then(() => Promise.reject(new Error("no answer"))),
        ]);
        this.acknowledged.push(written);
        const nowMs = performance.now();
        this.longestGapMs = Math.max(this.longestGapMs, nowMs - this.#lastMs);
        this.#lastMs = nowMs;
      } catch (error) {
        this.errors++;
        this.errorTexts.add(String((error as Error).message).slice(0, 60));
      }
      await sleep(PACE_MS);
    }
  }
}

export async function checkNothingIsLost(writes: readonly Written[], reader: RedisClient): Promise<void> {
  const missing: string[] = [];
  for (let from = 0; from < writes.length; from += 100) {
    const some = writes.slice(from, from + 100);
    const values = await Promise.all(some.map(({ key }) => reader.get(key)));
    some.forEach(({ key, value }, i) => {
      if (values[i] !== value) missing.push(key);
    });
  }
  check(missing.length === 0, `nothing that was acknowledged is lost: ${missing.slice(0, 5).join(", ")} of ${writes.length} writes`);
}
