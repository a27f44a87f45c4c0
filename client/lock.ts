// A lock is a key that somebody put while it was absent, with a time to live that its holder renews. Its value is an id
// that is made for this one holding, so whoever got no answer can see whether it was he. A holder that is paused may
// lose the lock without noticing in time: what must not be touched twice is guarded by `fence` or, in the store, by `guard`.
import { randomUUID } from "node:crypto";
import type { Outcome } from "../core/base/outcome.ts";
import { done, refused, unknown } from "../core/base/outcome.ts";
import type { CallBudget, CallOptions } from "./call-budget.ts";
import type { KvClient } from "./kv-client.ts";
import type { Comparison } from "./operations.ts";
import { op } from "./operations.ts";
import { timerMs } from "./waiting.ts";

export type LockOptions = CallOptions & {
  /** How long the lock outlives a holder that is gone. */
  readonly ttlMs?: number | undefined;
};

type Acquiring = { readonly kv: KvClient; readonly name: string; readonly budget: CallBudget; readonly ttlMs: number | undefined };
type Held = { readonly kv: KvClient; readonly key: string; readonly holder: string; readonly ttlMs: number };

const TTL_MS = 10_000;
const TTL_MS_MIN = 100;
const RENEWALS_PER_TTL = 3;
/** The holder gives up before the store does: its clock and the store's may differ a little. */
const OWN_SHARE = 0.9;
const POLL_MS = { first: 10, longest: 250 };
const RELEASE_MS = 2_000;

export class Lock {
  readonly name: string;
  /** Higher than that of every earlier holder of this lock. */
  readonly fence: number;
  readonly #held: Held;
  readonly #lost = new AbortController();
  #validUntilMs = 0;
  #renewal: NodeJS.Timeout | null = null;
  #expiry: NodeJS.Timeout | null = null;

  private constructor(name: string, held: Held, { fence, validUntilMs }: { readonly fence: number; readonly validUntilMs: number }) {
    this.name = name;
    this.#held = held;
    this.fence = fence;
    this.#watch(validUntilMs);
  }

  static async acquire({ kv, name, budget, ttlMs = TTL_MS }: Acquiring): Promise<Outcome<Lock>> {
    if (!(ttlMs >= TTL_MS_MIN)) throw new RangeError(`a lock's ttlMs is at least ${TTL_MS_MIN}, not ${ttlMs}`);
    const held: Held = { kv, key: keyOf(name), holder: randomUUID(), ttlMs };
    let [isTaken, isUnknown] = [false, false];
    for (let pauseMs = POLL_MS.first; !budget.isOver; pauseMs = Math.min(2 * pauseMs, POLL_MS.longest)) {
      const askedMs = performance.now();
      // Looking costs the store less than trying.
      const outcome = isTaken && !(await isFree(held, budget)) ? null : await take(held, budget, isUnknown);
      const validUntilMs = askedMs + OWN_SHARE * ttlMs;
      const isInTime = performance.now() < validUntilMs;
      if (outcome?.kind === "done" && isInTime) return done(new Lock(name, held, { fence: outcome.value, validUntilMs }));
      isTaken ||= outcome?.kind === "refused" && outcome.refusal.code === "versionMismatch";
      if (outcome?.kind === "refused" && outcome.refusal.code !== "versionMismatch" && !isUnknown) return outcome;
      // What was taken when the time to live that it was taken for is over may be somebody else's by now.
      isUnknown ||= outcome?.kind === "unknown" || outcome?.kind === "done";
      await budget.pause(pauseMs);
    }
    if (!isUnknown) return refused("deadline", `somebody else holds the lock ${JSON.stringify(name)}`);
    // It may be ours, or become ours yet; nobody should have to wait for it to expire.
    void release(held);
    return unknown("deadline");
  }

  /** The key that it is in the store. */
  get key(): string {
    return this.#held.key;
  }

  /** For the `compare` of a transaction in the same slot: it then takes effect only while this lock is held. */
  get guard(): Comparison {
    return { key: this.#held.key, value: this.#held.holder };
  }

  /** Aborted when the lock is lost, or can no longer be known to be held; and when it is released. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  get isHeld(): boolean {
    // Timers may be late, after a pause of the whole process for example; the clock is asked anew.
    return !this.#lost.signal.aborted && performance.now() < this.#validUntilMs;
  }

  /** Whether it was still held until now. Unknown: it is free when its time to live is over, at the latest. */
  async release(): Promise<Outcome<boolean>> {
    this.#end("the lock was released");
    return release(this.#held);
  }

  #watch(validUntilMs: number): void {
    this.#validUntilMs = validUntilMs;
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    // An answer may come when what it says is over already.
    const leftMs = Math.max(0, validUntilMs - performance.now());
    this.#expiry = setTimeout(() => this.#end("the lock could not be renewed in time"), timerMs(leftMs));
    // Nobody's process stays alive for a lock alone.
    this.#expiry.unref();
    this.#renewAfter(timerMs(this.#held.ttlMs) / RENEWALS_PER_TTL);
  }

  #renewAfter(ms: number): void {
    this.#renewal = setTimeout(() => void this.#renew(), ms);
    this.#renewal.unref();
  }

  async #renew(): Promise<void> {
    const { kv, key, holder, ttlMs } = this.#held;
    const askedMs = performance.now();
    const renewal = { compare: [this.guard], then: [op.put(key, holder, { ttlMs })] };
    const outcome = await kv.txn(renewal, { signal: this.signal, deadlineMs: Math.max(1, this.#validUntilMs - askedMs) });
    if (this.signal.aborted) return;
    if (outcome.kind === "done" && !outcome.value.succeeded) this.#end("somebody else holds the lock, or did");
    else if (outcome.kind === "done") this.#watch(askedMs + OWN_SHARE * ttlMs);
    else this.#renewAfter(timerMs(ttlMs) / RENEWALS_PER_TTL / RENEWALS_PER_TTL);
  }

  #end(why: string): void {
    if (this.#renewal !== null) clearTimeout(this.#renewal);
    if (this.#expiry !== null) clearTimeout(this.#expiry);
    this.#lost.abort(new Error(why));
  }
}

const keyOf = (name: string): string => `lock:${name}`;

/** Absent, or held by this very holder, whose attempt got no answer. */
async function isFree({ kv, key, holder }: Held, budget: CallBudget): Promise<boolean> {
  const entry = await kv.get(key, timeOf(budget));
  return entry.kind === "done" && (entry.value === null || entry.value.text === holder);
}

/** The revision under which it is held. */
async function take(held: Held, budget: CallBudget, mayHoldAlready: boolean): Promise<Outcome<number>> {
  const { kv, key, holder, ttlMs } = held;
  if (mayHoldAlready) {
    // Its time to live began at some moment that nobody knows, so it begins anew.
    const claimed = await kv.txn({ compare: [{ key, value: holder }], then: [op.put(key, holder, { ttlMs })] }, timeOf(budget));
    if (claimed.kind !== "done") return claimed;
    if (claimed.value.succeeded) return done(claimed.value.results[0].revision);
  }
  const put = await kv.put(key, holder, { ifVersion: 0, ttlMs, ...timeOf(budget) });
  return put.kind === "done" ? done(put.value.revision) : put;
}

const timeOf = (budget: CallBudget): CallOptions => ({ deadlineMs: Math.max(1, budget.remainingMs), signal: budget.signal });

async function release({ kv, key, holder }: Held): Promise<Outcome<boolean>> {
  const outcome = await kv.txn({ compare: [{ key, value: holder }], then: [op.delete(key)] }, { deadlineMs: RELEASE_MS });
  return outcome.kind === "done" ? done(outcome.value.succeeded) : outcome;
}
