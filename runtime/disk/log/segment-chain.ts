// The segments of a log that is being written: one that takes frames, the next one made ahead of time so that going
// over to it costs nothing, and the sealed ones, which are removed oldest first once a durable snapshot covers them.
import { assert, present } from "../../../core/base/assert.ts";
import type { LogIndex } from "../../../core/base/ids.ts";
import type { DiskProblem } from "../disk-problem.ts";
import type { OpenFile } from "../file-port.ts";
import { endOf, runTask, runToEnd } from "../task.ts";
import type { Task } from "../task.ts";
import { SECTOR_BYTES } from "./frame.ts";
import type { LogOptions } from "./log-options.ts";
import { makeSegment, removeSegment } from "./segment-files.ts";
import { segmentKeyOf } from "./segment.ts";

export type OpenSegment = {
  readonly number: number;
  readonly key: number;
  readonly file: OpenFile;
  readonly bytes: number;
  /** Where the next frame goes. */
  offset: number;
};
/** A segment that gets no more frames, and the last index of the log when the one after it began. */
export type SealedSegment = { readonly number: number; readonly lastIndex: LogIndex };

export type ChainEvents = {
  /** There is a next segment to go over to. */
  readonly onNextReady: () => void;
  readonly onFailure: (problem: DiskProblem) => void;
  /** All background work has ended. */
  readonly onIdle: () => void;
};

export class SegmentChain {
  readonly #options: LogOptions;
  readonly #events: ChainEvents;
  readonly #sealed: SealedSegment[];
  #active: OpenSegment;
  #next: OpenSegment | null = null;
  /** Until the active segment has a durable frame, with its checkpoint, a recovery needs the one before it. */
  #isActiveBegun: boolean;
  /** Up to here a durable snapshot covers the log, and the log knows it. */
  #coveredTo: LogIndex;
  #isMaking = false;
  #isRemoving = false;
  /** Why there is no next segment, when room for it is what is missing. */
  #shortage: DiskProblem | null = null;
  #isClosed = false;

  constructor(
    options: LogOptions,
    start: { readonly active: OpenSegment; readonly sealed: readonly SealedSegment[]; readonly coveredTo: LogIndex },
    events: ChainEvents,
  ) {
    this.#options = options;
    this.#events = events;
    this.#active = start.active;
    this.#isActiveBegun = start.active.offset > SECTOR_BYTES;
    this.#sealed = [...start.sealed];
    this.#coveredTo = start.coveredTo;
  }

  get active(): OpenSegment {
    return this.#active;
  }

  /** Whether the next segment is there, and large enough to begin with a frame of this size. */
  hasNextFor(frameBytes: number): boolean {
    return this.#next !== null && this.#next.bytes - SECTOR_BYTES >= frameBytes;
  }

  get shortage(): DiskProblem | null {
    return this.#shortage;
  }

  get isIdle(): boolean {
    return !this.#isMaking && !this.#isRemoving;
  }

  /** Makes the next segment, unless there is one that will do. Also the way to try again after a lack of space. */
  makeNext(frameBytes = 0): void {
    if (this.hasNextFor(frameBytes) || this.#isMaking || this.#isClosed) return;
    if (this.#next !== null) this.#close(this.#next.file);
    this.#next = null;
    this.#isMaking = true;
    const number = this.#active.number + 1;
    const { files, directory, log, limits } = this.#options;
    const bytes = Math.max(limits.segmentBytes, SECTOR_BYTES + frameBytes);
    runTask(makeSegment(files, { directory, log, number, bytes, content: null }), (problem, file) => {
      this.#isMaking = false;
      if (problem === null) this.#nextMade({ number, key: segmentKeyOf({ log, number }), file, bytes, offset: SECTOR_BYTES });
      else if (problem.kind === "full") this.#spaceEnded(problem);
      else this.#events.onFailure(problem);
      this.#tellIfIdle();
    });
  }

  /** Goes over to the next segment, whose first frame follows. */
  advance(lastIndex: LogIndex): void {
    assert(this.#isActiveBegun, "a segment has a durable frame before the log leaves it");
    this.#sealed.push({ number: this.#active.number, lastIndex });
    this.#close(this.#active.file);
    this.#active = present(this.#next, "a next segment is there when the log goes over to it");
    this.#next = null;
    this.#isActiveBegun = false;
    this.#options.observe({ kind: "segmentBegun", number: this.#active.number });
    this.makeNext();
  }

  /** A frame in the active segment is durable; so is the knowledge that a snapshot covers the log up to `coveredTo`. */
  frameDurable(coveredTo: LogIndex): void {
    this.#coveredTo = coveredTo;
    this.#isActiveBegun = true;
    this.removeCovered();
  }

  removeCovered(): void {
    const [oldest] = this.#isActiveBegun ? this.#sealed : this.#sealed.slice(0, -1);
    if (oldest === undefined || oldest.lastIndex > this.#coveredTo || this.#isRemoving || this.#isClosed) return;
    this.#isRemoving = true;
    this.#sealed.shift();
    const { files, directory } = this.#options;
    runToEnd(removeSegment(files, { directory, number: oldest.number }), (problem) => {
      this.#isRemoving = false;
      if (problem !== null) {
        this.#events.onFailure(problem);
        return;
      }
      this.#options.observe({ kind: "segmentRemoved", number: oldest.number });
      this.removeCovered();
      this.#tellIfIdle();
    });
  }

  /** Begins no more background work; `closeFiles` may follow once idle. */
  stop(): void {
    this.#isClosed = true;
  }

  *closeFiles(): Task<void> {
    for (const segment of [this.#active, this.#next]) {
      if (segment) yield* endOf((finished) => segment.file.close(finished));
    }
  }

  #nextMade(segment: OpenSegment): void {
    this.#next = segment;
    if (this.#shortage !== null) this.#options.observe({ kind: "spaceBack" });
    this.#shortage = null;
    this.#events.onNextReady();
  }

  #spaceEnded(problem: DiskProblem): void {
    if (this.#shortage === null) this.#options.observe({ kind: "spaceShort", problem });
    this.#shortage = problem;
  }

  #close(file: OpenFile): void {
    runToEnd(
      endOf((finished) => file.close(finished)),
      (problem) => {
        if (problem !== null) this.#events.onFailure(problem);
      },
    );
  }

  #tellIfIdle(): void {
    if (this.isIdle) this.#events.onIdle();
  }
}
