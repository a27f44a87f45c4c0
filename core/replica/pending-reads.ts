// Reads that must see everything that was acknowledged before they arrived. While a question to the
// leader is under way, whatever arrives shares the next one, so that a busy member asks no more often than it is answered. A question's
// context is never used again: not for a repetition and not in a later life, because a late answer to an older question
// would let a read miss what was written in between. A read changes nothing, so its end is never unknown: it is served,
// or refused at its deadline, or before it where this member has so much to apply that another one answers sooner.
import type { BootNumber, LogIndex } from "../base/ids.ts";
import { refused } from "../base/outcome.ts";
import type { RefusalCode } from "../base/outcome.ts";
import type { ReadAnswer } from "../raft/ready.ts";
import type { EffectQueue } from "./effect-queue.ts";
import { startsOf } from "./life-number.ts";
import type { RequestId } from "./events.ts";

export type PendingRead = {
  readonly request: RequestId;
  readonly deadlineMs: number;
  readonly query: Uint8Array;
  /** Log time when it arrived at a leader: it must not see what should have ended by then. */
  readonly arrivedAtStampMs: number;
};

type Asked = { readonly reads: readonly PendingRead[]; readonly askedAtMs: number };
type Confirmed = { readonly reads: readonly PendingRead[]; readonly index: LogIndex };

export type ReadsOptions = { readonly boot: BootNumber; readonly retryMs: number; readonly effects: EffectQueue };

export class PendingReads {
  readonly #options: ReadsOptions;
  /** Those that wait for a question of their own. */
  #unasked: PendingRead[] = [];
  readonly #asked = new Map<number, Asked>();
  #confirmed: Confirmed[] = [];
  readonly #open = new Set<RequestId>();
  /** Reads whose question was dropped: to ask again at once would be to ask in a circle. */
  #dropped: PendingRead[] = [];
  #earliestDeadlineMs = Infinity;
  #contexts = 0;
  #lastAskedMs = -Infinity;

  constructor(options: ReadsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#open.size;
  }

  add(read: PendingRead): void {
    this.#unasked.push(read);
    this.#open.add(read.request);
    if (read.deadlineMs < this.#earliestDeadlineMs) this.#earliestDeadlineMs = read.deadlineMs;
  }

  /** The context of the question that is to be asked now; null if there is none. */
  takeQuestion(nowMs: number): number | null {
    if (this.#unasked.length === 0 || nowMs - this.#lastAskedMs < this.#patienceMs) return null;
    const reads = this.#unasked.filter(({ request }) => this.#open.has(request));
    this.#unasked = [];
    if (reads.length === 0) return null;
    const context = contextOf(this.#options.boot, ++this.#contexts);
    this.#asked.set(context, { reads, askedAtMs: nowMs });
    this.#lastAskedMs = nowMs;
    return context;
  }

  /** How long the last question may keep the next one waiting. One that is lost must not hold up those that could be answered. */
  get #patienceMs(): number {
    return this.#asked.size === 0 ? 0 : PATIENCE_MS;
  }

  answered(answer: ReadAnswer): void {
    const asked = this.#asked.get(answer.context);
    if (asked === undefined) return;
    this.#asked.delete(answer.context);
    if (answer.kind === "confirmed") this.#confirmed.push({ reads: asked.reads, index: answer.index });
    else this.#dropped = this.#dropped.concat(asked.reads);
  }

  /** Reads that may be served now that everything up to `applied` is, and everything that was due before `unendedSinceMs` has ended. */
  takeServable(applied: LogIndex, unendedSinceMs = Infinity): readonly PendingRead[] {
    const servable: PendingRead[] = [];
    const waiting: Confirmed[] = [];
    for (const confirmed of this.#confirmed) {
      const isReady = (read: PendingRead): boolean => confirmed.index <= applied && read.arrivedAtStampMs < unendedSinceMs;
      const held = confirmed.reads.filter((read) => !isReady(read));
      if (held.length > 0) waiting.push(held.length === confirmed.reads.length ? confirmed : { ...confirmed, reads: held });
      for (const read of confirmed.reads) if (isReady(read) && this.#open.delete(read.request)) servable.push(read);
    }
    this.#confirmed = waiting;
    return servable;
  }

  /** Those before which more than so many entries are still to be applied. Whoever asked can be served by another member meanwhile. */
  refuseFarAhead(applied: LogIndex, entriesMax: number): void {
    const isFar = ({ index }: Confirmed): boolean => index - applied > entriesMax;
    if (!this.#confirmed.some(isFar)) return;
    for (const { reads } of this.#confirmed.filter(isFar))
      for (const read of reads) this.#refuse(read, "starting", "this member has yet to apply much of what was committed");
    this.#confirmed = this.#confirmed.filter((confirmed) => !isFar(confirmed));
  }

  /** Whoever was asked may not lead any more, and answers of another term are not heard: all questions are asked anew. */
  leaderChanged(): void {
    for (const { reads } of this.#asked.values()) this.#unasked = this.#unasked.concat(reads);
    this.#asked.clear();
    this.#unasked = this.#unasked.concat(this.#dropped);
    this.#dropped = [];
  }

  ticked(nowMs: number): void {
    this.#expire(nowMs);
    this.#unasked = this.#unasked.concat(this.#dropped);
    this.#dropped = [];
    for (const [context, { reads, askedAtMs }] of this.#asked) {
      if (nowMs - askedAtMs < this.#options.retryMs) continue;
      this.#asked.delete(context);
      this.#unasked = this.#unasked.concat(reads);
    }
  }

  abandon(request: RequestId): void {
    this.#open.delete(request);
  }

  refuseAll(code: RefusalCode, message: string): void {
    for (const request of this.#open) this.#options.effects.reply(request, refused(code, message));
    this.#open.clear();
    this.#unasked = [];
    this.#dropped = [];
    this.#confirmed = [];
    this.#asked.clear();
  }

  #expire(nowMs: number): void {
    if (nowMs < this.#earliestDeadlineMs) return;
    this.#earliestDeadlineMs = Infinity;
    for (const reads of this.#everyList()) for (const read of reads) this.#expireOne(read, nowMs);
  }

  #expireOne(read: PendingRead, nowMs: number): void {
    if (read.deadlineMs > nowMs) this.#earliestDeadlineMs = Math.min(this.#earliestDeadlineMs, read.deadlineMs);
    else this.#refuse(read, "noQuorum", "no leader has confirmed in time that it still leads");
  }

  #refuse({ request }: PendingRead, code: RefusalCode, message: string): void {
    if (this.#open.delete(request)) this.#options.effects.reply(request, refused(code, message));
  }

  #everyList(): readonly (readonly PendingRead[])[] {
    const asked = [...this.#asked.values()].map(({ reads }) => reads);
    return [this.#unasked, this.#dropped, ...asked, ...this.#confirmed.map(({ reads }) => reads)];
  }
}

const PATIENCE_MS = 50;
const CONTEXTS_PER_LIFE = 2 ** 32;
const LIVES = 2 ** 16;

/** Below 2^48, as every number on the wire. No message is late by sixty thousand lives. */
function contextOf(boot: BootNumber, count: number): number {
  return (startsOf(boot) % LIVES) * CONTEXTS_PER_LIFE + (count % CONTEXTS_PER_LIFE);
}
