// The log while it is being written: one frame at a time, and everything that arrives meanwhile is the next one (group
// commit). Writes are confirmed in their order, each when it is durable. A write that failed is never tried again,
// because what a failed sync leaves behind is unknown; only a lack of space is waited out. recovery.ts opens a log.
import { assert } from "../../core/base/assert.ts";
import type { LogIndex } from "../../core/base/ids.ts";
import type { LogBase } from "../../core/raft/entry.ts";
import { problemOfFileError } from "./disk-problem.ts";
import type { DiskProblem } from "./disk-problem.ts";
import { FrameBuilder } from "./log/frame-builder.ts";
import { SECTOR_BYTES } from "./log/frame.ts";
import type { LogOptions } from "./log/log-options.ts";
import type { LogState } from "./log/replay.ts";
import { SegmentChain } from "./log/segment-chain.ts";
import type { OpenSegment, SealedSegment } from "./log/segment-chain.ts";
import { WriteQueue } from "./log/write-queue.ts";
import type { LogWrite, QueuedWrite } from "./log/write-queue.ts";
import { runToEnd } from "./task.ts";

export type { LogWrite } from "./log/write-queue.ts";

/** Where a recovered log goes on. */
export type LogPosition = {
  readonly state: LogState;
  readonly nextSequence: number;
  readonly active: OpenSegment;
  readonly sealed: readonly SealedSegment[];
};

type FrameUnderWay = {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly confirm: readonly (() => void)[];
  readonly coveredTo: LogIndex;
};

const NOTHING: QueuedWrite = { restartAfter: null, trimTo: null, hardState: null, truncateFrom: null, entries: [] };

export class WriteAheadLog {
  readonly #options: LogOptions;
  readonly #builder = new FrameBuilder();
  readonly #queue: WriteQueue;
  readonly #chain: SegmentChain;
  #nextSequence: number;
  /** The highest base that was asked for. */
  #baseAsked: LogIndex;
  #underWay: FrameUnderWay | null = null;
  /** The frame under way found no space. Stuck: it waits for `retry`; that is so from its first failure until it is written. */
  #frameShortage: DiskProblem | null = null;
  #wasFrameStuck = false;
  #hasFailed = false;
  #isClosing = false;
  #onClosed: (() => void) | null = null;
  #onStuck: ((problem: DiskProblem) => void) | null = null;

  constructor(options: LogOptions, position: LogPosition) {
    this.#options = options;
    this.#queue = new WriteQueue(position.state);
    this.#nextSequence = position.nextSequence;
    this.#baseAsked = position.state.base.index;
    const start = { active: position.active, sealed: position.sealed, coveredTo: position.state.base.index };
    this.#chain = new SegmentChain(options, start, {
      onNextReady: () => this.#writeNext(),
      onIdle: () => this.#tellIfIdle(),
      onFailure: (problem) => this.#fail(problem),
    });
    this.#chain.makeNext();
    this.#chain.removeCovered();
  }

  /** `done` is called once everything in it is durable, and everything before it. */
  append(write: LogWrite, done: () => void): void {
    if (write.restartAfter !== null) this.#baseAsked = write.restartAfter.base.index;
    this.#push({ ...write, trimTo: null }, done);
  }

  /** A durable snapshot covers the log at least up to `base`: what is in front of that may go. */
  trim(base: LogBase, done: () => void): void {
    const isNews = base.index > this.#baseAsked;
    if (isNews) this.#baseAsked = base.index;
    this.#push({ ...NOTHING, trimTo: isNews ? base : null }, done);
  }

  /** Entries that wait for their frame. Bounded by Raft's own limits on what is not committed yet. */
  get waitingBytes(): number {
    return this.#queue.bytes;
  }

  get isShortOfSpace(): boolean {
    return this.#frameShortage !== null || this.#chain.shortage !== null;
  }

  /** For those who can't wait for room: told once something waits that has none, and what it would take. Null: they can wait again. */
  whenStuck(tell: ((problem: DiskProblem) => void) | null): void {
    this.#onStuck = tell;
    this.#tellIfIdle();
  }

  /** To be called now and then while space is short: goes on where it stopped, if there is space again. */
  retry(): void {
    if (this.#hasFailed) return;
    if (this.#chain.shortage !== null) this.#chain.makeNext();
    if (this.#frameShortage === null || this.#underWay === null) return;
    this.#frameShortage = null;
    // The very same bytes to the very same place: whatever an earlier attempt left there is covered by them.
    this.#write(this.#underWay);
  }

  /** Confirms what is still to be confirmed, as long as there is space for it, and lets the files go. */
  close(done: () => void): void {
    this.#isClosing = true;
    this.#onClosed = done;
    this.#tellIfIdle();
  }

  #push(write: QueuedWrite, done: () => void): void {
    assert(!this.#isClosing, "nothing is written to a closed log");
    if (this.#hasFailed) return;
    this.#queue.push(write, done);
    this.#writeNext();
  }

  /** Writes the next frame, if nothing is under way, something waits, and there is room. */
  #writeNext(): void {
    if (this.#underWay !== null || this.#hasFailed || this.#queue.isEmpty || !this.#beginFrame()) return;
    const { active } = this.#chain;
    const least = this.#builder.frameBytesWith(this.#queue.firstCost(this.#builder));
    const limit = Math.min(active.bytes - active.offset, Math.max(least, this.#options.limits.frameBytesMax));
    const confirm = this.#queue.fill(this.#builder, limit);
    const sequence = this.#nextSequence++;
    const bytes = this.#builder.seal({ segmentKey: active.key, sequence });
    this.#underWay = { sequence, bytes, confirm, coveredTo: this.#queue.state.base.index };
    this.#options.observe({ kind: "frameStarted", sequence, bytes: bytes.length, writes: confirm.length });
    this.#write(this.#underWay);
  }

  /** Decides where the next frame goes, and begins it there. False while there is no segment for it. */
  #beginFrame(): boolean {
    const { active } = this.#chain;
    const isFirst = active.offset === SECTOR_BYTES;
    const bytes = this.#openFrame(isFirst);
    // A first frame is written even if it has room for its checkpoint only: then the log may go on to a larger segment.
    if (isFirst || bytes <= active.bytes - active.offset) return true;
    const bytesInNext = this.#openFrame(true);
    if (!this.#chain.hasNextFor(bytesInNext)) {
      this.#chain.makeNext(bytesInNext);
      return false;
    }
    this.#chain.advance(this.#queue.state.lastIndex);
    return true;
  }

  /** Answers with the size that the frame has at least. */
  #openFrame(isFirst: boolean): number {
    this.#builder.begin();
    if (isFirst) this.#builder.addJson("checkpoint", this.#queue.state);
    return this.#builder.frameBytesWith(this.#queue.firstCost(this.#builder));
  }

  #write(frame: FrameUnderWay): void {
    const { active } = this.#chain;
    active.file.write(active.offset, [frame.bytes], (error) => {
      if (error === null) this.#written(frame);
      else this.#notWritten(problemOfFileError(error));
    });
  }

  #written(frame: FrameUnderWay): void {
    if (this.#hasFailed) return;
    this.#chain.active.offset += frame.bytes.length;
    this.#options.observe({ kind: "frameDurable", sequence: frame.sequence });
    if (this.#wasFrameStuck) this.#options.observe({ kind: "spaceBack" });
    this.#wasFrameStuck = false;
    // Still under way while others are told: what they write in answer goes into one frame together.
    for (const done of frame.confirm) done();
    this.#underWay = null;
    this.#chain.frameDurable(frame.coveredTo);
    this.#writeNext();
    this.#tellIfIdle();
  }

  #notWritten(problem: DiskProblem): void {
    if (problem.kind !== "full") {
      this.#fail(problem);
      return;
    }
    if (!this.#wasFrameStuck) this.#options.observe({ kind: "spaceShort", problem });
    this.#wasFrameStuck = true;
    this.#frameShortage = problem;
    this.#tellIfIdle();
  }

  #fail(problem: DiskProblem): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#options.onFailure(problem);
  }

  /** What keeps the next write waiting until there is room for it. Short of a next segment, the log may still write to this one. */
  get #stuckFor(): DiskProblem | null {
    if (this.#underWay !== null) return this.#frameShortage;
    return this.#queue.isEmpty || !this.#chain.isIdle ? null : this.#chain.shortage;
  }

  #tellIfIdle(): void {
    if (this.#hasFailed) return;
    const problem = this.#stuckFor;
    if (problem !== null) this.#tellStuck(problem);
    const hasMore = this.#underWay !== null || !this.#queue.isEmpty;
    if (!hasMore || problem !== null) this.#closeIfAsked();
  }

  #tellStuck(problem: DiskProblem): void {
    const tell = this.#onStuck;
    this.#onStuck = null;
    tell?.(problem);
  }

  #closeIfAsked(): void {
    const done = this.#onClosed;
    if (done === null) return;
    this.#chain.stop();
    if (!this.#chain.isIdle) return;
    this.#onClosed = null;
    runToEnd(this.#chain.closeFiles(), (problem) => {
      if (problem === null) done();
      else this.#fail(problem);
    });
  }
}
