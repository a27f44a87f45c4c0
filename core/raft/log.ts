// The log in memory: a base (what a snapshot covers) and the entries after it, with two marks. `durableIndex` is what
// this member's disk is known to hold; `handedIndex` is what the disk has been asked to hold. Everything in front of
// the base is forgotten for good.
import { assert } from "../base/assert.ts";
import { asIndex, asTerm } from "../base/ids.ts";
import type { BatchId, LogIndex, ServiceIndex, Term } from "../base/ids.ts";
import type { Entry, EntryId, LogBase } from "./entry.ts";

/** A write that the disk has not confirmed yet, and how far the log will be durable once it has. */
type WriteUnderWay = { readonly batch: BatchId; lastIndex: LogIndex };

export class Log {
  #base: LogBase;
  #entries: Entry[];
  #bytes = 0;
  #durableIndex: LogIndex;
  #handedIndex: LogIndex;
  #truncateFrom: LogIndex | null = null;
  readonly #writes: WriteUnderWay[] = [];

  /** What a restart found is on the disk by definition. */
  constructor(base: LogBase, entries: readonly Entry[]) {
    this.#base = base;
    this.#entries = [...entries];
    for (const entry of entries) this.#bytes += entry.bytes.length;
    assert(
      entries.every((entry, i) => entry.index === base.index + 1 + i),
      "a recovered log has no gap",
    );
    this.#durableIndex = this.lastIndex;
    this.#handedIndex = this.lastIndex;
  }

  get base(): LogBase {
    return this.#base;
  }

  get lastIndex(): LogIndex {
    return asIndex(this.#base.index + this.#entries.length);
  }

  get last(): EntryId {
    return this.#entries.at(-1) ?? this.#base;
  }

  get lastServiceIndex(): ServiceIndex {
    return (this.#entries.at(-1) ?? this.#base).serviceIndex;
  }

  get durableIndex(): LogIndex {
    return this.#durableIndex;
  }

  /** Size of all entries after the base. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Null when the index is in front of the base or behind the end. */
  termAt(index: LogIndex): Term | null {
    if (index === this.#base.index) return this.#base.term;
    return this.entryAt(index)?.term ?? null;
  }

  entryAt(index: LogIndex): Entry | null {
    return this.#entries[index - this.#base.index - 1] ?? null;
  }

  holds(id: EntryId): boolean {
    return this.termAt(id.index) === id.term;
  }

  /** Raft §5.4.1: a later last term wins; with equal terms the longer log does. */
  isUpToDate(otherLast: EntryId): boolean {
    const own = this.last;
    return otherLast.term > own.term || (otherLast.term === own.term && otherLast.index >= own.index);
  }

  /** The last index up to `index` whose term is at most `term`: nothing behind it can agree with a log that has `term` there. */
  lastNotAfter(index: LogIndex, term: Term): EntryId {
    let candidate = Math.min(index, this.lastIndex);
    while (candidate > this.#base.index && (this.termAt(asIndex(candidate)) as Term) > term) candidate--;
    const known = Math.max(candidate, this.#base.index);
    return { index: asIndex(Math.min(known, index)), term: this.termAt(asIndex(Math.min(known, index))) ?? asTerm(0) };
  }

  /** Entries from `from` on, at least one if there is any, within the limits. */
  slice(from: LogIndex, limits: { readonly entriesMax: number; readonly bytesMax: number; readonly last?: LogIndex }): Entry[] {
    const start = from - this.#base.index - 1;
    assert(start >= 0, "only entries behind the base can be read");
    const end = Math.min(this.#entries.length, start + limits.entriesMax, (limits.last ?? this.lastIndex) - this.#base.index);
    let bytes = 0;
    let stop = start;
    while (stop < end) {
      bytes += (this.#entries[stop] as Entry).bytes.length;
      if (bytes > limits.bytesMax && stop > start) break;
      stop++;
    }
    return this.#entries.slice(start, stop);
  }

  append(entry: Entry): void {
    assert(entry.index === this.lastIndex + 1, "the log grows without a gap");
    assert(entry.term >= this.last.term, "terms never decrease along the log");
    this.#entries.push(entry);
    this.#bytes += entry.bytes.length;
  }

  /** Forgets `from` and all that follows. What the disk still has under way for it no longer counts when it is confirmed. */
  truncateFrom(from: LogIndex): void {
    assert(from > this.#base.index, "what a snapshot covers is never truncated");
    for (const entry of this.#entries.splice(from - this.#base.index - 1)) this.#bytes -= entry.bytes.length;
    const kept = asIndex(from - 1);
    for (const write of this.#writes) write.lastIndex = lower(write.lastIndex, kept);
    this.#durableIndex = lower(this.#durableIndex, kept);
    if (this.#handedIndex >= from) {
      this.#handedIndex = kept;
      this.#truncateFrom = this.#truncateFrom === null ? from : lower(this.#truncateFrom, from);
    }
  }

  /** A durable snapshot covers up to `index`, and nobody needs the entries any more. */
  compactTo(index: LogIndex): void {
    assert(index <= this.#durableIndex, "only durable entries are compacted away");
    const count = index - this.#base.index;
    if (count <= 0) return;
    const last = this.#entries[count - 1] as Entry;
    for (const entry of this.#entries.splice(0, count)) this.#bytes -= entry.bytes.length;
    this.#base = { index: last.index, term: last.term, serviceIndex: last.serviceIndex };
  }

  /** A snapshot takes the place of everything. Nothing is durable until the disk confirms the restart of the log. */
  restartAfter(base: LogBase): void {
    this.#entries = [];
    this.#bytes = 0;
    this.#base = base;
    this.#durableIndex = base.index;
    this.#handedIndex = base.index;
    this.#truncateFrom = null;
    // Writes under way concern entries that are gone; confirming them tells nothing about the new log.
    for (const write of this.#writes) write.lastIndex = asIndex(0);
  }

  /** What the disk has not been asked for yet; asking is remembered under `batch`. */
  handOver(batch: BatchId): { readonly truncateFrom: LogIndex | null; readonly entries: readonly Entry[] } | null {
    const entries = this.#entries.slice(this.#handedIndex - this.#base.index);
    const truncateFrom = this.#truncateFrom;
    if (entries.length === 0 && truncateFrom === null) return null;
    this.#truncateFrom = null;
    this.#handedIndex = this.lastIndex;
    this.#writes.push({ batch, lastIndex: this.lastIndex });
    return { truncateFrom, entries };
  }

  /** The disk holds everything up to and including `batch`. */
  confirm(batch: BatchId): void {
    while (this.#writes.length > 0 && (this.#writes[0] as WriteUnderWay).batch <= batch) {
      const write = this.#writes.shift() as WriteUnderWay;
      if (write.lastIndex > this.#durableIndex) this.#durableIndex = write.lastIndex;
    }
  }

  get hasUnhanded(): boolean {
    return this.#handedIndex < this.lastIndex || this.#truncateFrom !== null;
  }
}

function lower(a: LogIndex, b: LogIndex): LogIndex {
  return a < b ? a : b;
}
