// Reads all segments of a log, oldest first, and decides where it ends. Changes nothing.
import { LOG_ORIGIN } from "../../../core/raft/entry.ts";
import type { LogBase } from "../../../core/raft/entry.ts";
import type { FilePort, OpenFile } from "../file-port.ts";
import { endOf, fail, valueOf } from "../task.ts";
import type { Task } from "../task.ts";
import type { LogOptions } from "./log-options.ts";
import { LogReplay } from "./replay.ts";
import type { SealedSegment } from "./segment-chain.ts";
import { readSegment, SEGMENT_BYTES_MAX, segmentName, segmentNumberOf } from "./segment.ts";
import type { Frame } from "./segment.ts";

/** The last segment in which there is something, up to the end of its last whole frame. */
export type SegmentContent = { readonly number: number; readonly content: Uint8Array; readonly bytes: number };

/** What a crash left of the last write, and cut off. None of it was ever confirmed. */
export type TornTail = { readonly file: string; readonly offset: number; readonly message: string };

export type ReadLog = {
  readonly replay: LogReplay;
  readonly nextSequence: number;
  readonly sealed: readonly SealedSegment[];
  /** Null: this log is new. */
  readonly active: SegmentContent | null;
  readonly tornTail: TornTail | null;
};

export function* readLog(options: LogOptions, names: readonly string[]): Task<ReadLog> {
  const numbers = contiguousNumbers(options, names);
  const reader = new LogReader(options, (numbers[0] ?? 1) === 1 ? 1 : null);
  for (const number of numbers) reader.read(number, yield* readWhole(options.files, `${options.directory}/${segmentName(number)}`));
  return reader.end();
}

function contiguousNumbers(options: LogOptions, names: readonly string[]): readonly number[] {
  const numbers = names.map(segmentNumberOf).filter((number) => number !== null);
  for (const [i, number] of numbers.entries()) {
    const before = numbers[i - 1] ?? number - 1;
    if (number !== before + 1)
      fail("damaged", { file: `${options.directory}/${segmentName(before + 1)}` }, "this segment of the log is missing");
  }
  if (numbers.length === 0 && (options.mustExist || options.snapshot !== null)) {
    fail("damaged", { file: options.directory }, "the log is missing, although this member has belonged to a group");
  }
  return numbers;
}

function* readWhole(files: FilePort, path: string): Task<Uint8Array> {
  const file = yield* valueOf<OpenFile>((answer) => files.open(path, "read", answer));
  try {
    const length = yield* valueOf<number>((answer) => file.size(answer));
    if (length > SEGMENT_BYTES_MAX) fail("damaged", { file: path }, `no segment has ${String(length)} bytes`);
    return yield* valueOf<Uint8Array>((answer) => file.read({ offset: 0, length }, answer));
  } finally {
    yield* endOf((finished) => file.close(finished));
  }
}

class LogReader {
  readonly #options: LogOptions;
  readonly #replay = new LogReplay();
  readonly #sealed: SealedSegment[] = [];
  #nextSequence: number | null;
  #active: SegmentContent | null = null;
  #tornTail: TornTail | null = null;
  /** Made ahead of time and not used; only the last segments can be. */
  #firstEmpty: SegmentContent | null = null;

  constructor(options: LogOptions, nextSequence: number | null) {
    this.#options = options;
    this.#nextSequence = nextSequence;
  }

  read(number: number, bytes: Uint8Array): void {
    const file = this.#fileOf(number);
    // Behind an end no frame is expected at all; if there is one, it is not its number that is wrong.
    const hasEnded = this.#firstEmpty !== null || this.#tornTail !== null;
    const reading = readSegment(bytes, { log: this.#options.log, number, nextSequence: hasEnded ? null : this.#nextSequence });
    if (reading.kind === "fault") fail(reading.fault.kind, { file, offset: reading.fault.offset }, reading.fault.what);
    const segment = { number, content: bytes.subarray(0, reading.end), bytes: bytes.length };
    if (reading.frames.length === 0 && !reading.isTorn) {
      this.#firstEmpty ??= segment;
      return;
    }
    this.#checkGoesOn(number);
    if (this.#active !== null) this.#sealed.push({ number: this.#active.number, lastIndex: this.#replay.state.lastIndex });
    for (const frame of reading.frames) this.#replayFrame(frame, { file, isFirst: frame === reading.frames[0] });
    this.#active = segment;
    if (reading.isTorn) this.#tornTail = tornTailAt(file, reading.end);
  }

  end(): ReadLog {
    if (this.#nextSequence === null)
      fail("damaged", { file: this.#options.directory }, "the segments with the beginning of the log are missing");
    const active = this.#active ?? this.#firstEmpty;
    return { replay: this.#replay, nextSequence: this.#nextSequence, sealed: this.#sealed, active, tornTail: this.#tornTail };
  }

  /** Segment `number` has frames: then the one before it has, too, and ends with a whole one. */
  #checkGoesOn(number: number): void {
    if (this.#firstEmpty !== null) {
      fail(
        "damaged",
        { file: this.#fileOf(this.#firstEmpty.number) },
        `this segment is empty, although the log goes on in segment ${String(number)}`,
      );
    }
    if (this.#tornTail !== null) {
      const { file, offset } = this.#tornTail;
      fail("damaged", { file, offset }, `parts of a frame are missing, although the log goes on in segment ${String(number)}`);
    }
  }

  #replayFrame(frame: Frame, where: { readonly file: string; readonly isFirst: boolean }): void {
    const place = { file: where.file, offset: frame.offset };
    const [first] = frame.records;
    if (where.isFirst && first?.kind !== "checkpoint")
      fail("damaged", place, "the first frame of a segment has no summary of what was before it");
    if (first?.kind === "checkpoint" && this.#nextSequence === null) this.#replay.beginAt(first);
    for (const record of frame.records) {
      const fault = this.#replay.apply(record);
      if (fault !== null) fail("damaged", place, fault);
    }
    this.#nextSequence = frame.sequence + 1;
  }

  #fileOf(number: number): string {
    return `${this.#options.directory}/${segmentName(number)}`;
  }
}

function tornTailAt(file: string, offset: number): TornTail {
  const what = "a write that a crash interrupted was cut off; nothing that was confirmed is lost";
  return { file, offset, message: `${file} at byte ${String(offset)}: ${what}.` };
}

/** How the log goes on from the newest snapshot. */
export type Joint = {
  readonly base: LogBase;
  /** `restarts`: nothing in the log follows the snapshot. `trims`: the log reaches further back than it has to. */
  readonly kind: "fits" | "trims" | "restarts";
};

/**
 * A crash may lie between any two of: snapshot durable, log told, segments removed. So the snapshot may be ahead of
 * what the log knows, never behind; and the log may begin in front of what it knows to be covered, never behind.
 */
export function joinSnapshot(replay: LogReplay, options: LogOptions): Joint {
  const { base, lastIndex } = replay.state;
  const { snapshot, directory } = options;
  if (replay.firstIndex > base.index + 1) {
    const gap = `the log begins with entry ${String(replay.firstIndex)}, and a snapshot covers only what is up to entry ${String(base.index)}`;
    fail("damaged", { file: directory }, `${gap}; segments are missing`);
  }
  if ((snapshot?.index ?? 0) < base.index) {
    const newest =
      snapshot === null ? "there is no snapshot" : `the newest snapshot covers only what is up to entry ${String(snapshot.index)}`;
    fail("damaged", { file: directory }, `the log begins behind entry ${String(base.index)}, and ${newest}; a snapshot is missing`);
  }
  if (snapshot === null) return { base: LOG_ORIGIN, kind: "fits" };
  if (snapshot.index === base.index) {
    if (snapshot.term === base.term) return { base: snapshot, kind: "fits" };
    fail("foreign", { file: directory }, `the newest snapshot of entry ${String(base.index)} has another term than the log`);
  }
  const fits = snapshot.index <= lastIndex && replay.entryAt(snapshot.index)?.term === snapshot.term;
  return { base: snapshot, kind: fits ? "trims" : "restarts" };
}
