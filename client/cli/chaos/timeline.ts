// What clients were told and when, by the group that had their key: for the gaps that a fault makes, and for the picture.
import type { Told } from "../load/recorded-clients.ts";
import { Latencies } from "../load/latencies.ts";
import { shardOf } from "../../../core/shards/slots.ts";

export type Second = {
  readonly atMs: number;
  readonly done: number;
  readonly failed: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number;
};

type Bucket = { done: number; failed: number; readonly latencies: Latencies };
export type Span = { readonly fromMs: number; readonly toMs: number };

export class Timeline {
  readonly beganMs: number;
  readonly #owners: () => readonly (string | null)[] | null;
  readonly #buckets = new Map<number, Bucket>();
  /** Ends of calls that were done, by group, rising. */
  readonly #ends = new Map<string, number[]>();
  readonly #all: number[] = [];

  constructor(beganMs: number, owners: () => readonly (string | null)[] | null) {
    this.beganMs = beganMs;
    this.#owners = owners;
  }

  note({ input, outcome, startMs, endMs }: Told): void {
    const second = Math.floor((endMs - this.beganMs) / 1_000);
    const bucket = this.#buckets.get(second) ?? { done: 0, failed: 0, latencies: new Latencies() };
    this.#buckets.set(second, bucket);
    if (outcome.kind !== "done") {
      bucket.failed += 1;
      return;
    }
    bucket.done += 1;
    bucket.latencies.add(endMs - startMs);
    this.#all.push(endMs);
    const group = this.#owners()?.[shardOf(Buffer.from(input.key))] ?? null;
    if (group === null) return;
    const ends = this.#ends.get(group) ?? [];
    ends.push(endMs);
    this.#ends.set(group, ends);
  }

  /** The longest time without an answer, which may end after the span; null if none came since. `group` null: anywhere. */
  longestGap(group: string | null, { fromMs, toMs }: Span): Span | null {
    const ends = group === null ? this.#all : (this.#ends.get(group) ?? []);
    let longest: Span = { fromMs, toMs: fromMs };
    let last = fromMs;
    for (let i = firstAfter(ends, fromMs); i < ends.length && last <= toMs; i++) {
      const end = ends[i] as number;
      if (end - last > longest.toMs - longest.fromMs) longest = { fromMs: last, toMs: end };
      last = end;
    }
    return last === fromMs ? null : longest;
  }

  /** Whether a call was done in a group since then. */
  hasServed(group: string, sinceMs: number): boolean {
    return (this.#ends.get(group)?.at(-1) ?? -Infinity) > sinceMs;
  }

  seconds(): readonly Second[] {
    return [...this.#buckets]
      .sort(([a], [b]) => a - b)
      .map(([second, { done, failed, latencies }]) => ({
        ...{ atMs: second * 1_000, done, failed, maxMs: latencies.maxMs },
        ...{ p50Ms: latencies.atMost(0.5), p99Ms: latencies.atMost(0.99) },
      }));
  }
}

/** Position of the first that is above. */
function firstAfter(rising: readonly number[], value: number): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rising[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
