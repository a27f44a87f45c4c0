// What one member has asked its disk to hold, and what the disk has confirmed: kept outside the member, from the effects
// that it emits, so that it can be compared with what the member says, sends and finds again after a restart.
import { crc32c } from "../../../core/base/checksum.ts";
import type { BatchId, LogIndex } from "../../../core/base/ids.ts";
import { decodeMembership } from "../../../core/raft/membership.ts";
import type { Membership } from "../../../core/raft/membership.ts";
import type { Entry } from "../../../core/raft/entry.ts";
import type { RecoveredGroup } from "../../../core/raft/inputs.ts";
import type { HardState, Persist } from "../../../core/raft/ready.ts";

/** Position, term and a number that stands for the entry and for everything in front of it. */
export type Mark = { readonly index: number; readonly term: number; readonly chain: number };

/** A log as terms and chain numbers. It never forgets a prefix: what a snapshot covered was committed, and is known. */
export class LogImage {
  readonly #terms: number[] = [0];
  readonly #chains: number[] = [0];

  get lastIndex(): number {
    return this.#terms.length - 1;
  }

  get last(): Mark {
    return this.at(this.lastIndex);
  }

  at(index: number): Mark {
    return { index, term: this.termAt(index), chain: this.#chains[index] ?? -1 };
  }

  /** -1 behind the end. */
  termAt(index: number): number {
    return this.#terms[index] ?? -1;
  }

  append(term: number, chain: number): void {
    this.#terms.push(term);
    this.#chains.push(chain);
  }

  truncateFrom(index: number): void {
    if (index > this.lastIndex) return;
    this.#terms.length = index;
    this.#chains.length = index;
  }

  /** Becomes exactly the first entries of another log. */
  copyFrom(other: LogImage, lastIndex: number): void {
    this.truncateFrom(1);
    for (let i = 1; i <= lastIndex; i++) this.append(other.#terms[i] ?? -1, other.#chains[i] ?? -1);
  }
}

export function chainAfter(previous: number, entry: Entry): number {
  return Math.imul(previous ^ crc32c(entry.bytes), 0x01000193) ^ (previous >>> 15);
}

/** One request to the disk, with what it does to the log's image. */
export type LedgerWrite = {
  readonly batch: BatchId;
  readonly hardState: HardState | null;
  readonly restartAfter: LogIndex | null;
  readonly truncateFrom: LogIndex | null;
  readonly added: readonly Mark[];
};

export class Ledger {
  /** What the member believes its log to be, up to the writes of its last turn. */
  readonly memory = new LogImage();
  readonly durable = new LogImage();
  durableHardState: HardState = { term: 0 as HardState["term"], vote: null };
  readonly underWay: LedgerWrite[] = [];
  /** Up to here a durable snapshot holds everything, whatever the log says. */
  #snapshotIndex = 0;
  /** What the disk held is not what it holds: the next life may find anything that it once held. */
  #isRolledBack = false;
  /** As of the log's base, then every membership in the log. */
  readonly memberships: Membership[] = [];
  /** The log of all that is committed anywhere: what a snapshot stands for. */
  readonly #committed: LogImage;

  constructor(committed: LogImage) {
    this.#committed = committed;
  }

  wrote(persist: Persist): LedgerWrite {
    const restartAfter = persist.restartAfter?.base.index ?? null;
    if (persist.restartAfter !== null) {
      this.memory.copyFrom(this.#committed, persist.restartAfter.base.index);
      this.memberships.splice(0, this.memberships.length, persist.restartAfter.membership);
    }
    if (persist.truncateFrom !== null) this.#truncateMemory(persist.truncateFrom);
    const write: LedgerWrite = {
      batch: persist.batch,
      hardState: persist.hardState,
      restartAfter,
      truncateFrom: persist.truncateFrom,
      added: persist.entries.map((entry) => this.#append(entry)),
    };
    this.underWay.push(write);
    return write;
  }

  /** Everything up to and including this batch is on the disk. */
  confirmed(batch: BatchId): void {
    while (this.underWay.length > 0 && (this.underWay[0] as LedgerWrite).batch <= batch) {
      this.#settle(this.underWay.shift() as LedgerWrite);
    }
  }

  /** Of a log as a restart found it. What its snapshot covers is taken from what is known to be committed. */
  imageOf({ base, entries }: RecoveredGroup): LogImage {
    const image = new LogImage();
    image.copyFrom(this.#committed, base.index);
    for (const entry of entries) image.append(entry.term, chainAfter(image.last.chain, entry));
    return image;
  }

  /** A life begins with what the disk held. */
  recovered(group: RecoveredGroup): void {
    const image = this.imageOf(group);
    this.durable.copyFrom(image, image.lastIndex);
    this.memory.copyFrom(image, image.lastIndex);
    this.durableHardState = group.hardState;
    this.underWay.length = 0;
    this.#snapshotIndex = group.snapshot?.base.index ?? 0;
    this.#isRolledBack = false;
    const later = group.entries.filter(({ kind }) => kind === "membership").map(({ body, index }) => decodeMembership(body, index));
    this.memberships.splice(0, this.memberships.length, group.membership, ...later.filter((membership) => membership !== null));
  }

  /** Without what is under way: to try out what a restart may find. */
  copyOfDurable(): Ledger {
    const copy = new Ledger(this.#committed);
    copy.durable.copyFrom(this.durable, this.durable.lastIndex);
    copy.durableHardState = this.durableHardState;
    return copy;
  }

  rolledBack(): void {
    this.#isRolledBack = true;
  }

  get isRolledBack(): boolean {
    return this.#isRolledBack;
  }

  snapshotSaved(index: number): void {
    this.#snapshotIndex = Math.max(this.#snapshotIndex, index);
  }

  /** The last entry that the disk holds, in the log or in a snapshot. */
  get lastDurableIndex(): number {
    return Math.max(this.durable.lastIndex, this.#snapshotIndex);
  }

  holds(index: number, term: number): boolean {
    return this.durable.termAt(index) === term || (index <= this.#snapshotIndex && this.#committed.termAt(index) === term);
  }

  get membership(): Membership | null {
    return this.memberships.at(-1) ?? null;
  }

  #settle(write: LedgerWrite): void {
    if (write.restartAfter !== null) this.durable.copyFrom(this.#committed, write.restartAfter);
    if (write.truncateFrom !== null) this.durable.truncateFrom(write.truncateFrom);
    for (const { term, chain } of write.added) this.durable.append(term, chain);
    if (write.hardState !== null) this.durableHardState = write.hardState;
  }

  #append(entry: Entry): Mark {
    const chain = chainAfter(this.memory.last.chain, entry);
    this.memory.append(entry.term, chain);
    if (entry.kind === "membership") {
      const membership = decodeMembership(entry.body, entry.index);
      if (membership !== null) this.memberships.push(membership);
    }
    return { index: entry.index, term: entry.term, chain };
  }

  #truncateMemory(from: LogIndex): void {
    this.memory.truncateFrom(from);
    while (this.memberships.length > 1 && (this.memberships.at(-1) as Membership).index >= from) this.memberships.pop();
  }
}
