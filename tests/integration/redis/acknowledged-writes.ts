// A client that writes one key after the other under each of some tags, and what it was told: afterwards nothing that was acknowledged may
// be missing, and how long it had to wait between two acknowledgements is known.
import type { RedisClient } from "./clients.ts";
import { check, sleep } from "../test-case.ts";

const PACE_MS = 20;
/** A call that neither library ends by itself, and no server answers, is given up here. */
const CALL_MS = 30_000;

export type Written = { readonly key: string; readonly value: string };

type Gap = { lastMs: number; longestMs: number };

export class AcknowledgedWrites {
  readonly client: RedisClient;
  readonly acknowledged: Written[] = [];
  errors = 0;
  readonly errorTexts = new Set<string>();
  /** By tag: while one slot is served by nobody, writes to others may be refused or done. */
  readonly #gaps: Map<string, Gap>;
  #isOver = false;
  readonly #done: Promise<unknown>;

  /** Keys have these tags; those without one, "", are of any slot. One tag does not wait for another: what is measured of it is its own. */
  constructor(client: RedisClient, prefix: string, tags: readonly string[]) {
    this.client = client;
    this.#gaps = new Map(tags.map((tag) => [tag, newGap()]));
    this.#done = Promise.all(tags.map((tag) => this.#run(prefix, tag)));
  }

  /** What comes is measured from now on. */
  resetGap(): void {
    for (const tag of this.#gaps.keys()) this.#gaps.set(tag, newGap());
  }

  /** The longest between two acknowledgements under one tag, one that lasts included. */
  get gapMs(): number {
    const nowMs = performance.now();
    return Math.max(...[...this.#gaps.values()].map(({ lastMs, longestMs }) => Math.max(longestMs, nowMs - lastMs)));
  }

  /** Under every tag. */
  hasWrittenSince(fromMs: number): boolean {
    return [...this.#gaps.values()].every(({ lastMs }) => lastMs > fromMs);
  }

  async finish(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  async #run(prefix: string, tag: string): Promise<void> {
    for (let n = 0; !this.#isOver; n++) {
      const written = { key: `${tag === "" ? "" : `{${tag}}`}${prefix}:${n}`, value: `${prefix} wrote ${n}` };
      try {
        await inTime(this.client.set(written.key, written.value));
        this.acknowledged.push(written);
        this.#wasWritten(tag);
      } catch (error) {
        this.errors++;
        this.errorTexts.add(String((error as Error).message).slice(0, 60));
      }
      await sleep(PACE_MS);
    }
  }

  #wasWritten(tag: string): void {
    const gap = this.#gaps.get(tag);
    if (gap === undefined) return;
    const nowMs = performance.now();
    gap.longestMs = Math.max(gap.longestMs, nowMs - gap.lastMs);
    gap.lastMs = nowMs;
  }
}

async function inTime(call: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("no answer")), CALL_MS);
  });
  try {
    await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}

const newGap = (): Gap => ({ lastMs: performance.now(), longestMs: 0 });

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
