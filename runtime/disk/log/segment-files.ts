// Makes and removes the files of the log. A segment appears under its name only when it is whole and durable: zeros
// where its frames will be, so that writing a frame changes no metadata and can't run out of space.
import { TEMPORARY } from "../file-port.ts";
import type { FilePort, OpenFile } from "../file-port.ts";
import { endOf, fail, valueOf } from "../task.ts";
import type { Task } from "../task.ts";
import { encodeSegmentHeader, segmentName } from "./segment.ts";
import type { SegmentIdentity } from "./segment.ts";

export type SegmentMaking = SegmentIdentity & {
  readonly directory: string;
  readonly bytes: number;
  /** The segment's beginning, where there is one to take over; its header otherwise. */
  readonly content: Uint8Array | null;
};

/** Answers with the segment, open for its frames. Replaces a segment of the same number. */
export function* makeSegment(files: FilePort, making: SegmentMaking): Task<OpenFile> {
  // Asked first, so that trying again and again on a full disk doesn't fill it to the last byte each time.
  const free = yield* valueOf<number>((answer) => files.freeBytes(making.directory, answer));
  if (free < making.bytes)
    fail("full", { file: making.directory }, `a segment needs ${String(making.bytes)} bytes, ${String(free)} are free`);
  const path = `${making.directory}/${segmentName(making.number)}`;
  yield* writeWhole(files, path + TEMPORARY, making);
  yield* endOf((finished) => files.rename(path + TEMPORARY, path, finished));
  yield* endOf((finished) => files.syncDirectory(making.directory, finished));
  return yield* valueOf<OpenFile>((answer) => files.open(path, "writeThrough", answer));
}

function* writeWhole(files: FilePort, path: string, making: SegmentMaking): Task<void> {
  const file = yield* valueOf<OpenFile>((answer) => files.open(path, "create", answer));
  let isWhole = false;
  try {
    yield* endOf((finished) => file.write(0, [making.content ?? encodeSegmentHeader(making, making.bytes)], finished));
    yield* endOf((finished) => file.preallocate(making.bytes, finished));
    yield* endOf((finished) => file.sync(finished));
    isWhole = true;
  } finally {
    yield* endOf((finished) => file.close(finished));
    // A disk that is too full for a segment gets back what the attempt has taken.
    if (!isWhole) {
      yield* endOf((finished) => files.remove(path, finished));
    }
  }
}

/** The removal is durable at the end: were two of them to reach the disk in another order, the log would have a hole. */
export function* removeSegment(files: FilePort, segment: { readonly directory: string; readonly number: number }): Task<void> {
  yield* endOf((finished) => files.remove(`${segment.directory}/${segmentName(segment.number)}`, finished));
  yield* endOf((finished) => files.syncDirectory(segment.directory, finished));
}
